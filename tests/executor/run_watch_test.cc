// Notifications and measured unavailability of a run.
#include "executor/record/fold.h"
#include "run_fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;
using End = RunResult::End;

TEST_F(Run, NotificationsAreSentAndRecorded) {
  class Telling : public MemoryWorld {
   public:
    Outcome perform(const planner::Operation& it, const Bindings& bindings,
                    const std::function<void(std::string_view)>& progress, std::stop_token stop) override {
      const auto* notify = std::get_if<planner::Notify>(&it.instruction);
      if (!notify) return MemoryWorld::perform(it, bindings, progress, stop);
      messages.push_back(notify->name + ": " + notify->message);
      Outcome outcome = good();
      if (notify->name == "pager") outcome.error = "no answer";
      return outcome;
    }
    std::vector<std::string> messages;
  } telling;
  telling.act = [](const std::string& name, std::stop_token) { return name == "b" ? bad("no") : good(); };
  planner::Plan plan = plan_of({step("a", {named("a")}), step("b", {named("b")}, {0})});
  planner::NotificationPlan all, failures;
  all.notify.name = "log";
  failures.on = {"failed"};
  failures.notify.name = "pager";
  plan.notifications = {all, failures};
  Interrupt interrupt;
  EXPECT_EQ(run(plan, planner::write_plan(plan), telling, *store, *clock, observer, interrupt, {}).end,
            End::Failed);
  EXPECT_EQ(telling.messages,
            (std::vector<std::string>{"log: piprio 1.4.0 → 1.5.0 started",
                                      "log: piprio 1.4.0 → 1.5.0 failed: step 2 (step b): no",
                                      "pager: piprio 1.4.0 → 1.5.0 failed: step 2 (step b): no"}));
  const auto told = observer.all<Notified>();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told[0].ok);
  EXPECT_FALSE(told[2].ok);
  EXPECT_EQ(told[2].error, "no answer");
}

TEST_F(Run, UnavailabilityIsMeasured) {
  std::atomic<bool> up = true;
  world.answer = [&](const planner::Question&) {
    planner::Answer answer;
    answer.ok = up;
    answer.error = "503";
    return answer;
  };
  world.act = [&](const std::string& name, std::stop_token) {
    up = name != "replace";
    std::this_thread::sleep_for(name == "replace" ? 200ms : 60ms);
    return good();
  };
  planner::Plan plan = plan_of(
      {step("a", {named("before")}), step("b", {named("replace")}, {0}), step("c", {named("after")}, {1})});
  plan.availability = planner::Availability{"api", {}, 5ms, std::nullopt};
  const RunResult result = go(plan);
  EXPECT_EQ(result.end, End::Succeeded);
  EXPECT_GE(result.unavailable_ms, 150);
  EXPECT_LE(result.unavailable_ms, 2000);
  EXPECT_EQ(result.longest_unavailable_ms, result.unavailable_ms);
  EXPECT_FALSE(result.away);
  const auto samples = observer.all<Sample>();
  ASSERT_EQ(samples.size(), 3u) << "only changes are recorded";
  EXPECT_TRUE(samples[0].available);
  EXPECT_FALSE(samples[1].available);
  EXPECT_EQ(samples[1].detail, "503");
  EXPECT_TRUE(samples[2].available);
}

TEST_F(Run, ARunThatEndsWhileTheProbeFailsSaysSo) {
  std::atomic<bool> up = true;
  world.answer = [&](const planner::Question&) {
    planner::Answer answer;
    answer.ok = up;
    return answer;
  };
  world.act = [&](const std::string&, std::stop_token) {
    std::this_thread::sleep_for(60ms);
    up = false;
    std::this_thread::sleep_for(60ms);
    Outcome outcome = good();
    outcome.ok = false;
    return outcome;
  };
  planner::Plan plan = plan_of({step("a", {named("replace")})});
  plan.availability = planner::Availability{"api", {}, 5ms, std::nullopt};
  const RunResult result = go(plan);
  EXPECT_EQ(result.end, End::Failed);
  EXPECT_TRUE(result.away);
}

TEST(Fold, UnavailabilityAcrossSessions) {
  const planner::Plan plan = plan_of({step("a", {})});
  const auto folded = [&](std::vector<std::pair<Timestamp, Fact>> facts) {
    std::vector<Record> records;
    for (auto& [at, fact] : facts) records.push_back({1, 0, at, std::move(fact)});
    return fold(plan, records).unavailability;
  };
  RunBegan resumed;
  resumed.resumed = true;
  const Unavailability it = folded({{1000, RunBegan{}},
                                    {2000, Sample{true, ""}},
                                    {3000, Sample{false, "x"}},
                                    {3500, Sample{true, ""}},
                                    {4000, Sample{false, "x"}},
                                    {4200, StepStarted{0}},  // killed here
                                    {90'000, resumed},
                                    {91'000, Sample{false, "x"}},
                                    {94'000, RunEnded{}}});
  EXPECT_EQ(it.total_ms, 500 + 200 + 3000) << "time between sessions was not measured";
  EXPECT_EQ(it.longest_ms, 3000);
  EXPECT_TRUE(it.available);
}

/// What was found done before the run began is not the run's, so a way back does not undo it. What a killed
/// session may have done is.
TEST(Fold, AStepThatWasFoundDoneHasNotActed) {
  const planner::Plan plan = plan_of({step("a", {named("x")})});
  const auto acted = [&](const std::vector<Fact>& facts) {
    std::vector<Record> records;
    for (const Fact& fact : facts) records.push_back({1, 0, 1, fact});
    return fold(plan, records).steps[0].acted;
  };
  RunBegan resumed;
  resumed.resumed = true;
  const OperationFinished done{0, 0, true, false, 0, "", "", ""}, skipped{0, 0, true, true, 0, "", "", ""},
      failed{0, 0, false, false, 1, "", "", ""};
  const Fact began = RunBegan{}, starts = OperationStarted{0, 0};
  EXPECT_FALSE(acted({began, StepStarted{0}, starts, skipped, StepFinished{0}}));
  EXPECT_TRUE(acted({began, StepStarted{0}, starts, done, StepFinished{0}}));
  EXPECT_TRUE(acted({began, StepStarted{0}, starts, failed, StepFailed{0, "", ""}}));
  EXPECT_TRUE(
      acted({began, StepStarted{0}, starts, resumed, StepStarted{0}, starts, skipped, StepFinished{0}}))
      << "killed in the middle: it may have been done by this run";
}

TEST(Fold, RecordsThatDoNotFitAreIgnored) {
  const planner::Plan plan = plan_of({step("a", {named("x")})});
  std::vector<Record> records;
  for (const Fact& fact : std::vector<Fact>{
           StepStarted{7}, OperationStarted{7, 0}, OperationFinished{7, 0, true, false, 0, "", "", ""},
           OperationFinished{0, 5, true, false, 0, "", "", ""}, StepFinished{9}, StepFailed{8, "", ""}}) {
    records.push_back({1, 0, 1, fact});
  }
  const RunState state = fold(plan, records);
  EXPECT_EQ(state.steps.size(), 1u);
  EXPECT_EQ(state.steps[0].state, StepState::Waiting);
}

}  // namespace
}  // namespace pawl::executor
