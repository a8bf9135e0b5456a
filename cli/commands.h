// One function per command, one file each.
#pragma once

#include "cli/arguments.h"
#include "cli/exit_code.h"

namespace pawl::cli {

Exit run(const Common& common, const ValidateArguments& arguments);
Exit run(const Common& common, const FmtArguments& arguments);
Exit run(const Common& common, const ObserveArguments& arguments);
Exit run(const Common& common, const DriftArguments& arguments);
Exit run(const Common& common, const PlanArguments& arguments);
Exit run(const Common& common, const ShowArguments& arguments);
Exit run(const Common& common, const ApplyArguments& arguments);
Exit run(const Common& common, const RollbackArguments& arguments);
Exit run(const Common& common, const SimulateArguments& arguments);
Exit run(const Common& common, const BackupArguments& arguments);
Exit run(const Common& common, const BackupsArguments& arguments);
Exit run(const Common& common, const DrillArguments& arguments);
Exit run(const Common& common, const RestoreArguments& arguments);
Exit run(const Common& common, const StatusArguments& arguments);
Exit run(const Common& common, const HistoryArguments& arguments);
Exit run(const Common& common, const UnlockArguments& arguments);
Exit run(const Common& common, const SchemaArguments& arguments);
Exit run(const Common& common, const DebugArguments& arguments);
Exit run(const Common& common, const VersionArguments& arguments);
Exit run(const Common& common, const CompletionArguments& arguments);
Exit run(const Common& common, const CompleteArguments& arguments);

}  // namespace pawl::cli
