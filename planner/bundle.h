// The operations of a backup: a folder is filled, sealed and published under its final name.
#pragma once

#include "planner/probes.h"

namespace pawl::planner {

/// "backups": where bundles go.
std::string bundle_folder(const lang::Stack& stack);
/// "backups/piprio-1.4.0-{run}", by the version of the data.
std::string bundle_path(const Scene& scene);
/// Dumps, archives, seal and prune. Every operation is done when the bundle is published; with `max_age`,
/// when a bundle of this version that is young enough is there.
Result<std::vector<Operation>> backup_operations(const Scene& scene);

}  // namespace pawl::planner
