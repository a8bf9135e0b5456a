// A counterexample as a person reads it: what is done by then, which step breaks what, and what put it there.
#pragma once

#include "planner/proof/rules.h"

namespace pawl::planner {

/// `moment`: when it happens, with the step already running.
lang::Diagnostic tell(const Facts& facts, const Violation& violation, const Moment& moment);

/// "steps 1 to 4 and 6": sorted step indices as people count them.
std::string step_list(const std::vector<std::uint32_t>& steps);

}  // namespace pawl::planner
