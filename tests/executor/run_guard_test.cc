// Stale plans, the lock, and a store that fails: what stops a run before it does something nobody would know
// of.
#include <algorithm>

#include "executor/store/lease.h"
#include "run_fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;
using End = RunResult::End;

TEST_F(Run, AStalePlanIsRefusedBeforeAnything) {
  RunOptions options;
  options.reobserve = [] {
    planner::Snapshot now;
    now.stack = "piprio";
    planner::EngineState engine;
    engine.kind = "local";
    engine.pin = {".env: V", "1.4.1"};
    now.engines.push_back(engine);
    return now;
  };
  planner::Plan plan = plan_of({step("a", {named("a")})});
  planner::EngineState engine;
  engine.kind = "local";
  engine.pin = {".env: V", "1.4.0"};
  plan.snapshot.engines.push_back(engine);
  const RunResult result = go(plan, options);
  EXPECT_EQ(result.end, End::Refused);
  EXPECT_FALSE(result.differences.empty());
  EXPECT_TRUE(store->runs(1, "")->empty());
  EXPECT_FALSE(*store->lock_holder());
  options.reobserve = []() -> lang::Result<planner::Snapshot> { return lang::failure("no engine"); };
  EXPECT_EQ(go(plan, options).reason, "the deployment cannot be looked at again: no engine");
}

TEST_F(Run, ASecondApplyIsRefusedAndNamesTheHolder) {
  RunResult second;
  world.act = [&](const std::string&, std::stop_token) {
    auto other = std::move(*open_sqlite_store(folder.path("state.db")));
    Recorder unseen;
    Interrupt interrupt;
    MemoryWorld untouched;
    const planner::Plan plan = plan_of({step("x", {named("x")})});
    second = run(plan, planner::write_plan(plan), untouched, *other, *clock, unseen, interrupt, {});
    EXPECT_TRUE(untouched.performed().empty());
    return good();
  };
  EXPECT_EQ(go(plan_of({step("a", {named("a")})})).end, End::Succeeded);
  EXPECT_EQ(second.end, End::Refused);
  ASSERT_TRUE(second.holder);
  EXPECT_EQ(second.holder->pid, ::getpid());
  EXPECT_NE(second.reason.find("holds the lock: apply piprio 1.4.0 → 1.5.0"), std::string::npos)
      << second.reason;
}

TEST_F(Run, ALockOfADeadOwnerIsTakenOver) {
  LockInfo dead = this_process(1000, "apply");
  dead.pid_started -= 1;
  ASSERT_TRUE(store->lock(dead)->taken);
  const RunResult result = go(plan_of({step("a", {named("a")})}));
  EXPECT_EQ(result.end, End::Succeeded);
  ASSERT_TRUE(result.taken_over);
  EXPECT_EQ(result.taken_over->pid_started, dead.pid_started);
}

TEST_F(Run, ALostLockFinishesTheStepAndStops) {
  world.act = [&](const std::string&, std::stop_token) {
    auto other = std::move(*open_sqlite_store(folder.path("state.db")));
    other->break_lock();
    std::this_thread::sleep_for(1500ms);  // the heartbeat beats once a second
    return good();
  };
  const RunResult result = go(plan_of({step("a", {named("a")}), step("b", {named("b")}, {0})}));
  EXPECT_EQ(result.end, End::Interrupted);
  EXPECT_EQ(result.reason, "the lock was removed by `pawl unlock`; stopped after 1 of 2 steps");
}

/// A store that fails from the nth append on, until it is healed.
class FailingStore : public StateStore {
 public:
  FailingStore(StateStore& inner, int good) : inner_(inner), good_(good) {}
  Result<RunId> begin(const std::string& id, const std::string& json, const RunBegan& fact,
                      Timestamp at) override {
    return inner_.begin(id, json, fact, at);
  }
  Result<void> append(std::vector<Record>& records) override {
    if (good_-- <= 0)
      return lang::failure("the state store cannot be written: the disk is full",
                           "make room there, then resume");
    return inner_.append(records);
  }
  Result<std::vector<Record>> records(RunId run) override { return inner_.records(run); }
  Result<std::vector<RunSummary>> runs(int newest, const std::string& stack) override {
    return inner_.runs(newest, stack);
  }
  Result<std::string> plan(const std::string& id) override { return inner_.plan(id); }
  Result<Locked> lock(const LockInfo& mine) override { return inner_.lock(mine); }
  Result<void> renew(Timestamp at) override { return inner_.renew(at); }
  Result<void> unlock() override { return inner_.unlock(); }
  Result<std::optional<LockInfo>> lock_holder() override { return inner_.lock_holder(); }
  Result<void> break_lock() override { return inner_.break_lock(); }

 private:
  StateStore& inner_;
  std::atomic<int> good_;
};

TEST_F(Run, AStoreThatFailsStopsTheRunBeforeAnyUnrecordedEffect) {
  const planner::Plan plan =
      plan_of({step("a", {named("a1"), named("a2")}), step("b", {named("b1")}, {0})}, 1);
  for (int appends = 0; appends <= 4; ++appends) {
    TempFolder place;
    auto inner = std::move(*open_sqlite_store(place.path("state.db")));
    MemoryWorld effects;
    FailingStore failing(*inner, appends);
    Interrupt interrupt;
    const RunResult result =
        run(plan, planner::write_plan(plan), effects, failing, *clock, observer, interrupt, {});
    EXPECT_EQ(result.end, End::StoreFailed) << appends;
    EXPECT_EQ(result.reason,
              "the state store cannot be written: the disk is full; make room there, then resume");
    std::size_t announced = 0;
    const auto records = inner->records(1);
    for (const Record& record : *records) announced += std::holds_alternative<OperationStarted>(record.fact);
    EXPECT_EQ(effects.performed().size(), announced) << "no effect without its durable record";

    RunOptions options;
    options.resume = 1;
    EXPECT_EQ(run(plan, planner::write_plan(plan), effects, *inner, *clock, observer, interrupt, options).end,
              End::Succeeded);
    const auto performed = effects.performed();
    for (const char* name : {"a1", "a2", "b1"})
      EXPECT_GE(std::count(performed.begin(), performed.end(), name), 1);
    EXPECT_LE(performed.size(), 4u) << "at most the one in doubt was done again";
  }
}

}  // namespace
}  // namespace pawl::executor
