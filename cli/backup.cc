#include "cli/commands.h"
#include "cli/run_job.h"
#include "planner/plans/backup_plans.h"

namespace pawl::cli {

Exit run(const Common& common, const BackupArguments& arguments) {
  auto made = make_plan(common, {}, planner::compile_backup);
  if (const Exit* exit = std::get_if<Exit>(&made)) return *exit;
  return run_plan(common, arguments.choices, std::move(std::get<Planned>(made)));
}

}  // namespace pawl::cli
