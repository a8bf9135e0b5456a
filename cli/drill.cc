#include "cli/bundles.h"
#include "cli/commands.h"
#include "cli/run_job.h"
#include "planner/plans/backup_plans.h"

namespace pawl::cli {

Exit run(const Common& common, const DrillArguments& arguments) {
  const bool named = !arguments.bundle.empty();
  if (named) {
    if (const auto no = refuse_damaged(common, arguments.bundle)) return *no;
  }
  std::string bundle;
  auto made = make_plan(common, {}, [&](const planner::CompileInput& input) {
    bundle = bundle_name(*input.stack, arguments.bundle);
    if (!named && !input.snapshot->bundles.empty()) bundle = input.snapshot->bundles.front().name;
    return planner::compile_drill(input, bundle);
  });
  if (const Exit* exit = std::get_if<Exit>(&made)) return *exit;
  if (!named) {
    if (const auto no = refuse_damaged(common, bundle)) return *no;
  }
  return run_plan(common, arguments.choices, std::move(std::get<Planned>(made)));
}

}  // namespace pawl::cli
