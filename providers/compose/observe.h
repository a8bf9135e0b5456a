// What runs now: the questions to the engine and what their answers say.
#pragma once

#include <string_view>
#include <vector>

#include "providers/compose/deployment.h"

namespace pawl::providers::compose {

/// ServiceState::facts: the numbers of the containers, of instance 1 first ("1,2,4").
inline constexpr std::string_view kContainerNumbers = "numbers";
/// "folder /var/lib/postgresql/data": what of this machine is mounted there, of a service whose files may be
/// set aside.
inline constexpr std::string_view kFolder = "folder ";

/// The next questions; the files must have been answered.
std::vector<planner::Query> world_queries(const Deployment& deployment, const planner::HostAnswers& answers);

/// Fills the deployment's EngineState and ServiceStates, adding those that are missing.
Result<void> read_world(const Deployment& deployment, const planner::HostAnswers& answers,
                        planner::Snapshot& snapshot);

}  // namespace pawl::providers::compose
