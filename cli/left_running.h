// What goes on at the engine although the command that began it was stopped, or has run out of its time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/workspace.h"
#include "executor/run.h"

namespace pawl::cli {

struct StillRunning {
  std::string name;     // of what surely runs; empty: it may run, and nobody can be asked
  std::string what;     // "a container of migrate"
  std::string command;  // stops it, or shows what runs there
};

/// For each command of a run that did not end, or failed. None when the run cannot be read.
std::vector<StillRunning> left_running(const Workspace& workspace, executor::World& world,
                                       executor::StateStore& store, executor::RunId run);
/// A line for each: "A container of migrate still runs: shop_migrate_run_1. Stop it: docker stop
/// shop_migrate_run_1".
std::string render(const std::vector<StillRunning>& still);

/// Two of a migration at once, or one beside a restore, is what nobody has tried: waits until what the run
/// has left has ended, and says for what. The exit when it does not end, or somebody does not want to wait.
std::optional<Exit> await_end_of_what_is_left(const Common& common, const Workspace& workspace,
                                              const Outside& outside, executor::StateStore& store,
                                              executor::RunId run, const executor::Interrupt& interrupt);

}  // namespace pawl::cli
