#include "providers/local/local.h"

#include <algorithm>

#include "providers/local/lower.h"
#include "providers/local/observe.h"
#include "providers/local/rendering.h"

namespace pawl::providers {

using local::Layout;
using planner::DeploymentView;
using planner::Result;
using planner::Snapshot;

planner::Traits LocalProvider::traits(const DeploymentView& view) const {
  planner::Traits traits;
  traits.env_file = Layout(view).env_file();
  return traits;
}

std::vector<planner::Query> LocalProvider::configuration(const DeploymentView& view) const {
  const planner::Query file = planner::ReadFile{Layout(view).env_file()};
  if (Layout(view).env_file().empty() || view.answers.find(file)) return {};
  return {file};
}

std::vector<planner::Query> LocalProvider::queries(const DeploymentView& view) const {
  const Layout layout(view);
  if (!layout.usable()) return {};
  return local::queries(layout);
}

Result<void> LocalProvider::read(const DeploymentView& view, Snapshot& snapshot) const {
  const Layout layout(view);
  if (auto usable = layout.usable(); !usable) return usable;
  return local::read(layout, snapshot);
}

Result<planner::Rendering> LocalProvider::render(const DeploymentView& view, const Snapshot& snapshot,
                                                 std::string_view version) const {
  const Layout layout(view);
  if (auto usable = layout.usable(); !usable) return tl::unexpected(usable.error());
  const std::string wanted = version.empty() ? Layout::pinned(snapshot, layout) : std::string(version);
  planner::Rendering rendering;
  for (const lang::ServiceId id : layout.services()) {
    auto fingerprint = local::fingerprint_of(layout[id], layout, wanted);
    if (!fingerprint) return tl::unexpected(fingerprint.error());
    rendering.services.push_back({layout[id].name,
                                  local::program_of(layout[id], layout, wanted),
                                  std::move(*fingerprint),
                                  local::expected_instances(layout[id]),
                                  {}});
  }
  auto names = local::env_file_names(layout);
  if (!names) return tl::unexpected(names.error());
  rendering.variables_set = std::move(*names);
  rendering.warnings = local::warnings(layout);
  return rendering;
}

Result<planner::Lowered> LocalProvider::lower(const planner::EngineAction& action, const DeploymentView& view,
                                              const Snapshot& snapshot) const {
  const Layout layout(view);
  if (auto usable = layout.usable(); !usable) return tl::unexpected(usable.error());
  return local::lower(action, layout, snapshot);
}

/// A program that runs beside the service, in its folder and with its environment: that is all "in a service"
/// means for processes of this machine, whatever the place.
Result<planner::Process> LocalProvider::program(lang::ServiceId service, std::vector<lang::Text> argv,
                                                planner::ProgramPlace /*place*/, const std::string& version,
                                                planner::Replica instance, const DeploymentView& view,
                                                const Snapshot& snapshot) const {
  const Layout layout(view);
  if (auto usable = layout.usable(); !usable) return tl::unexpected(usable.error());
  const lang::Service& of = layout[service];
  const std::string in = version.empty() ? local::running_version(of, layout, snapshot) : version;
  const int number = std::max(1, instance.number);
  if (argv.empty()) argv = of.command;
  if (argv.empty())
    return lang::failure(
        "service " + of.name + " has no command, so it cannot be run",
        "Write its program and arguments: command = [\"releases/${version}/" + of.name + "\"]");
  planner::Process process = local::surroundings(of, layout, in, number);
  for (const lang::Text& word : argv) process.argv.push_back(local::filled(word, layout, in, number));
  return process;
}

std::vector<planner::Query> LocalProvider::diagnose(lang::ServiceId service, int lines,
                                                    const DeploymentView& view, const Snapshot&) const {
  const Layout layout(view);
  const lang::Service& failed = layout[service];
  std::vector<planner::Query> questions;
  for (int number = 1; number <= local::expected_instances(failed); ++number) {
    questions.emplace_back(planner::InspectProcess{layout.pid_file(failed.engine_name, number)});
    planner::Process tail;
    const std::string log = layout.log_file(failed.engine_name, number);
    for (const std::string& word : {std::string("tail"), std::string("-n"), std::to_string(lines), log})
      tail.argv.emplace_back(word);
    questions.emplace_back(planner::QueryCommand{std::move(tail)});
  }
  return questions;
}

/// A process of this machine sees what everybody sees.
Result<std::string> LocalProvider::machine_path(lang::ServiceId, std::string_view path, const DeploymentView&,
                                                const Snapshot&) const {
  return std::string(path);
}

/// One question looks at one process, so only a service of one instance can be asked.
std::optional<planner::Condition> LocalProvider::ended(lang::ServiceId service, const DeploymentView& view,
                                                       const Snapshot&) const {
  const Layout layout(view);
  if (local::expected_instances(layout[service]) != 1) return std::nullopt;
  return local::process_ended(layout[service], 1, layout);
}

}  // namespace pawl::providers
