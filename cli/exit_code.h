// What a shell sees. Scripts and CI jobs depend on these numbers (docs/cli.md).
#pragma once

namespace pawl::cli {

enum class Exit : int {
  Done = 0,           // done, or nothing to do
  Failed = 1,         // the work failed
  Changes = 2,        // plan --detailed-exitcode, drift: there is something to do
  Refused = 3,        // gate, policy, stale plan, unhealthy, lock: nothing was changed
  Usage = 4,          // wrong usage or manifest
  RolledBack = 5,     // failed, and rolled back
  Interrupted = 130,  // stopped by a signal, resumable
};

}  // namespace pawl::cli
