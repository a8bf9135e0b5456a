// Looking at the world for the commands that need a snapshot.
#pragma once

#include "cli/workspace.h"
#include "planner/plan/snapshot.h"

namespace pawl::cli {

/// A snapshot and the answers it was read from.
struct Observation {
  Looked looked;
  planner::Snapshot snapshot;
};
lang::Result<Observation> observe_world(const Workspace& workspace, executor::World& world);

}  // namespace pawl::cli
