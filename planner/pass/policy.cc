// Pass `policy`: which blocks apply to this class of hop, and what they refuse.
#include "planner/pass/policy.h"

#include <algorithm>

namespace pawl::planner {
namespace {

bool covers(const lang::Policy& policy, const Target& target) {
  if (target.hop == lang::HopClass::Same) return false;
  if (const auto* hop = std::get_if<lang::HopClass>(&policy.scope)) return *hop == target.hop;
  return std::get<lang::VersionRange>(policy.scope).contains(target.to_version);
}

}  // namespace

bool applies(const std::vector<lang::HopClass>& classes, lang::HopClass hop) {
  return classes.empty() || std::find(classes.begin(), classes.end(), hop) != classes.end();
}

/// All blocks that cover the hop speak, in the order of the manifest; a later one overrides an earlier one.
Pass<PolicyDecision> decide_policy(const CompileInput& input, const Target& target) {
  PolicyDecision decision;
  for (const lang::Policy& policy : input.stack->policies) {
    if (!covers(policy, target)) continue;
    if (policy.refuse) {
      return refuse(target.from + " → " + target.to + " is refused by " +
                        input.sources->where(policy.refuse->span) + ": " +
                        filled(policy.refuse->value, target).shown(),
                    "Choose another version with --to, or change that policy.");
    }
    if (policy.backup) {
      decision.backup = *policy.backup == lang::Policy::Backup::Require;
      decision.backup_skipped_by = decision.backup ? lang::Span{} : policy.span;
    }
    if (policy.migrations) {
      decision.migrations = *policy.migrations == lang::Policy::Migrations::Allow;
      decision.migrations_refused_by = decision.migrations ? lang::Span{} : policy.span;
    }
  }
  return decision;
}

}  // namespace pawl::planner
