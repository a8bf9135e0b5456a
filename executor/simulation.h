// A plan run for show: the real executor, with a world in memory that knows nothing but what the plan says
// its steps do. It starts from the plan's snapshot. No process is started, no file is touched.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "executor/run.h"

namespace pawl::executor {

/// What goes wrong, and in which step. It strikes at the step's last operation, when everything before it has
/// happened.
struct Fault {
  enum class Kind { None, Fail, Crash };
  Kind kind = Kind::None;
  std::uint32_t step = 0;
};

/// What runs, as far as a plan can tell.
struct SimulatedWorld {
  struct Replica {
    std::string version;  // "?" when the snapshot could not tell
    bool up = true;
  };
  enum class Schema { Old, Between, New };
  std::map<std::string, std::vector<Replica>> services;
  std::map<std::string, Schema> schemas;  // databases that a step of the plan migrates or restores
  std::string pin;
};

struct Simulated {
  SimulatedWorld stopped;  // when the run had failed or was killed; without a fault: at the end
  RunResult result;        // of the run with the fault in it
  /// The same run picked up with `apply --resume`, once what made it fail is gone. Without a fault: as above.
  SimulatedWorld finally;
  RunResult resumed;
  std::vector<std::string> done_again;  // operations that were in doubt after the crash and ran twice
};

/// `plan_json`: the plan's bytes, which a resume reads again. Steps run one at a time, in the plan's order;
/// every question of the plan is answered "not yet", so what is in doubt is done again.
Simulated simulate(const planner::Plan& plan, const std::string& plan_json, const Fault& fault);

}  // namespace pawl::executor
