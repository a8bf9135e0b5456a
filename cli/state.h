// The state store as commands see it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "executor/store/store.h"
#include "lang/stack.h"
#include "planner/plan/plan.h"
#include "planner/plan/snapshot.h"
#include "planner/scene/input.h"

namespace pawl::cli {

/// Where this stack keeps its state: the manifest's `state` block, or .pawl/state.db.
std::string state_path(const lang::Stack& stack);

/// The store of the current folder when there is one. Errors: it cannot be read, or is not pawl's.
lang::Result<std::unique_ptr<executor::StateStore>> existing_store(const std::string& path);

/// The same for commands that need no valid manifest. Several manifests of one folder share a store, so its
/// runs are looked up by their stack.
struct Here {
  std::unique_ptr<executor::StateStore> store;  // empty: no run has begun here
  std::string stack;  // empty: the manifest does not load, so runs of any stack count
};
/// A manifest that does not load means .pawl/state.db.
lang::Result<Here> state_here(const Common& common);
/// The newest runs of the stack here, newest first; none without a store.
lang::Result<std::vector<executor::RunSummary>> runs_here(const Here& here, int newest);
/// "No run of shop has begun here.", and whose runs there are when there are some.
std::string no_run(const Here& here);

/// The lock is held by a process that has not been proved dead.
bool owner_lives(executor::StateStore& store);
/// The run has not ended, and the lock's owner is at work on it.
bool is_live(executor::StateStore& store, const executor::RunSummary& run);

/// The saved plan of a run.
lang::Result<planner::Plan> plan_of(executor::StateStore& store, const executor::RunSummary& run);

/// The upgrade of a stack that `pawl rollback` goes back from: run `wanted`; with 0 the newest one, or the
/// one that an unfinished rollback leads back from. Errors say why there is none.
lang::Result<executor::RunSummary> upgrade_to_undo(executor::StateStore& store, const std::string& stack,
                                                   executor::RunId wanted = 0);

/// Number of the newest run when it can be resumed. Never fails: no store, no run.
std::optional<executor::RunId> unfinished_run(const lang::Stack& stack);

/// Marks the bundles that a resumable run reads, and the one that `pawl rollback` would restore from. Never
/// fails: what cannot be told is not marked.
void mark_needed_bundles(const lang::Stack& stack, planner::Snapshot& snapshot);

/// How long steps took in the newest successful runs, by "kind subject", the newest first.
std::map<std::string, std::vector<planner::Measured>> measured_durations(const lang::Stack& stack);

}  // namespace pawl::cli
