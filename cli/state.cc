#include "cli/state.h"

#include <fmt/format.h>

#include <set>

#include "cli/workspace.h"
#include "executor/record/fold.h"
#include "executor/run.h"
#include "planner/file/plan_file.h"
#include "planner/plans/way_back.h"

namespace pawl::cli {
namespace {

/// Estimates follow the newest runs; older ones were of another machine, or of less data.
constexpr int kRunsForEstimates = 5;
constexpr int kRunsToLookBack = 256;

/// Milliseconds each step took, by its number, from the records of one run.
std::map<std::uint32_t, planner::Duration> step_durations(const std::vector<executor::Record>& records) {
  std::map<std::uint32_t, executor::Timestamp> began;
  std::map<std::uint32_t, planner::Duration> took;
  for (const executor::Record& record : records) {
    if (const auto* start = std::get_if<executor::StepStarted>(&record.fact)) began[start->step] = record.at;
    if (const auto* end = std::get_if<executor::StepFinished>(&record.fact)) {
      took[end->step] = planner::Duration(record.at - began[end->step]);
    }
  }
  return took;
}

void add_durations(executor::StateStore& store, const executor::RunSummary& summary,
                   std::map<std::string, std::vector<planner::Measured>>& into) {
  const auto plan = plan_of(store, summary);
  const auto records = store.records(summary.run);
  if (!plan || !records) return;
  for (const auto& [number, took] : step_durations(*records)) {
    if (number >= plan->steps.size()) continue;
    const planner::Step& step = plan->steps[number];
    into[std::string(planner::name(step.kind)) + " " + step.subject].push_back({took, plan->from, plan->to});
  }
}

void mark(planner::Snapshot& snapshot, std::string_view name) {
  for (planner::BundleState& bundle : snapshot.bundles) {
    if (bundle.name == name) bundle.needed = true;
  }
}

/// A restore, a drill and a rollback that puts data back look at their bundle first.
void mark_bundles_of_resumable_run(executor::StateStore& store, planner::Snapshot& snapshot) {
  const auto run = executor::resumable(store, snapshot.stack);
  if (!run || !*run) return;
  const auto plan = plan_of(store, **run);
  if (!plan) return;
  for (const planner::Step& step : plan->steps) {
    for (const planner::Operation& operation : step.operations) {
      const auto* await = std::get_if<planner::Await>(&operation.instruction);
      const auto* look =
          await ? std::get_if<planner::InspectBundle>(&await->condition.question.query) : nullptr;
      if (look) mark(snapshot, std::string_view(look->folder).substr(look->folder.rfind('/') + 1));
    }
  }
}

/// The one that `pawl rollback` would restore from, drilled or not.
void mark_bundle_of_way_back(executor::StateStore& store, planner::Snapshot& snapshot) {
  const auto run = upgrade_to_undo(store, snapshot.stack);
  if (!run) return;
  for (const bool only_drilled : {false, true}) {
    const auto* bundle =
        planner::bundle_before(snapshot, run->from, executor::stamp(run->began), only_drilled);
    if (bundle) mark(snapshot, bundle->name);
  }
}

bool is_refused(const executor::RunSummary& run) {
  return run.end && run.end->outcome == executor::RunEnded::Outcome::Refused;
}
bool has_succeeded(const executor::RunSummary& run) {
  return run.end && run.end->outcome == executor::RunEnded::Outcome::Succeeded;
}

}  // namespace

std::string state_path(const lang::Stack& stack) {
  const bool declared = stack.state && !stack.state->sqlite_path.empty();
  return declared ? stack.state->sqlite_path.shown() : planner::Plan().state_path;
}

lang::Result<std::unique_ptr<executor::StateStore>> existing_store(const std::string& path) {
  return executor::open_existing_sqlite_store(path);
}

lang::Result<Here> state_here(const Common& common) {
  const lang::DiskReader files(".");
  const auto variables = given_variables(common);
  if (!variables) return tl::unexpected(variables.error());
  const lang::Loaded loaded = lang::load(files, {.manifest = common.manifest,
                                                 .variables = variables->given,
                                                 .environment = variables->environment,
                                                 .limits = {},
                                                 .unbuilt = lang::Unbuilt::Accept});
  const bool known = loaded.stack.has_value();
  auto store = existing_store(known ? state_path(*loaded.stack) : planner::Plan().state_path);
  if (!store) return tl::unexpected(store.error());
  return Here{std::move(*store), known ? std::string(*loaded.stack->name) : std::string()};
}

lang::Result<std::vector<executor::RunSummary>> runs_here(const Here& here, int newest) {
  if (!here.store) return std::vector<executor::RunSummary>();
  return here.store->runs(newest, here.stack);
}

std::string no_run(const Here& here) {
  const auto others =
      here.store ? here.store->runs(1, "") : lang::Result<std::vector<executor::RunSummary>>();
  if (here.stack.empty() || !others || others->empty()) return "No run has begun here.";
  return fmt::format("No run of {} has begun here; the newest one, run {}, is of {}.", here.stack,
                     others->front().run, others->front().stack);
}

bool owner_lives(executor::StateStore& store) {
  const auto holder = store.lock_holder();
  return holder && *holder && !executor::proved_dead(**holder);
}

bool is_live(executor::StateStore& store, const executor::RunSummary& run) {
  if (run.end) return false;
  const auto holder = store.lock_holder();
  if (!holder || !*holder || executor::proved_dead(**holder)) return false;
  const auto records = store.records(run.run);
  if (!records) return false;
  const auto* last = static_cast<const executor::RunBegan*>(nullptr);
  for (const executor::Record& record : *records) {
    if (const auto* began = std::get_if<executor::RunBegan>(&record.fact)) last = began;
  }
  return last && last->pid == (*holder)->pid;
}

lang::Result<planner::Plan> plan_of(executor::StateStore& store, const executor::RunSummary& run) {
  const auto json = store.plan(run.plan_id);
  if (!json) return tl::unexpected(json.error());
  auto plan = planner::read_plan(*json);
  if (!plan) {
    return lang::failure(
        fmt::format("The saved plan of run {} cannot be read: {}", run.run, plan.error().what),
        plan.error().fix);
  }
  return plan;
}

namespace {

/// Nothing that a run after `wanted` changed may be left when `wanted` is undone: its plan knows nothing of
/// it. Runs come newest first; `undone` collects those that a rollback has led back from.
lang::Result<void> undone_by_now(executor::StateStore& store, const executor::RunSummary& run,
                                 const std::string& stack, executor::RunId wanted,
                                 std::set<executor::RunId>& undone) {
  if (is_refused(run) || (!stack.empty() && run.stack != stack)) return {};
  if (run.purpose == planner::name(planner::Purpose::Rollback)) {
    const auto plan = plan_of(store, run);
    if (!plan) return tl::unexpected(plan.error());
    if (has_succeeded(run)) undone.insert(plan->undoes);
    return {};
  }
  const bool changes = run.purpose == planner::name(planner::Purpose::Upgrade) ||
                       run.purpose == planner::name(planner::Purpose::Restore);
  if (!changes || run.run <= wanted || undone.contains(run.run)) return {};
  const bool restored = run.purpose == planner::name(planner::Purpose::Restore);
  return lang::failure(
      fmt::format(
          "Run {} came after run {} and is not undone, so what led back from run {} may not any more.",
          run.run, wanted, wanted),
      restored ? "Go back to a bundle instead: pawl backups, then pawl restore BUNDLE"
               : "Undo the newest run first: pawl rollback");
}

}  // namespace

lang::Result<executor::RunSummary> upgrade_to_undo(executor::StateStore& store, const std::string& stack,
                                                   executor::RunId wanted) {
  const auto runs = store.runs(kRunsToLookBack, wanted == 0 ? stack : "");
  if (!runs) return tl::unexpected(runs.error());
  std::set<executor::RunId> undone;
  for (const executor::RunSummary& run : *runs) {
    if (wanted != 0 && run.run != wanted) {
      if (auto clear = undone_by_now(store, run, stack, wanted, undone); !clear)
        return tl::unexpected(clear.error());
      continue;
    }
    if (wanted == 0 && is_refused(run)) continue;
    if (!stack.empty() && run.stack != stack)
      return lang::failure(fmt::format("Run {} is of the stack {}, and the manifest here is of {}.", run.run,
                                       run.stack, stack),
                           "Name the manifest of " + run.stack + ": pawl rollback --manifest FILE");
    if (run.purpose == planner::name(planner::Purpose::Upgrade)) return run;
    if (run.purpose == planner::name(planner::Purpose::Rollback)) {
      const auto plan = plan_of(store, run);
      if (!plan) return tl::unexpected(plan.error());
      if (!has_succeeded(run)) return upgrade_to_undo(store, stack, plan->undoes);
      return lang::failure(fmt::format("Nothing to roll back: run {} led back from run {} to {}.", run.run,
                                       plan->undoes, run.to),
                           "See: pawl history");
    }
    if (wanted != 0 || run.purpose == planner::name(planner::Purpose::Restore))
      return lang::failure(
          fmt::format("Run {} is a {}, and only an upgrade is rolled back.", run.run, run.purpose),
          "See: pawl history");
  }
  if (wanted != 0) return lang::failure(fmt::format("There is no run {}.", wanted), "See: pawl history");
  return lang::failure("Nothing to roll back: no upgrade" + (stack.empty() ? "" : " of " + stack) +
                       " has run here.");
}

std::optional<executor::RunId> unfinished_run(const lang::Stack& stack) {
  auto store = existing_store(state_path(stack));
  if (!store || !*store) return std::nullopt;
  const auto run = executor::resumable(**store, *stack.name);
  if (!run || !*run) return std::nullopt;
  return (*run)->run;
}

void mark_needed_bundles(const lang::Stack& stack, planner::Snapshot& snapshot) {
  auto store = existing_store(state_path(stack));
  if (snapshot.bundles.empty() || !store || !*store) return;
  mark_bundles_of_resumable_run(**store, snapshot);
  mark_bundle_of_way_back(**store, snapshot);
}

std::map<std::string, std::vector<planner::Measured>> measured_durations(const lang::Stack& stack) {
  std::map<std::string, std::vector<planner::Measured>> durations;
  auto store = existing_store(state_path(stack));
  if (!store || !*store) return durations;
  const auto runs = (*store)->runs(kRunsForEstimates, *stack.name);
  if (!runs) return durations;
  for (const executor::RunSummary& summary : *runs) {
    if (summary.end && summary.end->outcome == executor::RunEnded::Outcome::Succeeded) {
      add_durations(**store, summary, durations);
    }
  }
  return durations;
}

}  // namespace pawl::cli
