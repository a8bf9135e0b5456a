#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "cli/commands.h"
#include "cli/observation.h"
#include "cli/output.h"
#include "cli/state.h"

namespace pawl::cli {
namespace {

std::string instance_line(const planner::Instance& instance) {
  std::string line =
      fmt::format("    {:<24} {:<12} {}", instance.label, instance.version.empty() ? "-" : instance.version,
                  planner::name(instance.health));
  if (!instance.detail.empty()) line += ": " + instance.detail;
  return line + "\n";
}

std::string service_lines(const planner::ServiceState& service) {
  std::string lines = fmt::format("  {:<26} {} of {} running, {}", service.service, service.running(),
                                  service.expected, planner::name(service.health));
  if (!service.detail.empty()) lines += ": " + service.detail;
  lines += "\n";
  for (const planner::Instance& instance : service.instances) lines += instance_line(instance);
  return lines;
}

std::string describe(const planner::Snapshot& snapshot) {
  std::string text = snapshot.stack + "\n";
  for (const planner::EngineState& engine : snapshot.engines) {
    text += fmt::format("  {} · pin {} is {}\n", engine.tool, engine.pin.place,
                        engine.pin.value.empty() ? "not set" : engine.pin.value);
  }
  text += "\n";
  for (const planner::ServiceState& service : snapshot.services) text += service_lines(service);
  for (const planner::DatabaseState& database : snapshot.databases) {
    if (!database.reachable) {
      text += fmt::format("  database {:<17} not reachable: {}\n", database.database, database.detail);
      continue;
    }
    text +=
        fmt::format("  database {:<17} {} migrations applied{}\n", database.database, database.applied.size(),
                    database.applied.empty() ? "" : ", last " + database.applied.back());
  }
  return text;
}

}  // namespace

lang::Result<Observation> observe_world(const Workspace& workspace, executor::World& world) {
  Observation observation;
  observation.looked = look(workspace, &world);
  if (observation.looked.endless) return tl::unexpected(endless_questions());
  auto snapshot = planner::observe(workspace.stack(), workspace.providers, observation.looked.answers);
  if (!snapshot) return tl::unexpected(snapshot.error());
  observation.snapshot = std::move(*snapshot);
  mark_needed_bundles(workspace.stack(), observation.snapshot);
  return observation;
}

Exit run(const Common& common, const ObserveArguments& arguments) {
  const lang::DiskReader files(".");
  const auto workspace = open_workspace(common, files);
  if (!workspace) return Exit::Usage;
  const Outside outside = open_outside(*workspace, hosts_of(workspace->stack()), {});
  const auto observation = observe_world(*workspace, *outside.world);
  if (!observation) {
    print_error(observation.error());
    return Exit::Failed;
  }
  const std::string json = planner::write_snapshot(observation->snapshot);
  if (!arguments.out.empty()) {
    if (auto wrote = publish(arguments.out, json); !wrote) {
      print_error(wrote.error());
      return Exit::Failed;
    }
  }
  std::cout << (common.json ? json : describe(observation->snapshot));
  return Exit::Done;
}

}  // namespace pawl::cli
