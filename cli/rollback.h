// Going back from a run: for `pawl rollback` and for `pawl apply --on-failure=rollback`.
#pragma once

#include "cli/arguments.h"
#include "cli/exit_code.h"
#include "executor/record/record.h"

namespace pawl::cli {

/// Compiles the way back from where the deployment is now, shows it, asks, runs it. `run` 0: the newest run
/// that may have changed something. Exit::Done: the version that run started from runs again.
Exit roll_back(const Common& common, const RollbackArguments& arguments);

}  // namespace pawl::cli
