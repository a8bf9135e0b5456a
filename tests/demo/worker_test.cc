// The promises of the queue: no job lost, none done twice, whatever happens to a worker.
#include <gmock/gmock.h>

#include <csignal>

#include "tests/demo/engines.h"

namespace piprio::test {
namespace {

class Worker : public OnBothEngines {};
INSTANTIATE_TEST_SUITE_P(On, Worker, testing::Values("sqlite", "postgres"), engine_name);

const Environment kSlowJobs{{"PIPRIO_JOB_MS_MIN", "400"}, {"PIPRIO_JOB_MS_MAX", "400"}};
const Environment kEndlessJobs{
    {"PIPRIO_JOB_MS_MIN", "600000"}, {"PIPRIO_JOB_MS_MAX", "600000"}, {"PIPRIO_LEASE_MS", "300"}};

std::string column_of_job(const Deployment& at, const std::string& column) {
  return at.database()->query("SELECT " + column + " FROM jobs WHERE id = 'job-1'").at(0).at(0);
}

TEST_P(Worker, SeveralShareAQueueAndDoEachJobOnce) {
  const auto api = at().start_api("1.5.0");
  const auto one = at().start("1.5.0", "worker-1"), two = at().start("1.5.0", "worker-2"),
             three = at().start("1.5.0", "worker-3");
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(at().await_event("healthy", "worker-" + std::to_string(i)));
  at().post_jobs(60);
  ASSERT_TRUE(at().await_all_done());
  ASSERT_TRUE(at().await_event("job_done", "", 60));
  EXPECT_EQ(60u, at().events("job_taken").size());
  EXPECT_EQ(60u, at().database()->query("SELECT id FROM jobs WHERE done_count = 1 AND attempts = 1").size());
  EXPECT_EQ(60u, at().database()->query("SELECT job_id FROM results").size());
  for (int i = 1; i <= 3; ++i) EXPECT_FALSE(at().events("job_done", "worker-" + std::to_string(i)).empty());
}

TEST_P(Worker, FinishesItsJobWhenAskedToStop) {
  const auto api = at().start_api("1.4.0");
  at().post_jobs(2);
  const auto worker = at().start("1.4.0", "worker", kSlowJobs);
  ASSERT_TRUE(at().await_event("job_taken"));
  EXPECT_EQ(0, worker->stop());
  EXPECT_EQ(1u, at().events("job_taken").size()) << "no other job is begun";
  EXPECT_EQ(1u, at().events("job_done").size());
  EXPECT_LT(at().events("stopping", "worker")[0].mono, at().events("job_done")[0].mono);
  EXPECT_EQ(R"({"queued":1,"taken":0,"done":1})", at().get("/jobs").body);
}

TEST_P(Worker, JobOfAKilledOneGoesToAnother) {
  const auto api = at().start_api("1.4.0");
  at().post_jobs(1);
  const auto victim = at().start("1.4.0", "worker-1", kEndlessJobs);
  ASSERT_TRUE(at().await_event("job_taken", "worker-1"));
  victim->signal(SIGKILL);
  victim->wait();
  const auto heir = at().start("1.4.0", "worker-2");
  ASSERT_TRUE(at().await_all_done());
  ASSERT_TRUE(at().await_event("job_done", "worker-2"));
  EXPECT_EQ(1u, at().events("job_requeued", "worker-2").size());
  EXPECT_EQ("1", column_of_job(at(), "done_count"));
  EXPECT_EQ("2", column_of_job(at(), "attempts"));
}

TEST_P(Worker, OneThatWasGivenUpCannotFinishAJobASecondTime) {
  const auto api = at().start_api("1.5.0");
  at().post_jobs(1);
  Environment slow = kSlowJobs;
  slow["PIPRIO_LEASE_MS"] = "300";
  const auto sleeper = at().start("1.5.0", "worker-1", slow);
  ASSERT_TRUE(at().await_event("job_taken", "worker-1"));
  sleeper->signal(SIGSTOP);
  const auto heir = at().start("1.5.0", "worker-2");
  ASSERT_TRUE(at().await_event("job_done", "worker-2"));
  sleeper->signal(SIGCONT);
  ASSERT_TRUE(at().await_event("job_taken_away", "worker-1"));
  EXPECT_EQ(1u, at().events("job_done").size());
  EXPECT_EQ("1", column_of_job(at(), "done_count"));
  EXPECT_EQ(1u, at().database()->query("SELECT job_id FROM results").size());
}

TEST_P(Worker, OldOneWorksOnTheNextSchema) {
  EXPECT_EQ(0, at().start_api("1.4.0")->stop());
  const auto worker = at().start("1.4.0", "worker");
  ASSERT_TRUE(at().await_event("healthy", "worker"));
  const auto api = at().start_api("1.5.0");
  at().post_jobs(5);
  ASSERT_TRUE(at().await_all_done());
  EXPECT_EQ(0, worker->stop());
  EXPECT_TRUE(at().events("database_failed").empty());
}

TEST_P(Worker, NewOneWaitsForItsSchema) {
  const auto old_api = at().start_api("1.4.0");
  at().post_jobs(1);
  const auto worker = at().start("1.5.0", "worker");
  ASSERT_TRUE(eventually(
      [&] { return at().log("worker").find("the schema is older than 1.5.0 needs") != std::string::npos; }));
  EXPECT_TRUE(at().events("job_taken").empty());
  EXPECT_EQ(0, old_api->stop());
  const auto api = at().start_api("1.5.0");
  ASSERT_TRUE(at().await_all_done());
  EXPECT_GT(at().events("healthy", "worker")[0].mono, at().events("migration_done").back().mono);
}

TEST_P(Worker, StopsWhileItWaitsForItsSchema) {
  const auto worker = at().start("1.5.0", "worker");
  ASSERT_TRUE(at().await_event("started", "worker"));
  EXPECT_EQ(0, worker->stop());
}

TEST_P(Worker, PrioritiesCountFromTheVersionThatBroughtThem) {
  const auto api = at().start_api("1.5.0");
  for (const std::string job : {"a&priority=0", "b&priority=9"})
    send_request({"127.0.0.1", at().api_port()}, "POST", "/jobs?id=" + job, "x", std::chrono::seconds(5));
  const auto worker = at().start("1.5.0", "worker");
  ASSERT_TRUE(at().await_event("job_done", "", 2));
  EXPECT_EQ("b", at().events("job_done")[0].detail("job"));
}

}  // namespace
}  // namespace piprio::test
