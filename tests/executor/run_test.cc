// Scheduling, failure, interruption and resume.
#include <set>

#include "executor/record/fold.h"
#include "run_fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;
using End = RunResult::End;

TEST_F(Run, TellsItsStoryInOrder) {
  const RunResult result =
      go(plan_of({step("a", {named("a1"), named("a2")}), step("b", {named("b1")}, {0})}));
  EXPECT_EQ(result.end, End::Succeeded);
  EXPECT_EQ(observer.story(),
            (std::vector<std::string>{
                "run-began", "step-started 0", "operation-started 0.0", "operation-finished 0.0",
                "operation-started 0.1", "operation-finished 0.1", "step-finished 0", "step-started 1",
                "operation-started 1.0", "operation-finished 1.0", "step-finished 1", "run-ended"}));
  EXPECT_EQ(store->records(result.run)->size(), observer.records().size())
      << "what was shown is what is stored";
  EXPECT_FALSE(*store->lock_holder());
}

TEST_F(Run, EveryStartIsDurableBeforeItsEffect) {
  bool always = true;
  world.act = [&](const std::string& name, std::stop_token) {
    const auto records = store->records(1);
    const auto& last = std::get<OperationStarted>(records->back().fact);
    if (std::to_string(last.step) != name) always = false;
    return good();
  };
  EXPECT_EQ(
      go(plan_of({step("", {named("0")}), step("", {named("1")}, {0}), step("", {named("2")}, {1})}, 1)).end,
      End::Succeeded);
  EXPECT_TRUE(always);
}

TEST_F(Run, KeepsTheOrderAndTheParallelism) {
  std::vector<planner::Step> steps{step("first", {named("first")})};
  for (int i = 0; i < 40; ++i) steps.push_back(step("", {named("middle")}, {0}));
  std::vector<std::uint32_t> all(40);
  for (std::uint32_t i = 0; i < 40; ++i) all[i] = i + 1;
  steps.push_back(step("last", {named("last")}, all));
  world.act = [&](const std::string& name, std::stop_token) {
    if (name == "middle") eventually([&] { return world.most_at_once() >= 4; });
    return good();
  };
  EXPECT_EQ(go(plan_of(std::move(steps), 4)).end, End::Succeeded);
  EXPECT_EQ(world.performed().front(), "first");
  EXPECT_EQ(world.performed().back(), "last");
  EXPECT_EQ(world.performed().size(), 42u);
  EXPECT_EQ(world.most_at_once(), 4);
}

TEST_F(Run, EmptyPlansAndStepsWithoutOperations) {
  EXPECT_EQ(go(plan_of({})).end, End::Succeeded);
  EXPECT_EQ(go(plan_of({step("a", {}), step("b", {}, {0}), step("c", {named("c")}, {1})})).end,
            End::Succeeded);
  EXPECT_EQ(world.performed(), std::vector<std::string>{"c"});
}

TEST_F(Run, AfterAFailureRunningStepsFinishAndNoMoreStart) {
  std::atomic<bool> failed = false;
  world.act = [&](const std::string& name, std::stop_token) {
    if (name == "bad") {
      failed = true;
      return bad("`bad` exited with 1");
    }
    if (name == "slow") eventually([&] { return failed.load(); });
    return good();
  };
  world.answer = [](const planner::Question&) {
    planner::Answer answer;
    answer.ok = true;
    answer.output = "last log line";
    return answer;
  };
  planner::Plan plan =
      plan_of({step("slow", {named("slow"), named("slow2")}), step("api", {named("bad"), named("never")}),
               step("", {named("after")}, {1}), step("", {named("other")}, {0})});
  plan.steps[1].diagnose.push_back(planner::ReadFile{"run/api.log"});
  plan.steps[1].kind = planner::StepKind::Replace;
  const RunResult result = go(plan);
  EXPECT_EQ(result.end, End::Failed);
  EXPECT_EQ(result.failed_step, 1u);
  EXPECT_EQ(result.reason, "step 2 (replace api): `bad` exited with 1");
  EXPECT_NE(result.evidence.find("last log line"), std::string::npos);
  const auto performed = world.performed();
  EXPECT_EQ(std::set<std::string>(performed.begin(), performed.end()),
            (std::set<std::string>{"slow", "bad", "slow2"}));
  EXPECT_EQ(observer.all<StepFailed>().at(0).evidence, result.evidence);
}

