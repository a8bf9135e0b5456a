// The operations of a backup: a folder is filled, sealed and published under its final name.
#pragma once

#include "planner/plan/bundle_format.h"
#include "planner/scene/probes.h"

namespace pawl::planner {

constexpr Duration kLong = std::chrono::hours(24);  // dumps and archives take as long as they take

/// Where a file set lies on this machine: its paths, then the folders of its volumes. An Error names a volume
/// that no engine of the snapshot knows.
Result<std::vector<std::string>> paths_of(const Scene& scene, const lang::FileSet& files);
/// What fills `folder` with a dump of the database and all that belongs to it. Ledger, census and rows are
/// kept beside the dump: a restore is compared with them. Rows come and go while the dump is made, so tables
/// are counted before and after it, and rows in the dump itself.
std::vector<DataStep> dump_steps(const DataProvider& data, const lang::Database& database,
                                 const std::string& folder);
/// Why this database cannot be backed up now; nothing when it can.
std::optional<lang::Error> cannot_back_up(const DatabaseState& database);
/// Why a dump of it could not be put back, as far as the server says beforehand.
std::optional<lang::Error> cannot_restore(const DatabaseState& database);
/// "backups": where bundles go.
std::string bundle_folder(const lang::Stack& stack);
/// "backups/piprio-1.4.0-{run}", by the version of the data.
std::string bundle_path(const Scene& scene);
/// With `max_age`: a bundle of this version that is young enough is there, and was drilled where the manifest
/// asks for drills. Whether that is so shows when the plan runs.
std::optional<Condition> young_enough(const Scene& scene);
/// Dumps, archives, seal and prune. Every operation is done when the bundle is published; with `max_age`,
/// when one is young enough.
Result<Lowered> backup_operations(const Scene& scene);

}  // namespace pawl::planner
