// What the report proves, on records written for the purpose.
#include <gmock/gmock.h>

#include <fstream>

#include "examples/demo/report_text.h"
#include "tests/demo/harness.h"

namespace piprio::test {
namespace {

using testing::ElementsAre;

/// Events a second apart, in the order given.
class Story {
 public:
  Story& tell(const std::string& event, const std::string& instance, const std::string& version = "1.4.0",
              const std::map<std::string, std::string>& more = {}) {
    Event one;
    one.at = 1000 * (static_cast<std::int64_t>(events.size()) + 1);
    one.mono = one.at * 1000;
    one.event = event, one.instance = instance, one.version = version, one.more = more;
    one.role = instance.substr(0, instance.find('-'));
    one.pid = version == "1.4.0" ? 14 : 15;
    events.push_back(one);
    return *this;
  }
  std::vector<Event> events;
};

TEST(ReportOfWorkers, OneAtATimeWithPauses) {
  Story story;
  story.tell("healthy", "worker-1").tell("healthy", "worker-2").tell("healthy", "worker-3");
  for (const char* worker : {"worker-1", "worker-2", "worker-3"})
    story.tell("stopping", worker)
        .tell("stopped", worker)
        .tell("started", worker, "1.5.0")
        .tell("healthy", worker, "1.5.0");
  const Workers workers = workers_of(story.events);
  EXPECT_EQ(3, workers.expected);
  EXPECT_EQ(1, workers.max_out);
  EXPECT_EQ(3, workers.replacements);
  EXPECT_THAT(workers.pauses_ms, ElementsAre(1000, 1000));
}

TEST(ReportOfWorkers, TwoOutAtOnceIsSeen) {
  Story story;
  story.tell("healthy", "worker-1")
      .tell("healthy", "worker-2")
      .tell("stopping", "worker-1")
      .tell("stopping", "worker-2");
  EXPECT_EQ(2, workers_of(story.events).max_out);
}

TEST(ReportOfWorkers, WhatCameBeforeOnlyTellsWhoWorkedThen) {
  Story story;
  story.tell("healthy", "worker-1").tell("stopping", "worker-1").tell("healthy", "worker-1");
  story.tell("healthy", "worker-2").tell("stopping", "worker-2").tell("healthy", "worker-2", "1.5.0");
  story.tell("stopping", "worker-1").tell("healthy", "worker-1", "1.5.0");
  const Workers workers = workers_of(story.events, 5000);
  EXPECT_EQ(2, workers.expected);
  EXPECT_EQ(1, workers.max_out);
  EXPECT_EQ(2, workers.replacements);
  EXPECT_THAT(workers.pauses_ms, ElementsAre(1000));
}

TEST(ReportOfWorkers, AKilledOneIsOutWhenItsSuccessorStarts) {
  Story story;
  story.tell("healthy", "worker-1").tell("healthy", "worker-2").tell("started", "worker-1", "1.5.0");
  EXPECT_EQ(1, workers_of(story.events).max_out);
}

TEST(ReportOfWorkers, ContainersWithNewNamesCountAsReplacements) {
  Story story;
  story.tell("healthy", "worker-a").tell("healthy", "worker-b").tell("stopping", "worker-a");
  story.tell("started", "worker-c", "1.5.0").tell("healthy", "worker-c", "1.5.0");
  const Workers workers = workers_of(story.events);
  EXPECT_EQ(2, workers.expected);
  EXPECT_EQ(1, workers.max_out);
  EXPECT_EQ(1, workers.replacements);
}

TEST(ReportOfScheduler, EnqueuingInsideAMigrationCounts) {
  Story story;
  story.tell("scheduler_enqueued", "scheduler")
      .tell("migration_began", "api", "1.5.0", {{"migration", "0003"}});
  story.tell("scheduler_enqueued", "scheduler")
      .tell("migration_done", "api", "1.5.0", {{"migration", "0003"}});
  story.tell("scheduler_enqueued", "scheduler");
  const auto migrations = migrations_of(story.events);
  ASSERT_EQ(1u, migrations.size());
  EXPECT_TRUE(migrations[0].ok);
  const SchedulerActivity activity = scheduler_of(story.events, migrations);
  EXPECT_EQ(3, activity.enqueued);
  EXPECT_EQ(1, activity.during_migration);
}

TEST(ReportOfJobs, LostAndDoneTwiceAreNamed) {
  Deployment at;
  const auto api = at.start_api("1.4.0");
  at.post_jobs(3);
  at.database()->script("UPDATE jobs SET state = 'done', done_count = 2 WHERE id = 'job-1'");
  Story story;
  for (const char* job : {"job-1", "job-2", "job-3", "job-4"})
    story.tell("job_accepted", "load", "", {{"job", job}});
  story.tell("job_done", "worker-1", "1.4.0", {{"job", "job-3"}})
      .tell("job_done", "worker-2", "1.4.0", {{"job", "job-3"}});
  const Jobs jobs = jobs_of(story.events, *at.database());
  EXPECT_EQ(4, jobs.accepted);
  EXPECT_EQ(3, jobs.rows);
  EXPECT_EQ(2, jobs.pending);
  EXPECT_THAT(jobs.lost, ElementsAre("job-4"));
  EXPECT_THAT(jobs.twice, ElementsAre("job-1", "job-3"));
}

TEST(ReportOfOutages, BeginIsReckonedFromTheEnd) {
  Story story;
  story.tell("started", "load", "").tell("outage", "load", "", {{"ms", "700"}, {"why", "status 502"}});
  const auto outages = outages_of(story.events);
  ASSERT_EQ(1u, outages.size());
  EXPECT_EQ(1300, outages[0].began);
  EXPECT_EQ(700, outages[0].ms);
}

TEST(ReadingEvents, SkipsATornLineAndSortsByTheMonotonicClock) {
  Deployment at;
  std::ofstream(at.folder() + "/events.jsonl")
      << R"({"at":5,"mono":2,"event":"b","role":"api","instance":"api","version":"1","pid":1})"
      << "\n"
      << R"({"at":9,"mono":1,"event":"a","role":"api","instance":"api","version":"1","pid":1})"
      << "\n"
      << R"({"at":9,"mono":3,"ev)";
  const auto events = read_events(at.folder());
  ASSERT_EQ(2u, events.size());
  EXPECT_EQ("a", events[0].event);
  EXPECT_EQ("b", events[1].event);
  EXPECT_EQ(1u, between(events, 6, 10).size());
}

TEST(ReportText, SaysWhatWasLostInOneLine) {
  Report report;
  report.jobs.accepted = 200, report.jobs.done = 200;
  report.workers.expected = 3, report.workers.max_out = 1, report.workers.pauses_ms = {2000};
  report.outages.push_back({0, 1014, "status 502"});
  const std::string text = as_text(report);
  EXPECT_THAT(text,
              testing::HasSubstr("200 accepted, 0 scheduled, 200 done, 0 still to do, 0 lost, 0 done twice"));
  EXPECT_THAT(text, testing::HasSubstr("3, at most 1 out at once, pauses of 2.00 s"));
  EXPECT_THAT(text, testing::HasSubstr("away for 1.01 s in 1 stretch, the longest 1.01 s"));
}

}  // namespace
}  // namespace piprio::test
