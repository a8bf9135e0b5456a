// When nobody may answer between the end of one process and the start of the next, and when that proves
// nothing.
#include "planner/engine/silence.h"

#include <gtest/gtest.h>

#include "fake.h"

namespace pawl::planner {
namespace {

using namespace testing;

std::optional<Operation> silence_of_first(const std::string& services) {
  const Case situation("stack app { version = 1.5.0 }\nlocal { releases = \"r/${version}\" }\n" + services);
  Condition started{InspectProcess{"run/api.pid"}, {}, "the new one runs"};
  started.expect.json = {{"state", "running"}, {"fingerprint", "1.5.0:abc"}};
  return await_silence(lang::ServiceId{0}, situation.stack(), std::move(started));
}

std::string service(const std::string& name, const std::string& health) {
  return "service " + name + " { role = api, command = [\"x\"], health = " + health + " }\n";
}

TEST(Silence, IsAskedAtTheAddressOfTheHealth) {
  const auto silence = silence_of_first(service("api", R"(http("http://localhost:8000/health"))"));
  ASSERT_TRUE(silence);
  const auto& await = std::get<Await>(silence->instruction);
  EXPECT_TRUE(await.condition.expect.silent);
  EXPECT_EQ(render(await.condition.question), "connect to 127.0.0.1:8000");
  EXPECT_EQ(await.condition.means, "nobody listens on 127.0.0.1:8000 while api is stopped");
}

TEST(Silence, KnowsThePortOfAScheme) {
  const auto port = [](const std::string& url) {
    const auto silence = silence_of_first(service("api", "http(\"" + url + "\")"));
    return silence ? render(std::get<Await>(silence->instruction).condition.question) : "";
  };
  EXPECT_EQ(port("http://127.0.0.1/health"), "connect to 127.0.0.1:80");
  EXPECT_EQ(port("https://localhost/health"), "connect to 127.0.0.1:443");
  EXPECT_EQ(port("http://[::1]:8000/"), "connect to [::1]:8000");
}

TEST(Silence, IsNotAwaitedOnceTheNewProcessRuns) {
  const auto silence = silence_of_first(service("api", R"(tcp("127.0.0.1:8000"))"));
  ASSERT_TRUE(silence && silence->done_when);
  EXPECT_EQ(silence->done_when->means, "the new one runs");
}

TEST(Silence, ProvesNothingWhereSomebodyElseMayAnswer) {
  const std::string api = service("api", R"(http("http://127.0.0.1:8000/health"))");
  EXPECT_FALSE(silence_of_first(service("api", R"(http("https://example.org/health"))")))
      << "another machine";
  EXPECT_FALSE(silence_of_first(service("api", R"(command("true"))"))) << "no address";
  EXPECT_FALSE(silence_of_first("service api { role = api, command = [\"x\"] }\n")) << "no probe";
  EXPECT_FALSE(silence_of_first(api + service("web", R"(http("http://localhost:8000/"))")))
      << "two services behind one address";
  EXPECT_TRUE(silence_of_first(api + service("web", R"(http("http://127.0.0.1:8001/"))")));
}

}  // namespace
}  // namespace pawl::planner
