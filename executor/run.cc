// A run from the outside in: take the lock, see that the plan still holds, begin or pick up the run, carry
// out its steps, give the lock back.
#include "executor/run.h"

#include <fmt/format.h>

#include "executor/record/fold.h"
#include "executor/session.h"
#include "executor/store/lease.h"
#include "planner/file/plan_file.h"
#include "planner/plan/snapshot.h"

namespace pawl::executor {
namespace {

RunResult refused(std::string reason) {
  RunResult result;
  result.end = RunResult::End::Refused;
  result.reason = std::move(reason);
  return result;
}

RunResult store_failed(const lang::Error& error) {
  RunResult result;
  result.end = RunResult::End::StoreFailed;
  result.reason = error.what + (error.fix.empty() ? "" : "; " + error.fix);
  return result;
}

RunResult locked_by(const LockInfo& holder) {
  RunResult result = refused(fmt::format("{} (pid {} on {}) holds the lock: {}", holder.owner, holder.pid,
                                         holder.host, holder.reason));
  result.holder = holder;
  return result;
}

/// Gives the lock back however the run ends.
class LockGuard {
 public:
  explicit LockGuard(StateStore& store) : store_(store) {}
  ~LockGuard() { store_.unlock(); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  StateStore& store_;
};

/// Looks again: why the plan must not run on what is there now.
std::optional<RunResult> stale(const planner::Plan& plan, const RunOptions& options) {
  if (!options.reobserve || options.resume) return std::nullopt;
  const auto now = options.reobserve();
  if (!now) return refused("the deployment cannot be looked at again: " + now.error().what);
  // A way back begins while the failed version may still be at work; it makes certain of the ledgers itself.
  const bool settled = plan.purpose != planner::Purpose::Rollback;
  auto differences = planner::differences(plan.snapshot, *now, settled);
  if (differences.empty()) return std::nullopt;
  RunResult result = refused("the plan is stale: the deployment has changed since it was made");
  result.differences = std::move(differences);
  return result;
}

/// A person must look first when an operation may have happened, must not happen twice and cannot be asked.
std::optional<std::string> undecidable(const planner::Plan& plan, const RunState& state) {
  for (std::uint32_t step = 0; step < plan.steps.size(); ++step) {
    const StepProgress& progress = state.steps[step];
    if (!progress.in_doubt || progress.done >= plan.steps[step].operations.size()) continue;
    const planner::Operation& operation = plan.steps[step].operations[progress.done];
    const bool askable = operation.repeat == planner::Repeat::IfNotDone && operation.done_when;
    if (operation.repeat == planner::Repeat::Safe || askable) continue;
    return fmt::format(
        "step {} was stopped in the middle of `{}`, which must not happen twice; whether it happened cannot "
        "be told. Look "
        "at the deployment and make a new plan",
        step + 1, planner::render(operation));
  }
  return std::nullopt;
}

RunBegan began(const planner::Plan& plan, const LockInfo& owner, bool resumed) {
  return {plan.id,     plan.stack, plan.from, plan.to,
          owner.owner, owner.pid,  resumed,   std::string(planner::name(plan.purpose))};
}

/// Where a run starts from.
struct Start {
  RunId run = 0;
  RunState state;
  std::optional<RunBegan> began;  // still to be recorded
};

/// The time at which a new run begins: in a second of its own, because its stamp names what it makes.
Result<Timestamp> own_second(StateStore& store, Clock& clock) {
  const auto runs = store.runs(1, "");
  if (!runs) return tl::unexpected(runs.error());
  Timestamp now = clock.now();
  if (!runs->empty() && stamp(runs->front().began) == stamp(now)) {
    clock.sleep(std::chrono::milliseconds(1000 - now % 1000), {});
    now = clock.now();
  }
  return now;
}

tl::expected<Start, RunResult> begin_new(const planner::Plan& plan, const std::string& plan_json,
                                         StateStore& store, Clock& clock, RunObserver& observer,
                                         const LockInfo& owner) {
  const auto now = own_second(store, clock);
  if (!now) return tl::unexpected(store_failed(now.error()));
  const RunBegan fact = began(plan, owner, false);
  const auto run = store.begin(plan.id, plan_json, fact, *now);
  if (!run) return tl::unexpected(store_failed(run.error()));
  const Record first{*run, 1, *now, fact};
  Start start{*run, initial_state(plan), std::nullopt};
  advance(start.state, plan, first);
  observer.record(first);
  return start;
}

/// Refuses unless the plan that was stored with the run is intact and is this one.
std::optional<RunResult> other_plan(const planner::Plan& plan, StateStore& store, RunId run) {
  const auto stored = store.plan(plan.id);
  if (!stored) return refused(fmt::format("run {} cannot be resumed: {}", run, stored.error().what));
  const auto whole = planner::read_plan(*stored);
  if (!whole)
    return refused(
        fmt::format("run {} cannot be resumed: its stored plan is damaged: {}", run, whole.error().what));
  if (whole->id == plan.id) return std::nullopt;
  return refused(fmt::format("run {} cannot be resumed: its stored plan is damaged", run));
}

tl::expected<Start, RunResult> pick_up(const planner::Plan& plan, StateStore& store, RunId run,
                                       const LockInfo& owner) {
  const auto records = store.records(run);
  if (!records) return tl::unexpected(store_failed(records.error()));
  const auto* first = records->empty() ? nullptr : std::get_if<RunBegan>(&records->front().fact);
  if (!first) return tl::unexpected(refused(fmt::format("there is no run {}", run)));
  if (first->plan_id != plan.id)
    return tl::unexpected(refused(fmt::format("run {} belongs to another plan", run)));
  if (auto damaged = other_plan(plan, store, run)) return tl::unexpected(std::move(*damaged));
  Start start{run, fold(plan, *records), began(plan, owner, true)};
  if (start.state.end && start.state.end->outcome == RunEnded::Outcome::Succeeded) {
    return tl::unexpected(refused(fmt::format("run {} has succeeded; there is nothing to resume", run)));
  }
  if (auto why = undecidable(plan, start.state)) return tl::unexpected(refused(std::move(*why)));
  // The session records this fact first; until then the state is already what it will be.
  advance(start.state, plan, Record{run, 0, start.state.last, *start.began});
  return start;
}

}  // namespace

RunResult run(const planner::Plan& plan, const std::string& plan_json, World& world, StateStore& store,
              Clock& clock, RunObserver& observer, Interrupt& interrupt, const RunOptions& options) {
  const bool upgrade = plan.purpose == planner::Purpose::Upgrade;
  const std::string_view verb = upgrade ? "apply" : planner::name(plan.purpose);
  const LockInfo mine =
      this_process(clock.now(), fmt::format("{} {} {} → {}", verb, plan.stack, plan.from, plan.to));
  const auto lock = store.lock(mine);
  if (!lock) return store_failed(lock.error());
  if (!lock->taken) return locked_by(*lock->holder);
  const LockGuard guard(store);
  if (auto result = stale(plan, options)) return *result;

  auto start = options.resume ? pick_up(plan, store, *options.resume, mine)
                              : begin_new(plan, plan_json, store, clock, observer, mine);
  if (!start) return start.error();
  Session session(plan, world, store, clock, observer, interrupt, options, start->run,
                  std::move(start->state));
  const Heartbeat heartbeat(store, clock, mine, [&](std::string why) { session.lose_lock(std::move(why)); });
  RunResult result = session.go(std::move(start->began));
  result.taken_over = lock->taken_over;
  return result;
}

lang::Result<std::optional<RunSummary>> resumable(StateStore& store, const std::string& stack) {
  constexpr int kRecent = 64;
  auto runs = store.runs(kRecent, stack);
  if (!runs) return tl::unexpected(runs.error());
  std::optional<RunSummary> aside;
  for (RunSummary& run : *runs) {
    if (run.end && run.end->outcome == RunEnded::Outcome::Refused) continue;
    const bool succeeded = run.end && run.end->outcome == RunEnded::Outcome::Succeeded;
    const bool moves_nothing = run.purpose == planner::name(planner::Purpose::Backup) ||
                               run.purpose == planner::name(planner::Purpose::Drill);
    if (moves_nothing) {
      if (!succeeded && !aside) aside = std::move(run);
      continue;
    }
    if (succeeded) break;  // the world has moved on since older ones
    return std::optional(std::move(run));
  }
  return aside;
}

}  // namespace pawl::executor
