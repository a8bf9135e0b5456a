#include "cli/rollback.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "cli/commands.h"
#include "cli/make_plan.h"
#include "cli/output.h"
#include "cli/run_job.h"
#include "cli/state.h"
#include "executor/record/fold.h"

namespace pawl::cli {
namespace {

using planner::PastRun;

// A ledger that moved while we looked makes the first plan wrong, the next one right.
constexpr int kAttempts = 2;
constexpr int kLooks = 5;  // what is failing at this moment may change between a plan and its run

struct Past {
  planner::Plan plan;
  PastRun run;  // its `plan` is set by whoever holds this
};

/// A step of the author's own whose `done_when` held before it ran has done nothing that could be undone.
PastRun::Step progress(const planner::Step& planned, const executor::StepProgress& step) {
  using State = executor::StepState;
  if (planned.kind == planner::StepKind::Custom && !planned.operations.empty() && !step.acted &&
      !step.in_doubt)
    return PastRun::Step::NotBegun;
  if (step.state == State::Finished) return PastRun::Step::Finished;
  const bool begun = step.state != State::Waiting || step.done > 0 || step.in_doubt;
  return begun ? PastRun::Step::Begun : PastRun::Step::NotBegun;
}

lang::Result<Past> past_run(executor::StateStore& store, const std::string& stack, executor::RunId wanted) {
  const auto chosen = upgrade_to_undo(store, stack, wanted);
  if (!chosen) return tl::unexpected(chosen.error());
  auto plan = plan_of(store, *chosen);
  if (!plan) return tl::unexpected(plan.error());
  const auto records = store.records(chosen->run);
  if (!records) return tl::unexpected(records.error());
  const executor::RunState state = executor::fold(*plan, *records);
  Past past{std::move(*plan), {}};
  past.run.number = chosen->run;
  past.run.stamp = executor::stamp(state.began);
  for (std::size_t i = 0; i < state.steps.size(); ++i)
    past.run.steps.push_back(progress(past.plan.steps[i], state.steps[i]));
  return past;
}

/// Nothing that the run had begun changes the deployment.
bool changed_nothing(const Past& past) {
  for (std::size_t i = 0; i < past.plan.steps.size(); ++i) {
    const planner::Step& step = past.plan.steps[i];
    const bool begun = past.run.steps[i] != PastRun::Step::NotBegun;
    if (begun && (step.effects.changes_anything() || step.kind == planner::StepKind::Custom)) return false;
  }
  return true;
}

Exit say_nothing_to_do(const Common& common, const Past& past) {
  if (common.json) {
    std::cout << "{\"nothing_to_do\":true}\n";
  } else {
    std::cout << fmt::format("Nothing to roll back: run {} stopped before it changed anything.\n",
                             past.run.number);
  }
  return Exit::Done;
}

JobResult attempt(const Common& common, const RollbackArguments& arguments, Past& past) {
  past.run.plan = &past.plan;
  const auto compiler = [&](const planner::CompileInput& input) {
    return planner::compile_rollback(input, past.run, arguments.lossy_down);
  };
  auto made = make_plan(common, {}, compiler);
  if (const Exit* exit = std::get_if<Exit>(&made)) return {*exit};
  Planned& planned = std::get<Planned>(made);
  return run_job(common, arguments.choices, planned.workspace, job_of(std::move(planned.plan)));
}

/// The folder's store, where the manifest says that it is.
lang::Result<Past> past_run_here(const Common& common, executor::RunId run) {
  const auto here = state_here(common);
  if (!here) return tl::unexpected(here.error());
  if (!here->store) return lang::failure("Nothing to roll back: no run has begun here.");
  if (owner_lives(*here->store))
    return lang::failure("A run is going on; it must end before it is rolled back.", "See: pawl status");
  return past_run(*here->store, here->stack, run);
}

}  // namespace

Exit roll_back(const Common& common, const RollbackArguments& arguments) {
  // A manifest with mistakes is refused first, as everywhere: no way back could be compiled from it.
  if (!open_workspace(common, lang::DiskReader("."))) return Exit::Usage;
  for (int attempts = 0, looks = 0;;) {
    auto past = past_run_here(common, arguments.run);
    if (!past) {
      print_refusal(common, {past.error()});
      return Exit::Refused;
    }
    if (changed_nothing(*past)) return say_nothing_to_do(common, *past);
    const JobResult ended = attempt(common, arguments, *past);
    const bool again = (ended.failed && ++attempts < kAttempts) || (ended.stale && ++looks < kLooks);
    if (!again || !arguments.choices.auto_approve) return ended.exit;
    std::cerr << "Looking again, and going back from there.\n";
  }
}

Exit run(const Common& common, const RollbackArguments& arguments) {
  return roll_back(common, arguments);
}

}  // namespace pawl::cli