TEST_F(Run, AProgramThatSaysWhyIsItsOwnEvidence) {
  Outcome told = bad("column tag exists (`rake` exited with 3)");
  told.reason = "column tag exists";
  told.output = "applying 0004\ncolumn tag exists\n";
  world.act = [&](const std::string&, std::stop_token) { return told; };
  world.answer = [](const planner::Question&) {
    return planner::Answer{true, 0, "the log of a container of last week", ""};
  };
  planner::Plan plan = plan_of({step("migrate", {named("rake")})});
  plan.steps[0].diagnose.push_back(planner::ReadFile{"run/api.log"});
  EXPECT_EQ(go(plan).evidence, "What it printed last:\napplying 0004\n");
  told.reason.clear();
  told.error = "`rake` did not end within 5m and was stopped";
  told.output = "waiting for the table\n";
  EXPECT_EQ(go(plan).evidence,
            "What it printed last:\nwaiting for the table\n$ read run/api.log\nthe log of a container of "
            "last week\n")
      << "where it does not say why, the services are looked at as well";
  plan.steps[0].kind = planner::StepKind::Migrate;
  EXPECT_EQ(go(plan).evidence, "What it printed last:\nwaiting for the table\n")
      << "a migrator runs in a container of its own: any log of its service is an older one's";
}

TEST_F(Run, TheRunsOfAnotherStackAreNotTaken) {
  world.act = [](const std::string&, std::stop_token) { return bad("no"); };
  planner::Plan notes = plan_of({step("a", {named("a")})});
  notes.stack = notes.snapshot.stack = "notes";
  const RunId run = go(notes).run;
  EXPECT_EQ((*resumable(*store, "notes"))->run, run);
  EXPECT_FALSE(*resumable(*store, "shop"));
  EXPECT_TRUE(store->runs(10, "shop")->empty());
  EXPECT_EQ(store->runs(10, "notes")->size(), 1u);
  EXPECT_EQ(store->runs(10, "")->size(), 1u);
}

TEST_F(Run, AResumeBeginsTheFailedStepAgainAndSkipsTheOnesThatAreDone) {
  bool broken = true;
  world.act = [&](const std::string& name, std::stop_token) {
    return broken && name == "b2" ? bad("no") : good();
  };
  const planner::Plan plan =
      plan_of({step("a", {named("a1")}), step("b", {named("b1"), named("b2"), named("b3")}, {0})});
  const RunResult first = go(plan);
  EXPECT_EQ(first.end, End::Failed);
  ASSERT_TRUE(*resumable(*store, "piprio"));
  EXPECT_EQ((*resumable(*store, "piprio"))->run, first.run);
  broken = false;
  RunOptions options;
  options.resume = first.run;
  const RunResult second = go(plan, options);
  EXPECT_EQ(second.end, End::Succeeded) << second.reason;
  EXPECT_EQ(second.run, first.run);
  EXPECT_EQ(world.performed(), (std::vector<std::string>{"a1", "b1", "b2", "b1", "b2", "b3"}))
      << "what b1 had brought about may be gone";
  EXPECT_FALSE(*resumable(*store, "piprio"));
  EXPECT_EQ(go(plan, options).reason, "run 1 has succeeded; there is nothing to resume");
}

