// Stack + Snapshot + target → Plan. This file is the list of passes; each is in the file of its name.
//
// One pass is still to come and has its place here: `path`, right after the target, which finds the versions
// to go through.
#include "planner/plans/compile.h"

#include "planner/pass/data_use.h"
#include "planner/pass/passes.h"
#include "planner/proof/prove.h"

namespace pawl::planner {
namespace {

/// Another version is wanted and yet nothing would move: to say "nothing to do" would be wrong.
tl::unexpected<Refusal> refuse_standstill(const Target& target) {
  return refuse("Going from " + target.from + " to " + target.to +
                    " changes nothing: no part of the configuration depends on the version.",
                "Say where the version is written down, for example pin = env(\".env\", \"VERSION\"), and "
                "use it in the configuration.");
}

Plan sealed(const CompileInput& input, const Target& target, const PolicyDecision& policy, Plan plan) {
  seal(input, target, policy, plan);
  return plan;
}

}  // namespace

tl::expected<Plan, Refusal> compile(const CompileInput& input) {
  const auto target = choose_target(input);
  if (!target) return tl::unexpected(target.error());
  const auto policy = decide_policy(input, *target);
  if (!policy) return tl::unexpected(policy.error());
  const auto changes = find_changes(input, *target, *policy);
  if (!changes) return tl::unexpected(changes.error());
  if (changes->nothing() && target->hop != lang::HopClass::Same) return refuse_standstill(*target);
  if (changes->nothing()) {
    if (auto healthy = require_health_to_stay(input, *changes); !healthy)
      return tl::unexpected(healthy.error());
    return sealed(input, *target, *policy, {});
  }

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
  plan.notices.insert(plan.notices.end(), changes->notices.begin(), changes->notices.end());
  plan.steps = steps_of(std::move(*drafts));
  estimate(input, plan);
  recover(input, *target, plan);
  const auto proved =
      prove(input, *target, *policy, plan, schemas_ahead(*input.stack, *input.snapshot, *target));
  if (!proved) return tl::unexpected(proved.error());
  plan.proved = *proved;
  return sealed(input, *target, *policy, std::move(plan));
}

}  // namespace pawl::planner
