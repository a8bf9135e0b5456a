// `pawl restore`: the bundle is read to its last byte first, then the plan is made, shown and run. A wrong
// phrase is found before a run begins.
#include "cli/bundles.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/run_job.h"
#include "planner/plans/backup_plans.h"

namespace pawl::cli {
namespace {

/// The phrase that was given is not the one the manifest wants.
bool is_wrong(const lang::Stack& stack, const std::string& given) {
  if (given.empty() || !stack.restore || !stack.restore->confirm.is_literal()) return false;
  return stack.restore->confirm.shown() != given;
}

}  // namespace

Exit run(const Common& common, const RestoreArguments& arguments) {
  if (const auto no = refuse_damaged(common, arguments.bundle)) return *no;
  auto made = make_plan(common, {}, [&](const planner::CompileInput& input) {
    return planner::compile_restore(input, bundle_name(*input.stack, arguments.bundle));
  });
  if (const Exit* exit = std::get_if<Exit>(&made)) return *exit;
  Planned& planned = std::get<Planned>(made);
  if (is_wrong(planned.workspace.stack(), arguments.choices.confirm)) {
    print_refusal(common, {{"What --confirm says is not the phrase of the manifest's restore block.",
                            "Nothing was changed. Type the phrase exactly."}});
    return Exit::Refused;
  }
  return run_plan(common, arguments.choices, std::move(planned));
}

}  // namespace pawl::cli