TEST_F(Run, AResumeNeverRepeatsWhatEndedWellAndMustHappenOnce) {
  bool broken = true;
  world.act = [&](const std::string& name, std::stop_token) {
    return broken && name == "a3" ? bad("no") : good();
  };
  planner::Operation once = named("a1");
  once.repeat = planner::Repeat::Never;
  const planner::Plan plan = plan_of({step("a", {once, named("a2"), named("a3")})});
  RunOptions options;
  options.resume = go(plan).run;
  broken = false;
  EXPECT_EQ(go(plan, options).end, End::Succeeded);
  EXPECT_EQ(world.performed(), (std::vector<std::string>{"a1", "a2", "a3", "a2", "a3"}));
}

TEST_F(Run, DoneWhenSkipsAnOperation) {
  planner::Operation it = named("pull");
  it.done_when = planner::Condition{planner::ReadFile{"image"}, {}, "the image is present"};
  world.answer = [](const planner::Question&) {
    planner::Answer answer;
    answer.ok = true;
    return answer;
  };
  EXPECT_EQ(go(plan_of({step("fetch", {it})})).end, End::Succeeded);
  EXPECT_TRUE(world.performed().empty());
  EXPECT_TRUE(observer.all<OperationFinished>().at(0).skipped);
}

/// An upgrade of a release whose client was killed: it is pending until the attempt is taken back.
planner::Operation with_half_done() {
  planner::Operation it = named("upgrade");
  it.half_done =
      planner::HalfDone{{planner::QueryCommand{process({"status"}), 1s}, {}, "the release is pending"},
                        named("take-back").instruction};
  it.half_done->when.expect.equals = "pending";
  return it;
}

TEST_F(Run, WhatIsHalfDoneIsUndoneFirst) {
  world.answer = [](const planner::Question&) { return planner::Answer{true, 0, "pending\n", ""}; };
  EXPECT_EQ(go(plan_of({step("a", {with_half_done()})})).end, End::Succeeded);
  EXPECT_EQ(world.performed(), (std::vector<std::string>{"take-back", "upgrade"}));
}

TEST_F(Run, WhatIsNotHalfDoneIsNotUndone) {
  world.answer = [](const planner::Question&) { return planner::Answer{true, 0, "deployed\n", ""}; };
  EXPECT_EQ(go(plan_of({step("a", {with_half_done()})})).end, End::Succeeded);
  EXPECT_EQ(world.performed(), (std::vector<std::string>{"upgrade"}));
}

TEST_F(Run, WhetherSomethingIsHalfDoneIsNotGuessed) {
  world.answer = [](const planner::Question&) { return planner::Answer{false, 0, "", "no answer"}; };
  const RunResult result = go(plan_of({step("a", {with_half_done()})}));
  EXPECT_EQ(result.end, End::Failed);
  EXPECT_NE(result.reason.find("whether an earlier attempt left it half done cannot be told: no answer"),
            std::string::npos)
      << result.reason;
  EXPECT_TRUE(world.performed().empty());
}

TEST_F(Run, WhatCannotBeUndoneStopsTheStep) {
  world.answer = [](const planner::Question&) { return planner::Answer{true, 0, "pending\n", ""}; };
  world.act = [](const std::string& name, std::stop_token) {
    Outcome outcome;
    outcome.ok = name != "take-back";
    outcome.error = "it is locked";
    return outcome;
  };
  const RunResult result = go(plan_of({step("a", {with_half_done()})}));
  EXPECT_EQ(result.end, End::Failed);
  EXPECT_NE(result.reason.find("(the release is pending), which could not be undone: it is locked"),
            std::string::npos)
      << result.reason;
  EXPECT_EQ(world.performed(), (std::vector<std::string>{"take-back"}));
}

