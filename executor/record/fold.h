// The state of a run as the fold of its records. The same function serves the running executor, which folds
// what it has just made durable, and a resume, which folds what an earlier process left.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "executor/record/record.h"
#include "planner/plan/plan.h"

namespace pawl::executor {

enum class StepState {
  Waiting,   // not begun in this session; its first `done` operations may have been carried out in an earlier
             // one
  Running,   // StepStarted
  Failing,   // an operation failed, the diagnosis is not in yet
  Failed,    // StepFailed
  Finished,  // StepFinished
};

struct StepProgress {
  StepState state = StepState::Waiting;
  std::uint32_t done = 0;  // operations that ended well and are not repeated: the next one's index
  bool in_doubt = false;   // the next one was started, and how it ended is not known
  bool acted = false;  // an operation of it was carried out, or may have been; false when all were skipped
};

/// Time during which the declared endpoint did not answer.
struct Unavailability {
  bool available = true;
  Timestamp since = 0;
  std::int64_t total_ms = 0, longest_ms = 0;
};

struct RunState {
  std::vector<StepProgress> steps;
  std::map<std::string, std::string> captures;
  Timestamp began = 0;  // of the first session: what `{run}` stands for
  Timestamp last = 0;
  std::optional<RunEnded> end;
  Unavailability unavailability;
};

RunState initial_state(const planner::Plan& plan);
/// The only place where a state changes. Records that do not fit the plan (a step it does not have) are
/// ignored.
void advance(RunState& state, const planner::Plan& plan, const Record& record);
RunState fold(const planner::Plan& plan, const std::vector<Record>& records);
/// Closes a time of unavailability that is still open.
Unavailability measured_until(Unavailability open, Timestamp now);
/// `20261121-143005`, in UTC: sorts as time does.
std::string stamp(Timestamp at);

}  // namespace pawl::executor
