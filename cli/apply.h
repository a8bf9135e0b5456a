// Running a plan that was just made, for every command that makes one.
#pragma once

#include "cli/planning.h"

namespace pawl::cli {

/// Shows the plan, asks, runs it and says how it ended.
Exit apply_plan(const Common& common, const ApplyArguments& arguments, Planned planned);

}  // namespace pawl::cli
