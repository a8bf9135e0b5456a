// What leads each database back to where it was before a run: decided from that run's plan and records, the
// ledgers as they are now, and the bundles that are there.
#pragma once

#include <string>
#include <vector>

#include "planner/plans/compile.h"
#include "planner/scene/refusal.h"

namespace pawl::planner {

struct DatabaseWay {
  enum class Kind {
    Watch,    // its ledger has not moved; it must still not have once nothing writes any more
    Down,     // the manifest's `down` action
    PutBack,  // the files of its server, which the run has set aside
    Restore,  // from the bundle; always where a step of the author's own may have changed what it holds
  };
  lang::DatabaseId database;
  Kind kind = Kind::Watch;
  std::vector<std::string> ledger;  // as it was before the run
  bool ledger_known = true;         // false: the run began on a schema that an earlier one had changed
  std::string because;              // one sentence, for the plan
  bool by_action = false;           // Restore: an action of the manifest's own has saved it, and puts it back
};

/// A server that the run has given new files.
struct RebuiltServer {
  lang::ServiceId service;
  std::string folder;     // of its files, on its machine
  bool finished = false;  // the old files are aside for certain
};

struct WayBack {
  std::vector<RebuiltServer> rebuilt;
  std::vector<DatabaseWay> databases;   // those the run may have changed, manifest order
  std::vector<lang::FilesId> files;     // file sets that go back to what the bundle holds
  const BundleState* bundle = nullptr;  // of the snapshot; set when something is restored
  bool touches_data() const;            // something is restored or migrated down
};

/// The bundle that holds the data as a run found it: the newest one of the version it started from that is
/// not younger than the run. `stamp` is the run's ("20261121-143005"). nullptr: there is none.
const BundleState* bundle_before(const Snapshot& snapshot, const std::string& version,
                                 const std::string& stamp, bool only_drilled);

/// Refuses when a database has moved on and nothing leads back. Unknown counts as moved: a ledger that cannot
/// be read, a database without one, an engine that does not undo half a migration by itself.
Pass<WayBack> find_way_back(const CompileInput& input, const PastRun& past, bool lossy_down);

}  // namespace pawl::planner
