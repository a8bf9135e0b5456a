// When nobody may answer between the end of one process and the start of the next, and when that proves
// nothing.
#include "planner/pass/silence.h"

#include <gtest/gtest.h>

#include "fake.h"

namespace pawl::planner {
namespace {

using namespace testing;

/// The operations of the first service's step, as they read after await_silence.
std::vector<Operation> silenced(const std::string& services, bool starts = true) {
  const Case world("stack app { version = 1.5.0 }\nlocal { releases = \"r/${version}\" }\n" + services);
  std::vector<Operation> operations{command({"stop"})};
  if (starts) {
    StartProcess start;
    start.pid_file = "run/api.pid";
    start.fingerprint = "1.5.0:abc";
    operations.push_back(operation(std::move(start)));
  }
  const Answers answers;
  const Snapshot snapshot;
  const Scene scene{world.stack(), world.providers, answers, snapshot};
  EXPECT_TRUE(await_silence(lang::ServiceId{0}, scene, operations));
  return operations;
}

std::string service(const std::string& name, const std::string& health) {
  return "service " + name + " { role = api, command = [\"x\"], health = " + health + " }\n";
}

TEST(Silence, IsAwaitedBeforeTheStart) {
  const auto operations = silenced(service("api", R"(http("http://localhost:8000/health"))"));
  ASSERT_EQ(operations.size(), 3u);
  const auto* await = std::get_if<Await>(&operations[1].instruction);
  ASSERT_TRUE(await);
  EXPECT_TRUE(await->condition.expect.silent);
  EXPECT_EQ(render(await->condition.query), "connect to 127.0.0.1:8000");
  EXPECT_EQ(await->condition.means, "nobody listens at 127.0.0.1:8000 while api is stopped");
  EXPECT_TRUE(std::holds_alternative<StartProcess>(operations[2].instruction));
}

TEST(Silence, KnowsThePortOfAScheme) {
  const auto port = [](const std::string& url) {
    const auto operations = silenced(service("api", "http(\"" + url + "\")"));
    return operations.size() == 3u ? render(std::get<Await>(operations[1].instruction).condition.query) : "";
  };
  EXPECT_EQ(port("http://127.0.0.1/health"), "connect to 127.0.0.1:80");
  EXPECT_EQ(port("https://localhost/health"), "connect to 127.0.0.1:443");
  EXPECT_EQ(port("http://[::1]:8000/"), "connect to [::1]:8000");
}

TEST(Silence, IsNotAwaitedOnceTheNewProcessRuns) {
  const auto operations = silenced(service("api", R"(tcp("127.0.0.1:8000"))"));
  ASSERT_EQ(operations.size(), 3u);
  ASSERT_TRUE(operations[1].done_when);
  EXPECT_EQ(std::get<InspectProcess>(operations[1].done_when->query).pid_file, "run/api.pid");
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(operations[1].done_when->expect.json,
            (Pairs{{"state", "running"}, {"fingerprint", "1.5.0:abc"}}));
}

TEST(Silence, ProvesNothingWhereSomebodyElseMayAnswer) {
  const std::string api = service("api", R"(http("http://127.0.0.1:8000/health"))");
  EXPECT_EQ(silenced(api, false).size(), 1u) << "the engine starts no process itself";
  EXPECT_EQ(silenced(service("api", R"(http("https://example.org/health"))")).size(), 2u)
      << "another machine";
  EXPECT_EQ(silenced(service("api", R"(command("true"))")).size(), 2u) << "no address";
  EXPECT_EQ(silenced("service api { role = api, command = [\"x\"] }\n").size(), 2u) << "no probe";
  EXPECT_EQ(silenced(api + service("web", R"(http("http://localhost:8000/"))")).size(), 2u)
      << "two services behind one address";
  EXPECT_EQ(silenced(api + service("web", R"(http("http://127.0.0.1:8001/"))")).size(), 3u);
}

}  // namespace
}  // namespace pawl::planner
