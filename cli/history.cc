#include <fmt/format.h>

#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/run_report.h"
#include "cli/state.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

/// "1.4.0 → 1.5.0", "rollback 1.5.0 → 1.4.0", "backup 1.4.0".
std::string what(const executor::RunSummary& run) {
  const std::string versions = run.from == run.to ? run.to : run.from + " → " + run.to;
  return run.purpose == "upgrade" ? versions : run.purpose + " " + versions;
}

std::string line(const executor::RunSummary& run, bool live) {
  const planner::Duration took(run.ended.value_or(run.began) - run.began);
  std::string text = fmt::format("{:>5}  {}  {:<26} {:<12} {:>8}  {}", run.run, local_time(run.began),
                                 what(run), outcome(run, live), planner::render_duration(took), run.owner);
  if (run.end && !run.end->reason.empty()) text += "  " + run.end->reason;
  return text + "\n";
}

}  // namespace

Exit run(const Common& common, const HistoryArguments& arguments) {
  const auto here = state_here(common);
  if (!here) {
    print_error(here.error());
    return Exit::Failed;
  }
  const auto runs = runs_here(*here, arguments.count);
  if (!runs) {
    print_error(runs.error());
    return Exit::Failed;
  }
  if (runs->empty() && !common.json) std::cout << no_run(*here) << '\n';
  for (const executor::RunSummary& one : *runs) {
    const bool live = is_live(*here->store, one);
    std::cout << (common.json ? render_json({one, {}, {}, {}, {}}, live) : line(one, live));
  }
  return Exit::Done;
}

}  // namespace pawl::cli
