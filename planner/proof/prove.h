// Pass `prove`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "planner/pass/policy.h"

namespace pawl::planner {

/// Walks every state that the plan can reach, with a failure and a crash in every step, and counts the steps
/// from whose failure the listed recovery leads home. Refuses a plan that breaks an invariant, with the
/// shortest way there. Takes upgrades and rollbacks; `ahead` names the databases whose schema may be that of
/// the newer version when the plan begins (schemas_ahead() in data_use.h tells what the snapshot shows).
Pass<std::uint32_t> prove(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                          const Plan& plan, const std::vector<std::string>& ahead);

}  // namespace pawl::planner
