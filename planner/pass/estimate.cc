// Pass `estimate`: how long each step takes, what of it is on the critical path, and how long the endpoint is
// away; and what that rests on. The same hop in an earlier run knows best (CompileInput::history), then what
// the releases on the way state, then another hop, and then the table below.
#include <fmt/format.h>

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

/// Pauses, and the time for which what is healthy must stay so; a short one is part of a typical duration.
Duration waits(const Step& step) {
  Duration sum{0};
  for (const Operation& operation : step.operations) {
    if (const auto* wait = std::get_if<Wait>(&operation.instruction)) sum += wait->duration;
    const auto* await = std::get_if<Await>(&operation.instruction);
    if (await && await->stay > by_default(step.kind)) sum += await->stay;
  }
  return sum;
}

bool starts_other_version(const Step& step) {
  return !step.effects.migrates.empty() ||
         std::any_of(step.effects.services.begin(), step.effects.services.end(),
                     [](const ServiceEffect& effect) { return effect.moves; });
}

/// What the releases on the way state; empty: nothing, or the plan goes back.
struct Stated {
  Duration takes{0};
  std::string text;  // "what is stated for 1.6.0 and 1.7.0"
};
Stated stated(const lang::Stack& stack, const Target& target) {
  Stated out;
  if (target.back) return out;
  for (const lang::Release& release : stack.releases) {
    if (!release.takes || !is_on_the_way(stack, target.from_version, *release.version, target.to_version))
      continue;
    out.takes += *release.takes;
    out.text += (out.text.empty() ? "what is stated for " : " and ") + release.version->text;
  }
  return out;
}

/// The newest run of the same hop, else the newest; nullptr: it never ran.
const Measured* measured(const CompileInput& input, const Target& target, const Step& step) {
  const auto known = input.history.find(std::string(name(step.kind)) + " " + step.subject);
  if (known == input.history.end() || known->second.empty()) return nullptr;
  const auto same = std::find_if(known->second.begin(), known->second.end(), [&](const Measured& each) {
    return each.from == target.from && each.to == target.to;
  });
  return same == known->second.end() ? &known->second.front() : &*same;
}

std::string took_here(const std::string& from, const std::string& to) {
  return "what " + from + " → " + to + " took here";
}

void estimate_step(const CompileInput& input, const Target& target, const Stated& stated, Step& step) {
  const Measured* before = measured(input, target, step);
  const bool same_hop = before && before->from == target.from && before->to == target.to;
  if (!same_hop && !stated.text.empty()) {
    step.estimate = stated.takes + waits(step);
    step.rests_on = stated.text;
  } else if (before) {
    step.estimate = before->took;
    step.rests_on = took_here(before->from, before->to);
  } else {
    step.estimate = by_default(step.kind) + waits(step);
    if (step.kind == StepKind::Backup)
      step.estimate += milliseconds(backup_bytes(input, PolicyDecision{}) / kBackupBytesPerMillisecond);
  }
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
std::vector<const Step*> away(const CompileInput& input, const std::vector<Step>& steps) {
  std::vector<const Step*> out;
  const std::string service = answering_service(*input.stack);
  if (service.empty()) return out;
  bool stopped = false;
  for (const Step& step : steps) {
    const ServiceEffect* effect = step.effects.on(service);
    const bool all_out = effect && effect->down >= instances_of(*input.snapshot, service);
    if (all_out && effect->stops) stopped = true;
    if (stopped || all_out) out.push_back(&step);
    if (effect && effect->starts) stopped = false;
  }
  return out;
}

/// What the sum of their estimates rests on, as a sentence.
std::string basis(const std::vector<const Step*>& steps, const Target& target, const Stated& stated) {
  std::vector<std::string> bases;
  bool guessed = false, other_hop = false;
  for (const Step* step : steps) {
    const std::string& each = step->rests_on;
    guessed = guessed || each.empty();
    const bool known = each.empty() || each == stated.text || each == took_here(target.from, target.to);
    other_hop = other_hop || (!known && starts_other_version(*step));
    if (!each.empty() && std::find(bases.begin(), bases.end(), each) == bases.end()) bases.push_back(each);
  }
  if (bases.empty()) return "The time away is a guess: nothing was measured here yet.";
  if (guessed) bases.push_back("a guess");
  return fmt::format("The time away rests on {}{}.", fmt::join(bases, " and "),
                     other_hop ? "; nothing is known of " + target.to : "");
}

}  // namespace

void estimate(const CompileInput& input, const Target& target, Plan& plan) {
  const Stated known = stated(*input.stack, target);
  const bool any_migrates = std::any_of(plan.steps.begin(), plan.steps.end(),
                                        [](const Step& step) { return !step.effects.migrates.empty(); });
  const std::string answers = answering_service(*input.stack);
  for (Step& step : plan.steps) {
    const ServiceEffect* effect = step.effects.on(answers);
    const bool of_release = any_migrates ? !step.effects.migrates.empty() : effect && effect->moves;
    estimate_step(input, target, of_release ? known : Stated{}, step);
    plan.total += step.estimate;
  }
  plan.critical_path = critical_path(plan.steps);
  const std::vector<const Step*> out = away(input, plan.steps);
  for (const Step* step : out) plan.unavailable += step->estimate - waits(*step);
  if (plan.unavailable.count() > 0) plan.unavailable_rests_on = basis(out, target, known);
}

}  // namespace pawl::planner
