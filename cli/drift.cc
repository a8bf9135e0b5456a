#include "planner/plans/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/make_plan.h"
#include "cli/state.h"

namespace pawl::cli {
namespace {

std::string render(const std::string& stack, const planner::DriftReport& report) {
  std::string out = stack + "  " + report.version + "\n\n";
  for (const planner::Difference& pin : report.pins)
    out += fmt::format("  {:<20} {} says {}, and {} runs\n", "pin", pin.property, pin.wanted, pin.runs);
  for (const planner::ServiceDrift& each : report.services) {
    std::string said = planner::describe(each.differences);
    if (each.unknown)
      said +=
          (said.empty() ? "" : "; ") + std::string("with which configuration it was started is not known");
    out += fmt::format("  {:<20} {}\n", each.service, said);
  }
  for (const planner::Notice& notice : report.notices) out += "  ! " + notice.text + "\n";
  if (!report.pins.empty() || !report.services.empty() || !report.notices.empty()) out += "\n";
  if (report.any())
    return out + "What runs is not what the files ask for. To see what would change it: pawl plan\n";
  const bool unknown = std::any_of(report.services.begin(), report.services.end(),
                                   [](const planner::ServiceDrift& each) { return each.unknown; });
  return out + (unknown ? "Nothing else differs from what the files ask for.\n"
                        : "Every service of the manifest runs as the files ask for.\n");
}

/// A value that may be a secret is a digest, which says nothing to a reader.
nlohmann::json value(const std::string& text) {
  if (text.empty() || text.starts_with('#')) return nullptr;
  return text;
}

std::string render_json(const std::string& stack, const planner::DriftReport& report,
                        const std::optional<executor::RunId>& unfinished) {
  nlohmann::json services = nlohmann::json::array();
  for (const planner::ServiceDrift& each : report.services) {
    nlohmann::json differences = nlohmann::json::array();
    for (const planner::Difference& one : each.differences) {
      const char* what = one.runs.empty() ? "added" : one.wanted.empty() ? "removed" : "changed";
      differences.push_back({{"property", one.property},
                             {"what", what},
                             {"runs", value(one.runs)},
                             {"wanted", value(one.wanted)},
                             {"text", planner::describe(one)}});
    }
    services.push_back({{"service", each.service}, {"differences", differences}, {"known", !each.unknown}});
  }
  nlohmann::json pins = nlohmann::json::array();
  for (const planner::Difference& pin : report.pins)
    pins.push_back({{"place", pin.property}, {"runs", pin.runs}, {"wanted", pin.wanted}});
  nlohmann::json notices = nlohmann::json::array();
  for (const planner::Notice& notice : report.notices) notices.push_back(notice.text);
  nlohmann::json out{{"stack", stack}, {"version", report.version}, {"drift", report.any()},
                     {"pins", pins},   {"services", services},      {"notices", notices}};
  if (unfinished) out["unfinished_run"] = *unfinished;
  return out.dump(2) + "\n";
}

}  // namespace

Exit run(const Common& common, const DriftArguments& arguments) {
  planner::DriftReport report;
  const auto find = [&](const planner::CompileInput& input) -> tl::expected<planner::Plan, planner::Refusal> {
    auto found = planner::find_drift(input);
    if (!found) return tl::unexpected(found.error());
    report = std::move(*found);
    return planner::Plan{};
  };
  const auto made = make_plan(common, {"", "", arguments.snapshot}, find);
  if (const Exit* exit = std::get_if<Exit>(&made)) return *exit;
  const lang::Stack& stack = std::get<Planned>(made).workspace.stack();
  std::cout << (common.json ? render_json(*stack.name, report, unfinished_run(stack))
                            : render(*stack.name, report));
  return report.any() ? Exit::Changes : Exit::Done;
}

}  // namespace pawl::cli
