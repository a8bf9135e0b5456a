// What would make Compose work on something else than the manifest and its files say: variables of the shell
// that pawl was started from, and files that containers were started with.
#pragma once

#include <string>
#include <vector>

#include "providers/compose/containers.h"
#include "providers/compose/deployment.h"

namespace pawl::providers::compose {

/// The environment that pawl was started from. Nothing of it is kept.
planner::Query shell_query();
/// Whether the files are still there that containers were started with and the manifest does not name.
std::vector<planner::Query> file_queries(const Deployment& deployment, const Project& project,
                                         const std::vector<Container>& containers);

/// An Error names the variable by which Compose would see another deployment than was looked at.
lang::Result<void> check_shell(const Deployment& deployment, const Project& project,
                               const planner::HostAnswers& answers);
/// An Error names a file that is there and would be dropped with the next container.
lang::Result<void> check_files(const Deployment& deployment, const Project& project,
                               const std::vector<Container>& containers, const planner::HostAnswers& answers);

}  // namespace pawl::providers::compose
