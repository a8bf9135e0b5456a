#include "providers/local/observe.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "planner/engine/pins.h"
#include "planner/engine/shared.h"
#include "providers/local/rendering.h"

namespace pawl::providers::local {
namespace {

using planner::Answer;
using planner::Health;
using planner::InspectProcess;
using planner::Instance;
using planner::ListFolder;
using planner::ServiceState;

/// What InspectProcess answered.
struct Inspected {
  std::string state;  // "running", "stopped", "foreign"
  std::int64_t pid = 0, started = 0;
  std::string fingerprint;
};

Result<Inspected> inspect(const Layout& layout, const std::string& pid_file) {
  const Answer* answer = layout.view().answers.find(InspectProcess{pid_file});
  if (!answer) return lang::failure("nobody looked at the process of " + pid_file);
  if (!answer->ok) return lang::failure("cannot look at the process of " + pid_file + ": " + answer->error);
  try {
    const auto json = nlohmann::json::parse(answer->output);
    return Inspected{json.at("state").get<std::string>(), json.value("pid", std::int64_t{0}),
                     json.value("started", std::int64_t{0}), json.value("fingerprint", std::string())};
  } catch (const nlohmann::json::exception&) {
    return lang::failure("the answer about the process of " + pid_file + " is not what was expected");
  }
}

std::string_view listing(const Layout& layout, const std::string& folder) {
  const Answer* answer = layout.view().answers.find(ListFolder{folder});
  return answer && answer->ok ? std::string_view(answer->output) : std::string_view();
}

std::string label_of(const Service& service, int number) {
  return expected_instances(service) == 1 && number == 1 ? service.name
                                                         : service.name + " " + std::to_string(number);
}

/// Nothing when no such instance was ever started, or it was stopped in good order.
std::optional<Instance> instance_of(const Service& service, const Layout& layout, int number,
                                    const Inspected& seen) {
  if (seen.pid == 0) return std::nullopt;
  Instance instance;
  instance.id = std::to_string(seen.pid) + ":" + std::to_string(seen.started);
  instance.label = label_of(service, number);
  instance.number = number;
  instance.fingerprint = instance.started_as = seen.fingerprint;
  instance.version = version_in(seen.fingerprint);
  const auto now = fingerprint_of(service, layout, instance.version);
  if (now && *now == seen.fingerprint) instance.image = program_of(service, layout, instance.version);
  const std::string log = layout.log_file(service.engine_name, number);
  if (seen.state == "running") {
    instance.health = Health::Healthy;
  } else if (seen.state == "foreign") {
    instance.health = Health::Stopped;
    instance.detail = "it has ended, and pid " + std::to_string(seen.pid) +
                      " is another process now; its last lines are in " + log;
  } else {
    instance.health = Health::Stopped;
    instance.detail = "its process " + std::to_string(seen.pid) + " has ended; its last lines are in " + log;
  }
  return instance;
}

/// The engine's own word on a service: its processes run. The manifest's probes are the planner's.
void sum_up(const Service& service, ServiceState& state) {
  const auto running = std::count_if(state.instances.begin(), state.instances.end(),
                                     [](const Instance& one) { return one.health == Health::Healthy; });
  const bool once = runs_once(service);
  if (running >= state.expected || (once && running == 0)) {
    state.health = running > 0 ? Health::Healthy : Health::Stopped;
    return;
  }
  state.health = running == 0 ? Health::Stopped : Health::Unhealthy;
  state.detail = running == 0
                     ? "no process of it runs"
                     : std::to_string(running) + " of " + std::to_string(state.expected) + " processes run";
}

/// Pid files of services that the manifest does not have.
std::vector<std::string> strangers(const Layout& layout) {
  std::set<std::string> known;
  for (const ServiceId id : layout.services()) known.insert(layout[id].engine_name);
  std::vector<std::string> names;
  for (const std::string_view line : lines_of(listing(layout, layout.run_dir()))) {
    const auto name = parse_pid_file(line);
    if (name && !known.contains(name->engine_name)) names.emplace_back(line);
  }
  return names;
}

}  // namespace

int expected_instances(const Service& service) {
  return service.instances.value_or(1);
}

std::vector<int> instance_numbers(std::string_view engine_name, int expected, const Layout& layout) {
  std::set<int> numbers;
  for (int number = 1; number <= expected; ++number) numbers.insert(number);
  for (const std::string_view line : lines_of(listing(layout, layout.run_dir()))) {
    const auto name = parse_pid_file(line);
    if (name && name->engine_name == engine_name) numbers.insert(name->number);
  }
  return {numbers.begin(), numbers.end()};
}

std::vector<planner::Query> queries(const Layout& layout) {
  std::vector<planner::Query> wanted{ListFolder{layout.run_dir()}};
  if (auto pin = planner::pins::question(layout.view().block())) wanted.push_back(std::move(*pin));
  if (const auto folders = release_folders(layout)) wanted.emplace_back(ListFolder{folders->folder});
  for (const ServiceId id : layout.services()) {
    const Service& service = layout[id];
    for (const int number : instance_numbers(service.engine_name, expected_instances(service), layout)) {
      wanted.emplace_back(InspectProcess{layout.pid_file(service.engine_name, number)});
    }
  }
  std::erase_if(wanted, [&](const planner::Query& query) { return layout.view().answers.find(query); });
  return wanted;
}

Result<void> read(const Layout& layout, planner::Snapshot& snapshot) {
  planner::EngineState& engine = planner::engine_of(snapshot, layout.label());
  engine.kind = "local";
  engine.tool = "local processes";
  engine.pin = planner::pins::state(layout.view().block(), layout.view().answers);
  if (const auto folders = release_folders(layout)) {
    engine.available = versions_in(listing(layout, folders->folder), *folders);
  }
  for (const ServiceId id : layout.services()) {
    const Service& service = layout[id];
    ServiceState& state = planner::state_of(snapshot, service.name);
    state.expected = expected_instances(service);
    for (const int number : instance_numbers(service.engine_name, state.expected, layout)) {
      const auto seen = inspect(layout, layout.pid_file(service.engine_name, number));
      if (!seen) return tl::unexpected(seen.error());
      if (auto instance = instance_of(service, layout, number, *seen)) {
        state.instances.push_back(std::move(*instance));
      }
    }
    sum_up(service, state);
  }
  return {};
}

std::vector<std::string> warnings(const Layout& layout) {
  std::vector<std::string> found;
  for (const std::string& name : strangers(layout)) {
    found.push_back(layout.run_dir() + "/" + name +
                    " belongs to no service of the manifest: its process is left as it is");
  }
  return found;
}

}  // namespace pawl::providers::local
