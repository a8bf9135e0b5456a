// One engine action → the operations that carry it out.
#pragma once

#include <vector>

#include "providers/compose/deployment.h"

namespace pawl::providers::compose {

Result<std::vector<planner::Operation>> lower(const planner::EngineAction& action,
                                              const Deployment& deployment,
                                              const planner::DeploymentView& view,
                                              const planner::Snapshot& snapshot);

/// `argv` inside a running container of the service.
planner::Process exec_process(const Engine& engine, const Service& service,
                              const std::vector<lang::Text>& argv);

}  // namespace pawl::providers::compose
