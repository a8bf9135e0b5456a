#include "executor/record/fold.h"

#include <fmt/chrono.h>

#include <algorithm>

namespace pawl::executor {
namespace {

class Advance {
 public:
  Advance(RunState& state, const planner::Plan& plan, Timestamp at) : state_(state), plan_(plan), at_(at) {}

  void operator()(const RunBegan& fact) {
    if (!fact.resumed) state_.began = at_;
    state_.end.reset();
    // An earlier session that was killed left this open; its last record is the last we know of it.
    state_.unavailability = measured_until(state_.unavailability, state_.last);
    for (std::uint32_t i = 0; i < state_.steps.size(); ++i) {
      StepProgress& step = state_.steps[i];
      if (step.state == StepState::Finished) continue;
      step.acted = step.acted || step.in_doubt;
      if (step.state == StepState::Failing || step.state == StepState::Failed)
        step.done = retry_from(i, step.done);
      step.state = StepState::Waiting;
    }
  }
  void operator()(const StepStarted& fact) {
    if (StepProgress* step = find(fact.step)) step->state = StepState::Running;
  }
  void operator()(const OperationStarted& fact) {
    StepProgress* step = find(fact.step);
    if (step && step->done == fact.operation) step->in_doubt = true;
  }
  void operator()(const OperationFinished& fact) {
    StepProgress* step = find(fact.step);
    if (!step || step->done != fact.operation) return;
    step->in_doubt = false;
    step->acted = step->acted || !fact.skipped;
    if (!fact.ok) {
      step->state = StepState::Failing;
      return;
    }
    ++step->done;
    const auto& operations = plan_.steps[fact.step].operations;
    const auto* command = fact.operation < operations.size()
                              ? std::get_if<planner::Command>(&operations[fact.operation].instruction)
                              : nullptr;
    if (command && !command->capture.empty()) state_.captures[command->capture] = fact.capture;
  }
  void operator()(const StepFinished& fact) {
    if (StepProgress* step = find(fact.step)) step->state = StepState::Finished;
  }
  void operator()(const StepFailed& fact) {
    if (StepProgress* step = find(fact.step)) step->state = StepState::Failed;
  }
  void operator()(const Sample& fact) {
    Unavailability& open = state_.unavailability;
    if (fact.available) open = measured_until(open, at_);
    if (!fact.available && open.available) open.since = at_;
    open.available = fact.available;
  }
  void operator()(const Notified&) {}
  void operator()(const RunEnded& fact) {
    state_.end = fact;
    state_.unavailability = measured_until(state_.unavailability, at_);
  }

 private:
  StepProgress* find(std::uint32_t step) {
    return step < state_.steps.size() ? &state_.steps[step] : nullptr;
  }

  /// Where a failed step begins again: what its earlier operations had brought about may be gone (a process
  /// that was started has ended), so all of them that may be repeated are, back to the last one that must not
  /// be or was a person's.
  std::uint32_t retry_from(std::uint32_t step, std::uint32_t done) const {
    const std::vector<planner::Operation>& operations = plan_.steps[step].operations;
    const auto repeatable = [](const planner::Operation& operation) {
      return operation.repeat != planner::Repeat::Never &&
             !std::holds_alternative<planner::Ask>(operation.instruction);
    };
    while (done > 0 && done <= operations.size() && repeatable(operations[done - 1])) --done;
    return done;
  }

  RunState& state_;
  const planner::Plan& plan_;
  const Timestamp at_;
};

}  // namespace

RunState initial_state(const planner::Plan& plan) {
  RunState state;
  state.steps.resize(plan.steps.size());
  return state;
}

void advance(RunState& state, const planner::Plan& plan, const Record& record) {
  std::visit(Advance(state, plan, record.at), record.fact);
  state.last = std::max(state.last, record.at);
}

RunState fold(const planner::Plan& plan, const std::vector<Record>& records) {
  RunState state = initial_state(plan);
  for (const Record& record : records) advance(state, plan, record);
  return state;
}

Unavailability measured_until(Unavailability open, Timestamp now) {
  if (open.available) return open;
  const std::int64_t lasted = std::max<std::int64_t>(0, now - open.since);
  open.total_ms += lasted;
  open.longest_ms = std::max(open.longest_ms, lasted);
  open.available = true;
  return open;
}

std::string stamp(Timestamp at) {
  return fmt::format("{:%Y%m%d-%H%M%S}", fmt::gmtime(static_cast<std::time_t>(at / 1000)));
}

}  // namespace pawl::executor
