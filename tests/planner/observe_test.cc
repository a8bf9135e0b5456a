// Rounds of questions, what is read from the answers, and the differences between two looks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake.h"

namespace pawl::planner {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kManifest = R"(stack app { version = 1.5.0 }
compose { dir = "deploy", pin = env(".env", "APP_VERSION") }
service api { role = api, health = http("http://127.0.0.1:8000/health") }
service jobs { role = worker, health = exec(service.jobs, "alive") }
service db { role = datastore }
database main { engine = postgres, service = service.db, name = "app", ledger = table("m", column = "n") }
files objects { paths = ["data"] }
backup { of = [database.main, files.objects], to = "backups" }
)";

/// Answers by the rendering of the question; what is not listed fails.
std::map<std::string, Answer> good_answers() {
  std::map<std::string, Answer> all;
  const auto says = [&](const char* question, const char* output) { all[question] = {true, 0, output, ""}; };
  says("read config", "");
  says("engine ps", "two");
  says("engine inspect two", "fine");
  says("read deploy/.env", "# the version\nAPP_VERSION=\"1.4.0\" # pinned\n");
  says("GET http://127.0.0.1:8000/health → 200", "ok");
  says("engine exec jobs alive", "");
  says("engine exec db psql ledger", "0007_last");
  says("engine exec db psql size", "12345");
  says("size of data and free space of backups", R"({"used":77,"free":99})");
  says("list backups",
       "app-1.3.0-20260101-000000/\napp-1.4.0-20261101-120000/\napp-1.4.0-20261121-000000.partial/\nother/"
       "\nfile\n");
  says("read backups/app-1.3.0-20260101-000000/drilled", "");
  says("read backups/app-1.4.0-20261101-120000/drilled", "2026-11-02T12:00:00Z\n");
  says(
      "read backups/app-1.3.0-20260101-000000/bundle.json",
      R"({"version":"1.3.0","taken_at":"2026-01-01T00:00:00Z","actions":[{"captured":"1"},{"captured":"2"}]})");
  says(
      "read backups/app-1.4.0-20261101-120000/bundle.json",
      R"({"version":"1.4.0","taken_at":"2026-11-01T12:00:00Z","actions":[{"words":"save","captured":"4fa2"}]})");
  return all;
}

struct Looked {
  Answers answers;
  std::vector<std::string> asked;
  int rounds = 0;
};

Looked look(const Case& world, const std::map<std::string, Answer>& by_question) {
  Looked out;
  for (;;) {
    const Questions round = next_questions(world.stack(), world.providers, out.answers, false);
    if (round.empty() || ++out.rounds > 20) return out;
    for (const auto* list : {&round.configuration, &round.world}) {
      for (const Question& asked : *list) {
        const std::string question = render(asked);
        out.asked.push_back(question);
        const auto found = by_question.find(question);
        out.answers.add(asked,
                        found == by_question.end() ? Answer{false, 1, "", "no answer"} : found->second);
      }
    }
  }
}

TEST(Observe, AsksEachQuestionOnceInRounds) {
  const Case world(kManifest);
  const Looked looked = look(world, good_answers());
  EXPECT_EQ(looked.rounds, 4);
  std::vector<std::string> all;
  for (const auto& [question, answer] : good_answers()) all.push_back(question);
  EXPECT_THAT(looked.asked, ::testing::UnorderedElementsAreArray(all));
  EXPECT_EQ(looked.asked.front(), "read config");
}

TEST(Observe, ConfigurationAloneAsksNoEngine) {
  const Case world(kManifest);
  const Questions round = next_questions(world.stack(), world.providers, {}, true);
  ASSERT_EQ(round.configuration.size(), 1u);
  EXPECT_TRUE(round.world.empty());
  Answers answers;
  answers.add(round.configuration[0], {true, 0, "", ""});
  EXPECT_TRUE(next_questions(world.stack(), world.providers, answers, true).empty());
}

TEST(Observe, AHealthProbeIsJudgedByWhatItExpects) {
  std::string manifest = kManifest;
  const std::string plain = R"(exec(service.jobs, "alive"))";
  manifest.replace(manifest.find(plain), plain.size(),
                   R"(exec(service.jobs, "alive", expect = "idle", codes = { 0 = failed, 5 = done }))");
  const Case world(manifest);
  const auto jobs = [&](int code, const char* output) {
    auto answers = good_answers();
    answers["engine exec jobs alive"] = {true, code, output, ""};
    const auto snapshot = observe(world.stack(), world.providers, look(world, answers).answers);
    return snapshot->services[1];
  };
  EXPECT_EQ(jobs(5, "all idle\n").health, Health::Healthy);
  EXPECT_EQ(jobs(5, "2 busy\n").health, Health::Unhealthy);
  EXPECT_EQ(jobs(5, "2 busy\n").detail, "its health check does not say \"idle\", but \"2 busy\"");
  EXPECT_EQ(jobs(0, "all idle\n").health, Health::Unhealthy);
  EXPECT_EQ(jobs(0, "all idle\n").detail, "its health check ended with exit code 0: all idle");
}

