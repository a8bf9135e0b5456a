// Questions to the world that take long: who waits is told for what.
#pragma once

#include "executor/ports/world.h"

namespace pawl::cli {

/// Asks. While there is no answer a line goes to stderr every few seconds.
planner::Answer ask_patiently(executor::World& world, const planner::Question& question);

}  // namespace pawl::cli
