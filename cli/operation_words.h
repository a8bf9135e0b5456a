// What an operation is doing while it runs, for whoever waits for it.
#pragma once

#include <string>

#include "planner/plan/operation.h"

namespace pawl::cli {

/// "waiting until api answers 200", "running `docker compose`", "packing objects".
std::string doing(const planner::Operation& operation);
/// How long it may take at most; 0: as long as it likes.
planner::Duration time_limit(const planner::Operation& operation);

}  // namespace pawl::cli