TEST_F(Run, CapturesReachLaterOperationsAndAResume) {
  std::vector<std::string> seen;
  planner::Operation takes = named("take");
  std::get<planner::Command>(takes.instruction).capture = "ledger.before";
  class Capturing : public MemoryWorld {
   public:
    explicit Capturing(std::vector<std::string>& values) : seen(values) {}
    Outcome perform(const planner::Operation& it, const Bindings& bindings,
                    const std::function<void(std::string_view)>&, std::stop_token) override {
      seen.push_back(bindings("ledger.before").value_or("-") + " " +
                     bindings("capture.ledger.before").value_or("-") + " " +
                     bindings("run.id").value_or("-"));
      stamp = bindings("run").value_or("");
      Outcome outcome = good();
      if (seen.size() == 2) outcome = bad("once");
      if (!std::get<planner::Command>(it.instruction).capture.empty()) outcome.capture = "0042";
      return outcome;
    }
    std::vector<std::string>& seen;
    std::string stamp;
  } capturing(seen);
  const planner::Plan plan = plan_of({step("a", {takes, named("use")})});
  Interrupt interrupt;
  EXPECT_EQ(run(plan, planner::write_plan(plan), capturing, *store, *clock, observer, interrupt, {}).end,
            End::Failed);
  const std::string stamp_before = capturing.stamp;
  RunOptions options;
  options.resume = 1;
  EXPECT_EQ(run(plan, planner::write_plan(plan), capturing, *store, *clock, observer, interrupt, options).end,
            End::Succeeded);
  EXPECT_EQ(seen, (std::vector<std::string>{"- - 1", "0042 0042 1", "0042 0042 1", "0042 0042 1"}));
  EXPECT_EQ(capturing.stamp, stamp_before) << "{run} is the same after a resume";
  EXPECT_EQ(stamp(1'795'271'405'123), "20261121-143005");
}

TEST_F(Run, CtrlCOnceFinishesTheRunningStep) {
  Interrupt interrupt;
  world.act = [&](const std::string&, std::stop_token stop) {
    interrupt.finish_running.request_stop();
    EXPECT_FALSE(stop.stop_requested());
    return good();
  };
  const planner::Plan plan = plan_of({step("a", {named("a1"), named("a2")}), step("b", {named("b")}, {0})});
  const RunResult result = go(plan, interrupt);
  EXPECT_EQ(result.end, End::Interrupted);
  EXPECT_EQ(result.reason, "stopped after 1 of 2 steps");
  EXPECT_EQ(world.performed(), (std::vector<std::string>{"a1", "a2"}));
  RunOptions options;
  options.resume = result.run;
  EXPECT_EQ(go(plan, options).end, End::Succeeded);
  EXPECT_EQ(world.performed(), (std::vector<std::string>{"a1", "a2", "b"}));
}

TEST_F(Run, CtrlCTwiceStopsNowAndLeavesTheOperationInDoubt) {
  Interrupt interrupt;
  world.act = [&](const std::string&, std::stop_token stop) {
    if (world.performed().size() > 1) return good();
    interrupt.finish_running.request_stop();
    interrupt.stop_now.request_stop();
    Outcome outcome;
    outcome.interrupted = stop.stop_requested();
    return outcome;
  };
  planner::Plan plan = plan_of({step("a", {named("a1"), named("a2")})});
  EXPECT_EQ(go(plan, interrupt).end, End::Interrupted);
  EXPECT_TRUE(fold(plan, *store->records(1)).steps[0].in_doubt);
  RunOptions options;
  options.resume = 1;
  EXPECT_EQ(go(plan, options).end, End::Succeeded);
  EXPECT_EQ(world.performed(), (std::vector<std::string>{"a1", "a1", "a2"}));
}

TEST_F(Run, AnInterruptBeforeTheFirstStep) {
  Interrupt interrupt;
  interrupt.finish_running.request_stop();
  EXPECT_EQ(go(plan_of({step("a", {named("a")})}), interrupt).end, End::Interrupted);
  EXPECT_TRUE(world.performed().empty());
}

class InDoubt : public Run {
 protected:
  /// A run that was killed in the middle of its only operation.
  RunResult resume_after_kill(planner::Operation it) {
    plan = plan_of({step("a", {std::move(it)})});
    const std::string json = planner::write_plan(plan);
    EXPECT_TRUE(
        store->begin(plan.id, json, {plan.id, plan.stack, "1.4.0", "1.5.0", "ann@host", 1, false}, 1000));
    std::vector<Record> records{{1, 0, 1001, StepStarted{0}}, {1, 0, 1002, OperationStarted{0, 0}}};
    EXPECT_TRUE(store->append(records));
    RunOptions options;
    options.resume = 1;
    return go(plan, options);
  }
  planner::Plan plan;
};

