// Migrations, the api and the scheduler.
#include <gmock/gmock.h>

#include <csignal>

#include "tests/demo/engines.h"

namespace piprio::test {
namespace {

using testing::Test;
using Names = std::vector<std::string>;

class Application : public OnBothEngines {};
INSTANTIATE_TEST_SUITE_P(On, Application, testing::Values("sqlite", "postgres"), engine_name);

const Names kOf14{"0001_jobs", "0002_documents"};
const Names kOf15{"0001_jobs", "0002_documents", "0003_priority", "0004_results"};

Names migrations_in(const std::vector<Event>& events) {
  Names names;
  for (const Event& event : events) names.push_back(event.detail("migration"));
  return names;
}

TEST_P(Application, MigratesBeforeItServesAndOnlyOnce) {
  EXPECT_EQ(0, at().start_api("1.4.0")->stop());
  EXPECT_EQ(kOf14, at().ledger());
  EXPECT_LT(at().events("migration_done").back().mono, at().events("healthy", "api").front().mono);

  EXPECT_EQ(0, at().start_api("1.4.0")->stop());
  EXPECT_EQ(kOf14, migrations_in(at().events("migration_began"))) << "the second start migrates nothing";

  EXPECT_EQ(0, at().start_api("1.5.0")->stop());
  EXPECT_EQ(kOf15, migrations_in(at().events("migration_done")));
  EXPECT_EQ(kOf15, at().ledger());
}

TEST_P(Application, HealthTellsVersionAndComponents) {
  const auto api = at().start_api("1.5.0");
  const Response health = at().get("/health");
  EXPECT_EQ(200, health.status);
  EXPECT_EQ(
      R"({"status":"ok","version":"1.5.0","components":{"database":"ok","storage":"ok","search":"ok"}})",
      health.body);
}

TEST_P(Application, FailedMigrationIsRolledBackAndEarlierOnesStay) {
  EXPECT_EQ(0, at().start_api("1.5.0")->stop());
  EXPECT_EQ(1, at().run_api("1.6.0"));
  EXPECT_EQ("0006_regions", at().events("migration_failed").at(0).detail("migration"));
  EXPECT_EQ("0005_archive", at().ledger().back());
  EXPECT_TRUE(at().database()->has_table("archive"));
  EXPECT_FALSE(at().database()->has_table("region_names"))
      << "the first statement of the failed file is undone";
  EXPECT_THAT(at().log("api"), testing::HasSubstr("migration 0006_regions failed and was rolled back"));

  const auto repaired = at().start_api("1.6.1");
  EXPECT_EQ("0006_regions", at().ledger().back());
}

TEST_P(Application, OldApiRefusesANewerSchema) {
  EXPECT_EQ(0, at().start_api("1.5.0")->stop());
  EXPECT_EQ(1, at().run_api("1.4.0"));
  EXPECT_EQ(1u, at().events("schema_too_new").size());
  EXPECT_EQ(kOf15, at().ledger());
  EXPECT_EQ(0, at().start_api("1.5.1")->stop()) << "a patch has the same schema";
}

TEST_P(Application, StopInTheMiddleOfAMigrationLeavesNothingOfIt) {
  EXPECT_EQ(0, at().start_api("1.4.0")->stop());
  const auto api = at().start("1.5.0", "api", {{"PIPRIO_MIGRATION_MS", "600000"}});
  ASSERT_TRUE(at().await_event("migration_began", "api", 3));
  EXPECT_EQ(0, api->stop());
  EXPECT_EQ(kOf14, at().ledger());
  EXPECT_EQ(0, at().start_api("1.5.0")->stop());
  EXPECT_EQ(kOf15, at().ledger());
}

TEST_P(Application, KillInTheMiddleOfAMigrationLeavesNothingOfIt) {
  EXPECT_EQ(0, at().start_api("1.4.0")->stop());
  const auto api = at().start("1.5.0", "api", {{"PIPRIO_MIGRATION_MS", "600000"}});
  ASSERT_TRUE(at().await_event("migration_began", "api", 3));
  api->signal(SIGKILL);
  EXPECT_EQ(128 + SIGKILL, api->wait());
  EXPECT_EQ(kOf14, at().ledger());
  EXPECT_EQ(0, at().start_api("1.5.0")->stop());
  EXPECT_EQ(kOf15, at().ledger());
}

TEST_P(Application, TwoApisMigrateOnce) {
  EXPECT_EQ(0, at().start_api("1.4.0")->stop());
  const Environment slow{{"PIPRIO_MIGRATION_MS", "100"}};
  const auto one = at().start("1.5.0", "api", slow);
  Environment other = slow;
  other["PIPRIO_API_PORT"] = std::to_string(free_port());
  const auto two = at().start("1.5.0", "api-2", other);
  ASSERT_TRUE(at().await_event("healthy", "api", 2));
  ASSERT_TRUE(at().await_event("healthy", "api-2"));
  EXPECT_EQ(kOf15, migrations_in(at().events("migration_began")));
  EXPECT_EQ(kOf15, at().ledger());
}

TEST_P(Application, EnqueuingTwiceUnderOneIdIsOneJob) {
  const auto api = at().start_api("1.4.0");
  at().post_jobs(1);
  const Response again =
      send_request({"127.0.0.1", at().api_port()}, "POST", "/jobs?id=job-1", "x", std::chrono::seconds(5));
  EXPECT_EQ(200, again.status);
  EXPECT_EQ(R"({"queued":1,"taken":0,"done":0})", at().get("/jobs").body);
  EXPECT_THAT(at().get("/jobs/job-1").body, testing::HasSubstr(R"("state":"queued")"));
  EXPECT_EQ(404, at().get("/jobs/job-2").status);
}

TEST_P(Application, SchedulerTellsWhenItRanDuringAMigration) {
  const auto old_api = at().start_api("1.4.0");
  const auto scheduler = at().start("1.4.0", "scheduler", {{"PIPRIO_SCHEDULE_MS", "20"}});
  ASSERT_TRUE(at().await_event("scheduler_enqueued", "", 3));
  EXPECT_TRUE(at().events("scheduler_during_migration").empty());
  EXPECT_EQ(0, old_api->stop());

  const auto api = at().start("1.5.0", "api", {{"PIPRIO_MIGRATION_MS", "300"}});
  EXPECT_TRUE(at().await_event("scheduler_during_migration"));
  ASSERT_TRUE(at().await_event("healthy", "api", 2));
  const auto events = at().events();
  EXPECT_GT(scheduler_of(events, migrations_of(events)).during_migration, 0);
  EXPECT_EQ(0, scheduler->stop());
}

TEST_P(Application, NeverHealthyVersionMigratesAndServes503) {
  const auto api = at().start_api("1.6.1");
  const Response health = at().get("/health");
  EXPECT_EQ(503, health.status);
  EXPECT_THAT(health.body, testing::HasSubstr(R"("search":"down")"));
  EXPECT_EQ(6u, at().ledger().size());
  EXPECT_TRUE(at().events("healthy", "api").empty());
}

TEST(Version, SlowOneServesOnlyAfterItHasWarmedUp) {
  Deployment at;
  const auto api = at.start("1.7.0", "api", {{"PIPRIO_WARM_UP_MS", "400"}});
  ASSERT_TRUE(at.await_event("healthy", "api"));
  EXPECT_GE(at.events("healthy", "api")[0].mono - at.events("migration_done").back().mono, 400'000);
}

TEST(Version, SlowOneStopsAtOnceWhileItWarmsUp) {
  Deployment at;
  const auto api = at.start("1.7.0", "api", {{"PIPRIO_WARM_UP_MS", "600000"}});
  ASSERT_TRUE(at.await_event("migration_done", "api", 6));
  EXPECT_EQ(0, api->stop());
}

TEST(Api, RefusesWhileTheDatabaseIsAway) {
  Deployment at;
  const auto api = at.start_api("1.4.0");
  at.database()->script("ALTER TABLE jobs RENAME TO hidden");
  EXPECT_EQ(503, at.get("/health").status);
  EXPECT_EQ(503, at.get("/jobs").status);
  EXPECT_TRUE(at.await_event("request_refused", "api"));
  at.database()->script("ALTER TABLE hidden RENAME TO jobs");
  EXPECT_EQ(200, at.get("/health").status);
}

TEST(Api, SaysWhatIsWrongWithItsSettings) {
  Deployment at;
  EXPECT_EQ(1, at.start("1.4.0", "api", {{"DATABASE_URL", "mongodb://x"}})->wait());
  EXPECT_THAT(at.log("api"), testing::HasSubstr("DATABASE_URL must begin with sqlite: or postgres://"));
  EXPECT_EQ(1, at.start("1.4.0", "worker", {{"PIPRIO_LEASE_MS", "soon"}})->wait());
  EXPECT_THAT(at.log("worker"), testing::HasSubstr("PIPRIO_LEASE_MS must be a number"));
}

}  // namespace
}  // namespace piprio::test
