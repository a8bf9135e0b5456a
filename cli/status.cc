#include <fmt/format.h>

#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/run_report.h"
#include "cli/state.h"

namespace pawl::cli {

Exit run(const Common& common, const StatusArguments&) {
  const auto here = state_here(common);
  if (!here) {
    print_error(here.error());
    return Exit::Failed;
  }
  const auto runs = runs_here(*here, 1);
  if (!runs) {
    print_error(runs.error());
    return Exit::Failed;
  }
  if (runs->empty()) {
    std::cout << (common.json ? "{\"run\":null}" : no_run(*here)) << '\n';
    return Exit::Done;
  }
  const auto report = fold_run(*here->store, runs->front().run);
  if (!report) {
    print_error(report.error());
    return Exit::Failed;
  }
  const bool live = is_live(*here->store, report->summary);
  std::cout << (common.json ? render_json(*report, live) : render(common, *report, live));
  return Exit::Done;
}

}  // namespace pawl::cli
