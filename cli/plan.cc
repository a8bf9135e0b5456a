#include <unistd.h>

#include <iostream>

#include "cli/commands.h"
#include "cli/make_plan.h"
#include "cli/output.h"
#include "planner/file/plan_file.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

void print(const Common& common, const PlanArguments& arguments, const lang::Stack& stack,
           const planner::Plan& plan, const std::string& json) {
  if (common.json || arguments.format == "json") {
    std::cout << json;
  } else {
    std::cout << planner::render_text(plan, {.colour = colour(common, STDOUT_FILENO),
                                             .width = width(),
                                             .plan_file = arguments.out,
                                             .next = commands_for(common, arguments, stack)});
  }
}

}  // namespace

Exit run(const Common& common, const PlanArguments& arguments) {
  auto made = make_plan(common, {arguments.to, arguments.at, arguments.snapshot});
  if (const Exit* exit = std::get_if<Exit>(&made)) return *exit;
  const planner::Plan& plan = std::get<Planned>(made).plan;
  const std::string json = planner::write_plan(plan);
  if (!arguments.out.empty()) {
    // A plan holds no secret, but it describes the deployment: for its owner.
    if (auto wrote = publish(arguments.out, json, 0600); !wrote) {
      print_error(wrote.error());
      return Exit::Failed;
    }
  }
  print(common, arguments, std::get<Planned>(made).workspace.stack(), plan, json);
  return arguments.detailed_exitcode && !plan.empty() ? Exit::Changes : Exit::Done;
}

}  // namespace pawl::cli
