#include <iostream>

#include "cli/commands.h"
#include "planner/plan/plan.h"

namespace pawl::cli {

Exit run(const Common& common, const VersionArguments&) {
  if (common.json) {
    std::cout << "{\"pawl\":\"" PAWL_VERSION "\",\"plan_format\":" << planner::Plan::kFormat << "}\n";
  } else {
    std::cout << "pawl " PAWL_VERSION ", plan format " << planner::Plan::kFormat << '\n';
  }
  return Exit::Done;
}

}  // namespace pawl::cli