TEST_F(InDoubt, SafeRunsAgain) {
  EXPECT_EQ(resume_after_kill(named("again")).end, End::Succeeded);
  EXPECT_EQ(world.performed(), std::vector<std::string>{"again"});
}

TEST_F(InDoubt, NeverIsAPersonsDecision) {
  const RunResult result = resume_after_kill(named("charge-card", planner::Repeat::Never));
  EXPECT_EQ(result.end, End::Refused);
  EXPECT_EQ(result.reason,
            "step 1 was stopped in the middle of `charge-card`, which must not happen twice; whether it "
            "happened cannot be "
            "told. Look at the deployment and make a new plan");
  EXPECT_TRUE(world.performed().empty());
  EXPECT_FALSE(*store->lock_holder());
}

TEST_F(InDoubt, IfNotDoneAsks) {
  planner::Operation it = named("migrate", planner::Repeat::IfNotDone);
  it.done_when = planner::Condition{planner::QueryCommand{process({"asked"}), 1s}, {}, "the ledger has it"};
  world.answer = [](const planner::Question&) {
    planner::Answer answer;
    answer.ok = true;
    return answer;
  };
  EXPECT_EQ(resume_after_kill(it).end, End::Succeeded);
  EXPECT_TRUE(world.performed().empty()) << "it had happened";
}

TEST_F(InDoubt, IfNotDoneDoesNotGuessWhenItCannotAsk) {
  planner::Operation it = named("migrate", planner::Repeat::IfNotDone);
  it.done_when = planner::Condition{planner::QueryCommand{process({"asked"}), 1s}, {}, "the ledger has it"};
  world.answer = [](const planner::Question&) {
    planner::Answer answer;
    answer.error = "the database does not answer";
    return answer;
  };
  const RunResult result = resume_after_kill(it);
  EXPECT_EQ(result.end, End::Failed);
  EXPECT_NE(result.reason.find(
                "whether it happened before pawl was stopped cannot be told: the database does not answer"),
            std::string::npos);
  EXPECT_TRUE(world.performed().empty());
}

TEST_F(InDoubt, AFailedExitCodeIsNoReasonToDoItAgain) {
  planner::Operation it = named("migrate", planner::Repeat::IfNotDone);
  it.done_when = planner::Condition{planner::QueryCommand{process({"asked"}), 1s}, {}, "the ledger has it"};
  it.done_when->expect.failed_codes = {3};
  int code = 3;
  world.answer = [&](const planner::Question&) {
    return planner::Answer{true, code, "half of it is there", ""};
  };
  const RunResult result = resume_after_kill(it);
  EXPECT_EQ(result.end, End::Failed);
  EXPECT_NE(result.reason.find(
                "its exit code says that it never will: half of it is there (`asked` exited with 3)"),
            std::string::npos)
      << result.reason;
  EXPECT_TRUE(world.performed().empty());
}

TEST_F(Run, ResumesOnlyAWholeRunOfTheSamePlan) {
  const planner::Plan plan = plan_of({step("a", {named("a")})});
  RunOptions options;
  options.resume = 9;
  EXPECT_EQ(go(plan, options).reason, "there is no run 9");
  store->begin("other", "{}", {"other", "", "", "", "", 1, false}, 1);
  options.resume = 1;
  EXPECT_EQ(go(plan, options).reason, "run 1 belongs to another plan");
  store->begin(plan.id, "{\"damaged\"", {plan.id, "", "", "", "", 1, false}, 1);
  options.resume = 2;
  EXPECT_EQ(go(plan, options).reason.find("run 2 cannot be resumed: its stored plan is damaged"), 0u)
      << go(plan, options).reason;
}

}  // namespace
}  // namespace pawl::executor
