#include <iostream>

#include "cli/commands.h"
#include "planner/file/plan_file.h"

namespace pawl::cli {

Exit run(const Common&, const SchemaArguments& arguments) {
  std::cout << (arguments.what == "snapshot" ? planner::snapshot_schema() : planner::plan_schema());
  return Exit::Done;
}

}  // namespace pawl::cli
