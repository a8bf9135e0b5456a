// The simulation is the real executor on a world in memory: what a fault leaves behind, and that it is picked
// up.
#include "executor/simulation.h"

#include "executor/store/memory_store.h"
#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;
using Schema = SimulatedWorld::Schema;

planner::Step with(planner::StepKind kind, const std::string& subject, planner::Effects effects,
                   std::vector<std::uint32_t> needs) {
  planner::Step it = step(subject, {operation(command({"a"})), operation(command({"b"}))}, std::move(needs));
  it.kind = kind;
  it.effects = std::move(effects);
  return it;
}

/// api moves and migrates main, then two workers, one after the other.
planner::Plan upgrade() {
  planner::Effects pin, api, worker;
  pin.writes_pin = true;
  api.services = {{.service = "api", .down = 1, .moves = true}};
  api.migrates = {"main"};
  worker.services = {{.service = "worker", .down = 1, .moves = true}};
  planner::Plan plan = plan_of({with(planner::StepKind::Pin, "pin", pin, {}),
                                with(planner::StepKind::Replace, "api", api, {0}),
                                with(planner::StepKind::Replace, "worker 1 of 2", worker, {1}),
                                with(planner::StepKind::Replace, "worker 2 of 2", worker, {2})});
  for (const auto& [name, count] : {std::pair{"api", 1}, std::pair{"worker", 2}}) {
    planner::ServiceState state;
    state.service = name;
    for (int n = 1; n <= count; ++n) {
      planner::Instance instance;
      instance.number = n;
      instance.version = "1.4.0";
      instance.health = planner::Health::Healthy;
      state.instances.push_back(instance);
    }
    plan.snapshot.services.push_back(state);
  }
  plan.id = planner::plan_id(plan);
  return plan;
}

std::vector<std::string> running(const SimulatedWorld& world, const std::string& service) {
  std::vector<std::string> out;
  for (const auto& each : world.services.at(service)) out.push_back(each.up ? each.version : "out");
  return out;
}

using Words = std::vector<std::string>;

TEST(Simulation, Undisturbed) {
  const planner::Plan plan = upgrade();
  const Simulated end = simulate(plan, planner::write_plan(plan), {});
  EXPECT_EQ(end.result.end, RunResult::End::Succeeded);
  EXPECT_EQ(running(end.finally, "api"), Words{"1.5.0"});
  EXPECT_EQ(running(end.finally, "worker"), (Words{"1.5.0", "1.5.0"}));
  EXPECT_EQ(end.finally.schemas.at("main"), Schema::New);
  EXPECT_EQ(end.finally.pin, "1.5.0");
}

TEST(Simulation, FailureLeavesTheStepHalfDone) {
  const planner::Plan plan = upgrade();
  const Simulated end = simulate(plan, planner::write_plan(plan), {Fault::Kind::Fail, 1});
  EXPECT_EQ(end.result.end, RunResult::End::Failed);
  EXPECT_EQ(end.result.failed_step, 1u);
  EXPECT_EQ(running(end.stopped, "api"), Words{"out"});
  EXPECT_EQ(running(end.stopped, "worker"), (Words{"1.4.0", "1.4.0"}));
  EXPECT_EQ(end.stopped.schemas.at("main"), Schema::Between);
  EXPECT_EQ(end.resumed.end, RunResult::End::Succeeded);
  EXPECT_EQ(running(end.finally, "worker"), (Words{"1.5.0", "1.5.0"}));
}

TEST(Simulation, CrashIsResumedFromTheOperationInDoubt) {
  const planner::Plan plan = upgrade();
  const Simulated end = simulate(plan, planner::write_plan(plan), {Fault::Kind::Crash, 2});
  EXPECT_EQ(end.result.end, RunResult::End::StoreFailed);
  EXPECT_EQ(running(end.stopped, "worker"), (Words{"out", "1.4.0"}));
  EXPECT_EQ(end.done_again, Words{"b"}) << "the finished operation is not repeated, the one in doubt is";
  EXPECT_EQ(end.resumed.end, RunResult::End::Succeeded);
  EXPECT_EQ(running(end.finally, "worker"), (Words{"1.5.0", "1.5.0"}));
}

TEST(Simulation, OperationThatMustNotHappenTwiceIsNotResumed) {
  planner::Plan plan = upgrade();
  plan.steps[2].operations[1].repeat = planner::Repeat::Never;
  plan.id = planner::plan_id(plan);
  const Simulated end = simulate(plan, planner::write_plan(plan), {Fault::Kind::Crash, 2});
  EXPECT_EQ(end.resumed.end, RunResult::End::Refused);
  EXPECT_EQ(running(end.finally, "worker"), (Words{"out", "1.4.0"}));
}

TEST(MemoryStore, DiesAsAKilledProcessWould) {
  MemoryStore store;
  const auto run = store.begin("id", "{}", RunBegan{"id", "piprio", "1.4.0", "1.5.0", "a@b", 1, false}, 5);
  ASSERT_TRUE(run);
  std::vector<Record> one{Record{*run, 0, 6, StepStarted{0}}};
  ASSERT_TRUE(store.append(one));
  EXPECT_EQ(one.front().sequence, 2);
  store.die();
  std::vector<Record> lost{Record{*run, 0, 7, StepFinished{0}}};
  EXPECT_FALSE(store.append(lost));
  store.revive();
  EXPECT_EQ(store.records(*run)->size(), 2u);
  EXPECT_EQ(*store.plan("id"), "{}");
  EXPECT_EQ(store.runs(10, "")->size(), 1u);
}

}  // namespace
}  // namespace pawl::executor
