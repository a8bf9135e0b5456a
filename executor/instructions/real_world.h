// The world as it is: files, processes and connections of this machine, and of hosts over SSH.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/ports/clock.h"
#include "executor/ports/secrets.h"
#include "executor/ports/world.h"
#include "planner/plan/plan.h"

namespace pawl::executor {

struct WorldSettings {
  std::string root;  // the manifest's folder
  /// Folder of all runs: EditFile saves originals under `run_dir`/RUN/saved/. Empty: ".pawl/runs".
  std::string run_dir;
  std::vector<planner::HostPlan> hosts;
  Secrets* secrets = nullptr;
  Clock* clock = nullptr;
  /// Answers an Ask: acknowledged names (--yes) and, on a terminal, the person. Returns the typed text;
  /// empty: not answered.
  std::function<std::optional<std::string>(const planner::Ask&)> answer;
};
std::unique_ptr<World> make_world(WorldSettings settings);

}  // namespace pawl::executor
