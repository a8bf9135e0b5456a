// One engine action → the operations that carry it out.
#pragma once

#include <vector>

#include "providers/compose/deployment.h"

namespace pawl::providers::compose {

Result<planner::Lowered> lower(const planner::EngineAction& action, const Deployment& deployment,
                               const planner::Snapshot& snapshot);

/// What runs a program inside a running container of the service; its argv is to be appended. One that has
/// moved is one of those that are replaced one after the other, from the first on.
planner::Process exec_process(const Engine& engine, const Service& service, const planner::Snapshot& snapshot,
                              planner::Replica instance);
/// What runs a program in a container of its own.
planner::Process run_process(const Engine& engine, const Deployment& deployment, ServiceId service,
                             const std::string& version);

}  // namespace pawl::providers::compose
