#include <fmt/format.h>

#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/run_report.h"
#include "cli/state.h"

namespace pawl::cli {

Exit run(const Common& common, const StatusArguments&) {
  auto store = store_here(common);
  if (!store) {
    print_error(store.error());
    return Exit::Failed;
  }
  const auto runs = *store ? (*store)->runs(1) : std::vector<executor::RunSummary>{};
  if (!runs) {
    print_error(runs.error());
    return Exit::Failed;
  }
  if (runs->empty()) {
    std::cout << (common.json ? "{\"run\":null}\n" : "No run has begun here.\n");
    return Exit::Done;
  }
  const auto report = fold_run(**store, runs->front().run);
  if (!report) {
    print_error(report.error());
    return Exit::Failed;
  }
  const bool live = !report->summary.end && owner_lives(**store);
  std::cout << (common.json ? render_json(*report, live) : render(*report, live));
  return Exit::Done;
}

}  // namespace pawl::cli
