#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/run_report.h"
#include "cli/state.h"
#include "lang/load.h"
#include "planner/file/plan_file.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 18 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

Exit show_step(const Common& common, const planner::Plan& plan, int step) {
  const auto number = static_cast<std::size_t>(step);
  if (number > plan.steps.size()) {
    print_error({"The plan has " + std::to_string(plan.steps.size()) + " steps; there is no step " +
                     std::to_string(step) + ".",
                 {}});
    return Exit::Usage;
  }
  std::cout << planner::render_step(
      plan, {static_cast<std::uint32_t>(number - 1)},
      {.colour = colour(common, STDOUT_FILENO), .width = width(), .plan_file = {}});
  return Exit::Done;
}

Exit show_run(const Common& common, executor::RunId number, int step) {
  const auto here = state_here(common);
  if (!here || !here->store) {
    print_error(here ? lang::Error{no_run(*here), {}} : here.error());
    return Exit::Usage;
  }
  const auto report = fold_run(*here->store, number);
  if (!report) {
    print_error(report.error());
    return Exit::Usage;
  }
  if (step > 0) return show_step(common, report->plan, step);
  const bool live = is_live(*here->store, report->summary);
  std::cout << (common.json ? render_json(*report, live) : render(common, *report, live));
  return Exit::Done;
}

}  // namespace

Exit run(const Common& common, const ShowArguments& arguments) {
  const lang::DiskReader disk(arguments.what.starts_with('/') ? "/" : ".");
  const auto text = disk.read(arguments.what, 256u << 20);
  if (text && !*text && is_number(arguments.what))
    return show_run(common, std::stoll(arguments.what), arguments.step);
  if (!text || !*text) {
    print_error(text ? lang::Error{"There is no plan file " + arguments.what + ".",
                                   "Make one: pawl plan --out " + arguments.what}
                     : text.error());
    return Exit::Usage;
  }
  const auto plan = planner::read_plan(**text);
  if (!plan) {
    print_error({arguments.what + ": " + plan.error().what, plan.error().fix});
    return Exit::Usage;
  }
  if (arguments.step > 0) return show_step(common, *plan, arguments.step);
  if (common.json) {
    std::cout << **text;
  } else {
    std::cout << planner::render_text(*plan, {.colour = colour(common, STDOUT_FILENO),
                                              .width = width(),
                                              .plan_file = arguments.what,
                                              .next = commands_for(common, *plan)});
  }
  return Exit::Done;
}

}  // namespace pawl::cli
