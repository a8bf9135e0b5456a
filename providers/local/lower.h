// What each action on a local service becomes. docs/providers/local.md has the table.
#pragma once

#include "providers/local/layout.h"

namespace pawl::providers::local {

Result<planner::Lowered> lower(const planner::EngineAction& action, const Layout& layout,
                               const planner::Snapshot& snapshot);

/// Holds when the process of an instance has ended although nobody stopped it.
planner::Condition process_ended(const Service& service, int number, const Layout& layout);

/// The version that the service runs now, by its own process, else by the pin.
std::string running_version(const Service& service, const Layout& layout, const planner::Snapshot& snapshot);

}  // namespace pawl::providers::local