TEST(Observe, ReadsWhatWasAnswered) {
  const Case world(kManifest);
  const auto snapshot = observe(world.stack(), world.providers, look(world, good_answers()).answers);
  ASSERT_TRUE(snapshot) << snapshot.error().what;
  EXPECT_EQ(snapshot->engines[0].pin, (PinState{"deploy/.env: APP_VERSION", "1.4.0"}));
  ASSERT_EQ(snapshot->services.size(), 3u);
  EXPECT_EQ(snapshot->services[0].service, "api");
  EXPECT_EQ(snapshot->services[0].health, Health::Healthy);
  EXPECT_EQ(snapshot->services[1].health, Health::Healthy);
  EXPECT_EQ(snapshot->services[2].health, Health::Unknown) << "no probe, and the engine does not say";
  EXPECT_EQ(snapshot->databases[0].bytes, 12345u);
  EXPECT_THAT(snapshot->databases[0].applied, ElementsAre("0007_last"));
  ASSERT_EQ(snapshot->bundles.size(), 2u);
  EXPECT_EQ(snapshot->bundles[0].name, "app-1.4.0-20261101-120000");
  EXPECT_TRUE(snapshot->bundles[0].drilled);
  EXPECT_EQ(snapshot->bundles[0].captured, "4fa2");
  EXPECT_EQ(snapshot->bundles[1].version, "1.3.0");
  EXPECT_FALSE(snapshot->bundles[1].drilled);
  EXPECT_EQ(snapshot->bundles[1].captured, "") << "of two actions, nobody knows which one is meant";
  EXPECT_EQ(snapshot->files_bytes, 77u);
  EXPECT_EQ(snapshot->free_bytes, 99u);
}

TEST(Observe, AFailingProbeMakesAServiceUnhealthyAndSaysWhy) {
  const Case world(kManifest);
  auto answers = good_answers();
  answers["GET http://127.0.0.1:8000/health → 200"] = {false, 0, "", "503 from http://127.0.0.1:8000/health"};
  answers["engine exec jobs alive"] = {true, 3, "", "no heartbeat\nmore"};
  answers.erase("engine exec db psql size");
  const auto snapshot = observe(world.stack(), world.providers, look(world, answers).answers);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->services[0].health, Health::Unhealthy);
  EXPECT_EQ(snapshot->services[0].detail, "503 from http://127.0.0.1:8000/health");
  EXPECT_EQ(snapshot->services[1].detail, "its health check ended with exit code 3: no heartbeat");
  EXPECT_FALSE(snapshot->databases[0].reachable);
  EXPECT_EQ(snapshot->databases[0].detail, "no answer from psql");
}

TEST(Observe, AnEngineThatIsAwayIsAnError) {
  const Case world(kManifest);
  const auto snapshot = observe(world.stack(), world.providers, look(world, {}).answers);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().what, "The engine does not answer.");
}

TEST(Differences, NoneBetweenEqualLooksAndNoneForWhatIsNotCompared) {
  const Case world(kManifest);
  Snapshot now = world.snapshot;
  EXPECT_THAT(differences(world.snapshot, now), IsEmpty());
  now.free_bytes = 1;
  now.files_bytes = 2;
  now.bundles.push_back({"b", "1", ""});
  now.databases[0].bytes = 3;
  now.engines[0].available.push_back("9.9.9");
  EXPECT_THAT(differences(world.snapshot, now), IsEmpty());
}

TEST(Differences, OneSentenceForEach) {
  const Case world(kManifest);
  const auto after = [&](auto change) {
    Snapshot now = world.snapshot;
    change(now);
    return differences(world.snapshot, now);
  };
  EXPECT_THAT(after([](Snapshot& s) { s.engines[0].pin.value = "1.4.1"; }),
              ElementsAre("pin .env: VERSION changed from 1.4.0 to 1.4.1"));
  EXPECT_THAT(after([](Snapshot& s) { s.engines[0].pin.value = ""; }),
              ElementsAre("pin .env: VERSION changed from 1.4.0 to (not set)"));
  EXPECT_THAT(after([](Snapshot& s) { s.services[0].instances[0].id = "9f8e7d6c5b4a3f"; }),
              ElementsAre("api: api_1 (api.1) was replaced by 9f8e7d6c5b4a"));
  EXPECT_THAT(after([](Snapshot& s) { s.services[0].instances[0].id = "14292:1205918"; }),
              ElementsAre("api: api_1 (api.1) was replaced by 14292:1205918"));
  EXPECT_THAT(after([](Snapshot& s) {
                s.services[0].instances[0].health = Health::Stopped;
                s.services[0].instances[0].detail = "exited (1)";
                s.services[0].health = Health::Stopped;
              }),
              ElementsAre("api: api_1 was healthy and is stopped: exited (1)"));
  EXPECT_THAT(after([](Snapshot& s) { s.services[0].health = Health::Unhealthy; }),
              ElementsAre("api was healthy and is unhealthy"));
  EXPECT_THAT(after([](Snapshot& s) { s.services[0].instances.clear(); }), ElementsAre("api: api_1 is gone"));
  EXPECT_THAT(after([](Snapshot& s) { s.services[0].expected = 2; }),
              ElementsAre("api: the number of instances wanted changed from 1 to 2"));
  EXPECT_THAT(after([](Snapshot& s) { s.services.pop_back(); }),
              ElementsAre("service db is not there any more"));
  EXPECT_THAT(after([](Snapshot& s) { s.databases[0].applied.push_back("0002"); }),
              ElementsAre("database main: 1 more migrations were applied, the last is 0002"));
  EXPECT_THAT(after([](Snapshot& s) { s.databases[0].reachable = false; }),
              ElementsAre("database main cannot be reached any more: "));
}

}  // namespace
}  // namespace pawl::planner
