#include "planner/plans/drift.h"

#include <algorithm>

#include "planner/plans/sequence.h"

namespace pawl::planner {

bool DriftReport::any() const {
  return !pins.empty() || std::any_of(services.begin(), services.end(),
                                      [](const ServiceDrift& each) { return !each.differences.empty(); });
}

namespace {

/// Instances that the files ask for and that do not run, whatever they were started with.
void note_stopped(const CompileInput& input, const lang::Service& service, ServiceChange& change) {
  const ServiceState* state = input.snapshot->service(service.name);
  if (!service.on || !state || runs_once(service) || change.kind == ServiceChange::Kind::Disappears) return;
  const int running = state->running();
  const bool said = std::any_of(change.drift.begin(), change.drift.end(),
                                [](const Difference& each) { return each.property == "instances"; });
  if (running < change.replicas && !said)
    change.drift.push_back({"instances that run", std::to_string(running), std::to_string(change.replicas)});
}

}  // namespace

Pass<DriftReport> find_drift(const CompileInput& input) {
  auto target = running_target(input);
  if (!target) return tl::unexpected(target.error());
  // What a pin says is not what runs: that is what is asked here.
  const std::string runs = common_version(input, has_the_stacks_version);
  if (const auto version = lang::Version::parse(runs)) {
    target->from = target->to = runs;
    target->from_version = target->to_version = *version;
  }
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
    note_stopped(input, input.stack->services[i], change);
    if (!change.drift.empty() || change.unknown)
      report.services.push_back({name, std::move(change.drift), change.unknown});
  }
  report.notices = std::move(changes->notices);
  return report;
}

}  // namespace pawl::planner
