// Commands as a sentence names them. In full they are in the plan.
#pragma once

#include <string>

#include "planner/plan/operation.h"

namespace pawl::executor {

/// The program and, where the next word is one, what it is asked to do, in backticks: `docker compose`,
/// `pg_dump`, `git checkout`.
std::string short_name(const planner::Process& process);

}  // namespace pawl::executor
