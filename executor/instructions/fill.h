// Fills in what is known only during a run: References in texts, and `{run}` in paths.
#pragma once

#include "executor/ports/world.h"

namespace pawl::executor {

/// Copies with every Reference and `{run}` that `bindings` knows replaced. Secrets stay references.
planner::Question fill(planner::Question question, const Bindings& bindings);
planner::Condition fill(planner::Condition condition, const Bindings& bindings);
planner::Instruction fill(planner::Instruction instruction, const Bindings& bindings);

}  // namespace pawl::executor
