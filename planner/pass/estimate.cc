// Pass `estimate`: how long each step takes, what of it is on the critical path, and how long the endpoint is
// away. Earlier runs know best (CompileInput::history, by "kind subject"); without them the table below
// speaks.
#include <algorithm>

#include "planner/pass/passes.h"

namespace pawl::planner {
namespace {

using std::chrono::milliseconds;

/// Typical durations on a small server; docs/plan-format.md repeats them.
Duration by_default(StepKind kind) {
  switch (kind) {
    case StepKind::Check:
      return milliseconds(2'000);
    case StepKind::Gate:
      return milliseconds(0);
    case StepKind::Window:
      return milliseconds(0);
    case StepKind::Backup:
      return milliseconds(5'000);
    case StepKind::Drill:
      return milliseconds(60'000);
    case StepKind::Fetch:
      return milliseconds(20'000);
    case StepKind::Pin:
      return milliseconds(100);
    case StepKind::Stop:
      return milliseconds(3'000);
    case StepKind::Migrate:
      return milliseconds(10'000);
    case StepKind::Replace:
      return milliseconds(4'000);
    case StepKind::Start:
      return milliseconds(4'000);
    case StepKind::Reload:
      return milliseconds(1'000);
    case StepKind::Wait:
      return milliseconds(0);
    case StepKind::Seed:
      return milliseconds(5'000);
    case StepKind::Prewarm:
      return milliseconds(5'000);
    case StepKind::Smoke:
      return milliseconds(5'000);
    case StepKind::Notify:
      return milliseconds(0);
    case StepKind::Custom:
      return milliseconds(2'000);
    case StepKind::Restore:
      return milliseconds(10'000);
    case StepKind::Save:
      return milliseconds(1'000);
  }
  return milliseconds(0);
}

constexpr std::uint64_t kBackupBytesPerMillisecond = 50'000;  // 50 MB a second

Duration waits(const Step& step) {
  Duration sum{0};
  for (const Operation& operation : step.operations) {
    if (const auto* wait = std::get_if<Wait>(&operation.instruction)) sum += wait->duration;
  }
  return sum;
}

Duration estimate_step(const CompileInput& input, const Step& step) {
  const auto known = input.history.find(std::string(name(step.kind)) + " " + step.subject);
  if (known != input.history.end()) return known->second;
  Duration guess = by_default(step.kind) + waits(step);
  if (step.kind == StepKind::Backup) {
    guess += milliseconds(backup_bytes(input, PolicyDecision{}) / kBackupBytesPerMillisecond);
  }
  return guess;
}

Duration critical_path(const std::vector<Step>& steps) {
  std::vector<Duration> ends(steps.size(), Duration(0));
  Duration longest{0};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Duration begin{0};
    for (const StepId need : steps[i].needs) begin = std::max(begin, ends[need.value]);
    ends[i] = begin + steps[i].estimate;
    longest = std::max(longest, ends[i]);
  }
  return longest;
}

/// The service that answers for the whole: the one whose health is the downtime probe, or the first api.
std::string answering_service(const lang::Stack& stack) {
  if (stack.downtime && stack.downtime->probe_of) return stack[*stack.downtime->probe_of].name;
  for (const lang::Service& service : stack.services) {
    if (service.role == lang::Role::Api) return service.name;
  }
  return "";
}

int instances_of(const Snapshot& snapshot, const std::string& service) {
  const ServiceState* state = snapshot.service(service);
  return state ? std::max<int>(1, static_cast<int>(state->instances.size())) : 1;
}

/// Steps in which all instances are out, and everything between a stop and the start that ends it.
Duration unavailable(const CompileInput& input, const std::vector<Step>& steps) {
  const std::string service = answering_service(*input.stack);
  if (service.empty()) return Duration(0);
  Duration sum{0};
  bool stopped = false;
  for (const Step& step : steps) {
    const ServiceEffect* effect = step.effects.on(service);
    const bool all_out = effect && effect->down >= instances_of(*input.snapshot, service);
    if (all_out && effect->stops) stopped = true;
    if (stopped || all_out) sum += step.estimate - waits(step);
    if (effect && effect->starts) stopped = false;
  }
  return sum;
}

}  // namespace

void estimate(const CompileInput& input, Plan& plan) {
  for (Step& step : plan.steps) {
    step.estimate = estimate_step(input, step);
    plan.total += step.estimate;
  }
  plan.critical_path = critical_path(plan.steps);
  plan.unavailable = unavailable(input, plan.steps);
}

}  // namespace pawl::planner
