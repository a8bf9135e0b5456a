// A client that is stopped does not always take with it what it asked the engine for: a container made by
// `run`, a program begun by `exec`.
#pragma once

#include <optional>

#include "planner/engine/provider.h"

namespace pawl::providers::compose {

/// Reads it off the command.
std::optional<planner::LeftRunning> left_running(const planner::Process& stopped);

}  // namespace pawl::providers::compose
