// Which line of what a program printed says why it gave up.
#include "executor/system/reason.h"

#include "fixtures.h"

namespace pawl::executor {
namespace {

TEST(Reasons, TheEnginesSayItInTheMiddle) {
  // docker-compose 1.29, when the port is taken: on stderr, twice, and then a sentence about errors.
  const std::string compose =
      "Creating shop_api_1 ... \n"
      "Creating shop_api_1 ... error\n\n"
      "ERROR: for shop_api_1  Cannot start service api: driver failed programming external connectivity on "
      "endpoint "
      "shop_api_1 (0123456789abcdef): Error starting userland proxy: listen tcp4 127.0.0.1:8000: bind: "
      "address already "
      "in use\n\n"
      "ERROR: for api  Cannot start service api: driver failed programming external connectivity on endpoint "
      "shop_api_1 (0123456789abcdef): Error starting userland proxy: listen tcp4 127.0.0.1:8000: bind: "
      "address already "
      "in use\n"
      "ERROR: Encountered errors while bringing up the project.\n";
  const std::string reason = reason_in(compose, "");
  EXPECT_TRUE(reason.starts_with("ERROR: for api  Cannot start service api")) << reason;
  EXPECT_TRUE(reason.ends_with("address already in use")) << reason;
  EXPECT_EQ(printed_besides(compose, reason, 20),
            "Creating shop_api_1 ... \nCreating shop_api_1 ... error\nERROR: Encountered errors while "
            "bringing up the "
            "project.\n")
      << "the reason is not said again, neither for the container nor for the service";
  // Compose v2: progress first.
  EXPECT_EQ(
      reason_in(
          " Container shop-api-1  Creating\n Container shop-api-1  Created\n Container shop-api-1  "
          "Starting\nError response from daemon: Bind for 127.0.0.1:8000 failed: port is already allocated\n",
          ""),
      "Error response from daemon: Bind for 127.0.0.1:8000 failed: port is already allocated");
  // podman-compose prints commands and exit codes after it.
  EXPECT_EQ(
      reason_in("podman start shop_api_1\nError: unable to start container \"ab\": rootlessport listen tcp "
                "127.0.0.1:8000: bind: address already in use\nexit code: 125\n",
                ""),
      "Error: unable to start container \"ab\": rootlessport listen tcp 127.0.0.1:8000: bind: address "
      "already in "
      "use");
}

TEST(Reasons, ProgramsSayItOnEitherStream) {
  EXPECT_EQ(reason_in("Creating shop_migrate_run_ab ... done\n",
                      "applying 0004\nERROR: column tag exists already\n"),
            "ERROR: column tag exists already");
  EXPECT_EQ(reason_in("pg_dump: error: connection failed: FATAL: no such user\n", "error in row 7\n"),
            "pg_dump: error: connection failed: FATAL: no such user")
      << "of two that tell as much stderr goes before stdout";
  EXPECT_EQ(reason_in("", "reading\nthe queue is closed\n"), "the queue is closed")
      << "where no line tells more than another it is the last";
  EXPECT_EQ(reason_in("Traceback (most recent call last):\n  File \"m.py\", line 3\n    raise ValueError\n"
                      "ValueError: 7 rows have no owner\n",
                      ""),
            "ValueError: 7 rows have no owner");
  EXPECT_EQ(reason_in("cannot lock the table\nexit status 1\n", ""), "cannot lock the table");
  EXPECT_EQ(reason_in("exit status 1\n", ""), "exit status 1") << "better than nothing";
  EXPECT_EQ(reason_in("\n \n", ""), "");
}

TEST(Reasons, OnlyTheLastLinesStandBesideThem) {
  EXPECT_EQ(printed_besides("a\n\nb\nc\nwhy\n", "why", 2), "b\nc\n");
  EXPECT_EQ(printed_besides("why\n", "why", 2), "");
  EXPECT_EQ(printed_besides("one\ntwo\n", "", 9), "one\ntwo\n");
}

}  // namespace
}  // namespace pawl::executor
