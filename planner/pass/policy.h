// Pass `policy`: what this class of hop asks for.
#pragma once

#include <vector>

#include "planner/scene/target.h"

namespace pawl::planner {

struct PolicyDecision {
  bool backup = true;
  lang::Span backup_skipped_by;  // known when a policy says skip
  bool migrations = true;        // schema changes are allowed
  lang::Span migrations_refused_by;
};
Pass<PolicyDecision> decide_policy(const CompileInput& input, const Target& target);
/// True when a block restricted to `classes` applies to the hop (empty: every class).
bool applies(const std::vector<lang::HopClass>& classes, lang::HopClass hop);

}  // namespace pawl::planner
