// Plan → finished run.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "executor/observer.h"
#include "executor/ports/clock.h"
#include "executor/ports/world.h"
#include "executor/store/store.h"
#include "planner/plan/plan.h"

namespace pawl::executor {

/// Ctrl-C: first() finishes the running steps and starts no more; second() stops them now. Both leave a
/// resumable run.
struct Interrupt {
  std::stop_source finish_running;
  std::stop_source stop_now;
};

struct RunOptions {
  int parallelism = 0;          // 0: the plan's own
  std::optional<RunId> resume;  // continue this run
  bool sample = true;           // probe availability
  /// Looks at the world again; compared with the plan's snapshot before anything starts (not on resume).
  /// Empty: skip.
  std::function<lang::Result<planner::Snapshot>()> reobserve;
};

struct RunResult {
  enum class End { Succeeded, Failed, Refused, Interrupted, StoreFailed };
  End end = End::Succeeded;
  RunId run = 0;
  std::string reason;                    // one sentence
  std::vector<std::string> differences;  // of a stale plan
  std::optional<LockInfo> holder;        // when the lock was refused
  std::optional<LockInfo> taken_over;    // a dead owner's lock was taken
  std::optional<std::uint32_t> failed_step;
  std::string evidence;
  std::int64_t unavailable_ms = 0;
  std::int64_t longest_unavailable_ms = 0;
  bool away = false;  // the probe did not pass when the run ended
};

/// Takes the lock, checks staleness, runs, releases the lock. `plan_json` is saved with the run, so that
/// `--resume` needs no file. Everything goes through `world`; every record is durable in `store` before the
/// next effect.
RunResult run(const planner::Plan& plan, const std::string& plan_json, World& world, StateStore& store,
              Clock& clock, RunObserver& observer, Interrupt& interrupt, const RunOptions& options);

/// The newest run of a stack that can be resumed: ended failed or interrupted, or never ended. A backup or a
/// drill counts only where nothing that moves the deployment is unfinished.
lang::Result<std::optional<RunSummary>> resumable(StateStore& store, const std::string& stack);

}  // namespace pawl::executor
