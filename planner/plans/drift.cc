#include "planner/plans/drift.h"

#include <algorithm>

#include "planner/plans/sequence.h"

namespace pawl::planner {

bool DriftReport::any() const {
  return !pins.empty() || std::any_of(services.begin(), services.end(),
                                      [](const ServiceDrift& each) { return !each.differences.empty(); });
}

Pass<DriftReport> find_drift(const CompileInput& input) {
  const auto target = running_target(input);
  if (!target) return tl::unexpected(target.error());
  auto changes = find_changes(input, *target, PolicyDecision{});
  if (!changes) return tl::unexpected(changes.error());
  DriftReport report;
  report.version = target->to;
  for (const EngineState& engine : input.snapshot->engines) {
    const std::string& pin = engine.pin.value;
    if (!pin.empty() && !is_version(pin, target->to_version))
      report.pins.push_back({engine.pin.place, target->to, pin});
  }
  for (std::size_t i = 0; i < changes->services.size(); ++i) {
    ServiceChange& change = changes->services[i];
    const std::string& name = input.stack->services[i].name;
    if (!change.drift.empty() || change.unknown)
      report.services.push_back({name, std::move(change.drift), change.unknown});
  }
  report.notices = std::move(changes->notices);
  return report;
}

}  // namespace pawl::planner
