// Putting a bundle back, one part at a time: verified first, restored beside what is there, compared with
// what was counted when the bundle was made, and only then swapped in. A restore that fails, or is killed,
// leaves the old data or the new, never neither.
#pragma once

#include "planner/scene/probes.h"

namespace pawl::planner {

/// Reads every file of the bundle folder `bundle` ("backups/piprio-1.4.0-20261121-143005") and compares size
/// and SHA-256 with bundle.json; refuses a bundle of another stack, of a newer format, or that is not
/// complete. Changes nothing.
Operation verify_operation(const Scene& scene, const std::string& bundle);

/// Restores one database from `bundle`: scratch database, load, compare, swap. What was there is kept under
/// another name until the run ends well. Whatever writes to the database must be stopped first.
Result<std::vector<Operation>> restore_operations(const Scene& scene, const std::string& bundle,
                                                  lang::DatabaseId database);
/// Restores one file set: unpacked beside what is there, then exchanged with it.
Result<std::vector<Operation>> restore_operations(const Scene& scene, const std::string& bundle,
                                                  lang::FilesId files);
/// What an action of the author's own has saved, put back by `restore = …` of the backup block, which may
/// name
/// `${bundle}` and `${captured}`. `where`: of the backup block's line, for people.
Result<Lowered> restore_by_action(const Scene& scene, const BundleState& bundle, const std::string& where);
/// Removes what the restores above kept, once everything runs again.
Result<std::vector<Operation>> forget_replaced(const Scene& scene, const std::string& bundle,
                                               lang::DatabaseId database);
Result<std::vector<Operation>> forget_replaced(const Scene& scene, const std::string& bundle,
                                               lang::FilesId files);

/// The whole drill of a bundle: verified, every database restored into a scratch one and compared, every
/// archive unpacked aside; then the time is written into the bundle (kDrilledFile).
Result<std::vector<Operation>> drill_operations(const Scene& scene, const std::string& bundle);
/// Proves that a bundle restores without touching what is there: scratch database, load, compare, drop.
Result<std::vector<Operation>> drill_operations(const Scene& scene, const std::string& bundle,
                                                lang::DatabaseId database);

/// The backup's own actions in words, which no drill tries; empty: there are none.
Result<std::string> own_actions(const Scene& scene, const std::string& bundle);

/// The step that drills `bundle`, which `backup` made. It takes over what `backup` is good for: a bundle that
/// was not drilled is no way back where the manifest asks for drills. Refused where actions make all of it.
Result<Step> drill_step(const Scene& scene, const std::string& bundle, Step& backup);

}  // namespace pawl::planner
