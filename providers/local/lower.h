// What each action on a local service becomes. docs/providers/local.md has the table.
#pragma once

#include "providers/local/layout.h"

namespace pawl::providers::local {

Result<std::vector<planner::Operation>> lower(const planner::EngineAction& action, const Layout& layout,
                                              const planner::Snapshot& snapshot);

/// A program that runs beside a service, in its folder and with its environment: that is all "inside" means
/// for processes of this machine. `version` is the one its texts are filled in for.
planner::Process beside(const Service& service, const std::vector<Text>& argv, const Layout& layout,
                        const std::string& version);

/// Holds when the process of an instance has ended although nobody stopped it.
planner::Condition process_ended(const Service& service, int number, const Layout& layout);

/// The version that the service runs now, by its own process, else by the pin.
std::string running_version(const Service& service, const Layout& layout, const planner::Snapshot& snapshot);

}  // namespace pawl::providers::local
