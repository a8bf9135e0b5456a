// Stack + Snapshot + target → Plan. This file is the list of passes; each is in the file of its name.
//
// One pass is still to come and has its place here: `path`, right after the target, which finds the versions
// to go through.
#include "planner/plans/compile.h"

#include <algorithm>

#include "planner/pass/data_use.h"
#include "planner/pass/passes.h"
#include "planner/proof/prove.h"

namespace pawl::planner {
namespace {

/// Another version is wanted and yet nothing would move by it: to say "nothing to do" would be wrong, and so
/// would a plan that writes a pin which nothing reads.
tl::unexpected<Refusal> refuse_standstill(const Target& target) {
  return refuse("Going from " + target.from + " to " + target.to +
                    " changes nothing: no service's configuration depends on the version.",
                "Say where the version is written down, for example pin = env(\".env\", \"VERSION\"), and "
                "use it in the configuration; look for a misspelt name.");
}

/// Steps of the author's own may move what no service of the manifest shows.
bool has_own_steps(const CompileInput& input, const Target& target) {
  const auto& steps = input.stack->steps;
  return std::any_of(steps.begin(), steps.end(),
                     [&](const lang::UserStep& step) { return applies(step.on, target.hop); });
}

Plan sealed(const CompileInput& input, const Target& target, const PolicyDecision& policy, Plan plan) {
  seal(input, target, policy, plan);
  return plan;
}

}  // namespace

tl::expected<Plan, Refusal> compile(const CompileInput& input) {
  const auto target = choose_target(input);
  if (!target) return tl::unexpected(target.error());
  auto policy = decide_policy(input, *target);
  if (!policy) return tl::unexpected(policy.error());
  auto changes = find_changes(input, *target, *policy);
  if (!changes) return tl::unexpected(changes.error());
  if (changes->none_follows() && !has_own_steps(input, *target) && target->hop != lang::HopClass::Same)
    return refuse_standstill(*target);
  if (changes->nothing()) {
    if (auto healthy = require_health_to_stay(input, *changes); !healthy)
      return tl::unexpected(healthy.error());
    Plan plan;
    plan.notices = changes->notices;
    return sealed(input, *target, *policy, std::move(plan));
  }
  if (auto fine = check_servers(input, *changes); !fine) return tl::unexpected(fine.error());
  note_taken_up(input, *target, *changes);
  // No policy speaks of a plan that stays in its version, and the same programs do nothing new to the data.
  if (target->hop == lang::HopClass::Same && !changes->may_change_data(*input.stack)) policy->backup = false;

  if (auto healthy = require_health(input, *changes, *policy); !healthy)
    return tl::unexpected(healthy.error());
  auto notices = release_notices(input, *target, *changes);
  if (!notices) return tl::unexpected(notices.error());
  auto expanded = expand(input, *target, *policy, *changes);
  if (!expanded) return tl::unexpected(expanded.error());
  auto drafts = order(input, std::move(*expanded));
  if (!drafts) return tl::unexpected(drafts.error());
  if (auto lowered = lower(input, *target, *policy, *changes, *drafts); !lowered)
    return tl::unexpected(lowered.error());
  if (auto drilled = add_drill(input, *target, *drafts); !drilled) return tl::unexpected(drilled.error());

  Plan plan;
  plan.notices = std::move(*notices);
  const std::vector<Notice> unsaid = migration_notices(input, *target, *changes);
  plan.notices.insert(plan.notices.end(), unsaid.begin(), unsaid.end());
  plan.notices.insert(plan.notices.end(), changes->notices.begin(), changes->notices.end());
  plan.steps = steps_of(std::move(*drafts));
  estimate(input, *target, plan);
  recover(input, *target, plan);
  const auto proved =
      prove(input, *target, *policy, plan, schemas_ahead(*input.stack, *input.snapshot, *target));
  if (!proved) return tl::unexpected(proved.error());
  plan.proved = *proved;
  return sealed(input, *target, *policy, std::move(plan));
}

}  // namespace pawl::planner
