#include "providers/compose/lower.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "planner/plan/render.h"
#include "providers/compose/awaits.h"
#include "providers/compose/observe.h"

namespace pawl::providers::compose {
namespace {

using lang::Text;
using planner::Command;
using planner::Condition;
using planner::Duration;
using planner::Lowered;
using planner::Operation;
using planner::Process;
using planner::QueryCommand;
using planner::Repeat;
using planner::Snapshot;
using Operations = std::vector<Operation>;

constexpr Duration kPull = std::chrono::minutes(30);
constexpr Duration kStopDefault = std::chrono::seconds(10);

Operation command(Process process, Repeat repeat = Repeat::Safe,
                  Duration timeout = std::chrono::minutes(10)) {
  Operation operation{Command{std::move(process), {}, {}, {}, {0}, {}}, repeat, std::nullopt, timeout};
  return operation;
}

std::string seconds(Duration duration) {
  return std::to_string(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(duration).count()));
}

/// Everything one lowering needs to look at.
class Lowering {
 public:
  Lowering(const Deployment& deployment, const Snapshot& snapshot, Engine engine)
      : deployment_(deployment), snapshot_(snapshot), engine_(std::move(engine)) {}

  Result<Lowered> operator()(const planner::FetchVersion& action) const;
  Result<Lowered> operator()(const planner::WritePin&) const {
    return failure("A pin is written by the provider itself, which renders both versions.");
  }
  Result<Lowered> operator()(const planner::TakeUpPin& action) const;
  Result<Lowered> operator()(const planner::MoveDeployment&) const {
    return failure("Compose services move one by one.");
  }
  Result<Lowered> operator()(const planner::StopService& action) const;
  Result<Lowered> operator()(const planner::ReplaceInstance& action) const;
  Result<Lowered> operator()(const planner::ReplaceService& action) const {
    return up(action.service, action.to, "recreate in ");
  }
  Result<Lowered> operator()(const planner::StartService& action) const {
    return up(action.service, action.version, "start in ");
  }
  Result<Lowered> operator()(const planner::RemoveService& action) const;
  Result<Lowered> operator()(const planner::ReloadService& action) const;
  Result<Lowered> operator()(const planner::AwaitService& action) const;

 private:
  const Service& service(ServiceId id) const { return deployment_[id]; }
  Result<Project> project(std::string_view version) const { return deployment_.project(version); }
  Result<Wanted> wanted(ServiceId id, const std::string& version) const;
  Result<Lowered> up(ServiceId id, const std::string& version, const std::string& words) const;
  const std::vector<planner::Instance>& instances(const std::string& name) const;
  std::vector<std::string> names(const Service& service, int count) const;
  std::vector<std::string> grace(const Service& service) const;
  void take_away(const planner::Instance& instance, const Service& service, Operations& out) const;
  Operation pull(const ComposeService& service) const;
  bool builds(const ComposeService& service) const;
  bool builds_after_pin() const;
  std::string image_of(const ComposeService& service) const;
  Operation name_again(const std::string& id, const std::string& image) const;
  void keep(const Service& service, Operations& out) const;
  Operation build(const std::vector<std::string>& services, const std::string& version) const;

  const Deployment& deployment_;
  const Snapshot& snapshot_;
  Engine engine_;
};

/// What the service should look like in a version.
Result<Wanted> Lowering::wanted(ServiceId id, const std::string& version) const {
  const auto rendered = project(version);
  if (!rendered) return tl::unexpected(rendered.error());
  const auto configured = Deployment::find(*rendered, service(id));
  if (!configured) return tl::unexpected(configured.error());
  Wanted wanted;
  wanted.service = service(id).engine_name;
  wanted.image = (*configured)->image.empty() ? engine_.built_image(wanted.service) : (*configured)->image;
  wanted.count = service(id).instances.value_or((*configured)->replicas);
  wanted.checks_health = (*configured)->has_health_check;
  wanted.one_shot = runs_once(service(id));
  wanted.first_name = (*configured)->config.text_of("container_name");
  return wanted;
}

const std::vector<planner::Instance>& Lowering::instances(const std::string& name) const {
  static const std::vector<planner::Instance> kNone;
  const planner::ServiceState* state = nullptr;
  for (const planner::ServiceState& one : snapshot_.services) {
    if (one.service == name) state = &one;
  }
  return state ? state->instances : kNone;
}

/// `-t SECONDS` when the manifest says how long a stop may take; otherwise the file's own stop_grace_period
/// counts.
std::vector<std::string> Lowering::grace(const Service& service) const {
  if (!service.drain) return {};
  return {"-t", seconds(*service.drain)};
}

Operation Lowering::pull(const ComposeService& service) const {
  std::vector<std::string> arguments{"pull", "--quiet"};
  if (const std::string platform = service.config.text_of("platform"); !platform.empty()) {
    arguments.insert(arguments.end(), {"--platform", platform});
  }
  arguments.push_back(service.image);
  Operation operation = command(engine_.ask(arguments), Repeat::Safe, kPull);
  Condition present;
  present.question = QueryCommand{engine_.ask({"image", "inspect", "--format", "{{.Id}}", service.image})};
  present.means = "image " + service.image + " is here";
  operation.done_when = std::move(present);
  return operation;
}

Operation Lowering::build(const std::vector<std::string>& services, const std::string& version) const {
  std::vector<std::string> arguments{"build"};
  arguments.insert(arguments.end(), services.begin(), services.end());
  Process process = engine_.compose(arguments);
  // Images are made before the pin moves, so the version is given here.
  if (deployment_.pin_variable()) process.env.emplace_back(*deployment_.pin_variable(), Text(version));
  return command(std::move(process), Repeat::Safe, kPull);
}

bool Lowering::builds(const ComposeService& service) const {
  return service.image.empty() ||
         (deployment_.settings().images == lang::ComposeSettings::Images::Build && service.builds);
}

std::string Lowering::image_of(const ComposeService& service) const {
  return service.image.empty() ? engine_.built_image(service.name) : service.image;
}

/// Gives the image that ran its name back: by now that may mean another one, or nothing.
Operation Lowering::name_again(const std::string& id, const std::string& image) const {
  Operation operation = command(engine_.ask({"tag", id, image}));
  Condition named;
  named.question = QueryCommand{engine_.ask({"image", "inspect", "--format", "{{.Id}}", image})};
  // Podman leaves the algorithm away when it is asked about an image.
  named.expect.equals = engine_.podman() && id.starts_with("sha256:") ? id.substr(7) : id;
  named.means = image + " is the image that ran";
  operation.done_when = std::move(named);
  return operation;
}

/// What runs now gets a name of pawl's own, so that no pruning takes it away before the next upgrade.
void Lowering::keep(const Service& service, Operations& out) const {
  std::vector<std::string> ids;
  for (const planner::Instance& each : instances(service.name)) {
    if (each.image_id.empty() || std::find(ids.begin(), ids.end(), each.image_id) != ids.end()) continue;
    ids.push_back(each.image_id);
    const std::string number = ids.size() == 1 ? "" : "." + std::to_string(ids.size());
    out.push_back(command(engine_.ask(
        {"tag", each.image_id, "pawl-kept/" + engine_.project + ":" + service.engine_name + number})));
  }
}

/// "pull piprio:1.5.0 if it is missing, build web".
std::string fetch_words(const std::vector<std::string>& images, const std::vector<std::string>& built) {
  std::string out;
  if (images.size() == 1) out = "pull " + images.front() + " if it is missing";
  if (images.size() > 1) out = "pull " + std::to_string(images.size()) + " images if they are missing";
  if (built.empty()) return out;
  out += out.empty() ? "build" : ", build";
  for (const std::string& service : built) out += " " + service;
  return out;
}

Result<Lowered> Lowering::operator()(const planner::FetchVersion& action) const {
  const auto rendered = project(action.version);
  if (!rendered) return tl::unexpected(rendered.error());
  Operations out;
  std::vector<std::string> images, built;
  for (const ServiceId id : action.services) {
    const auto configured = Deployment::find(*rendered, service(id));
    if (!configured) return tl::unexpected(configured.error());
    const auto ran = action.ran.find(service(id).name);
    if (action.ran.empty()) keep(service(id), out);
    if (ran != action.ran.end() && image_of(**configured).find('@') == std::string::npos) {
      out.push_back(name_again(ran->second, image_of(**configured)));
    } else if (builds(**configured)) {
      built.push_back((*configured)->name);
    } else if (std::find(images.begin(), images.end(), (*configured)->image) == images.end()) {
      images.push_back((*configured)->image);
      out.push_back(pull(**configured));
    }
  }
  // A tag that a file holds is built when the file says the new one, see TakeUpPin: never over one that ran.
  if (!built.empty() && !builds_after_pin()) out.push_back(build(built, action.version));
  std::string words = fetch_words(images, built);
  if (!action.ran.empty()) words += (words.empty() ? "" : ", ") + std::string("take the images that ran");
  return Lowered{std::move(out), std::move(words)};
}

bool Lowering::builds_after_pin() const {
  return deployment_.block().pin && std::holds_alternative<lang::ImageTagPin>(deployment_.block().pin->where);
}

Result<Lowered> Lowering::operator()(const planner::TakeUpPin& action) const {
  if (action.back || !builds_after_pin()) return Lowered{};
  const auto before = project(action.from), after = project(action.version);
  if (!before) return tl::unexpected(before.error());
  if (!after) return tl::unexpected(after.error());
  std::vector<std::string> built;
  for (const ServiceId id : deployment_.services()) {
    const auto was = Deployment::find(*before, service(id)), is = Deployment::find(*after, service(id));
    if (!is) return tl::unexpected(is.error());
    if (builds(**is) && (!was || (*was)->image != (*is)->image)) built.push_back((*is)->name);
  }
  if (built.empty()) return Lowered{};
  Lowered out;
  out.operations.push_back(build(built, action.version));
  out.words = fetch_words({}, built);
  return out;
}

/// The names that podman-compose gives to the containers of a service.
std::vector<std::string> Lowering::names(const Service& service, int count) const {
  std::vector<std::string> names;
  for (int number = 1; number <= count; ++number)
    names.push_back(engine_.container_name(service.engine_name, number));
  return names;
}

Result<Lowered> Lowering::operator()(const planner::StopService& action) const {
  const Service& stopped = service(action.service);
  const Duration timeout = stopped.drain.value_or(kStopDefault) + std::chrono::minutes(2);
  std::vector<std::string> arguments{"stop"};
  const std::vector<std::string> time = grace(stopped);
  arguments.insert(arguments.end(), time.begin(), time.end());
  const std::string words =
      stopped.drain ? "stop, killed after " + planner::render_duration(*stopped.drain) : "stop";
  if (!engine_.podman()) {
    arguments.push_back(stopped.engine_name);
    return Lowered{{command(engine_.compose(arguments), Repeat::Safe, timeout)}, words};
  }
  // podman-compose 1.0 hands its timeout on as 30.0, which podman refuses.
  const auto& running = instances(stopped.name);
  if (running.empty()) return Lowered{};
  for (const planner::Instance& instance : running) arguments.push_back(instance.label);
  return Lowered{{command(engine_.ask(arguments), Repeat::Safe, timeout)}, words};
}

/// Stops one container with grace and removes it; done when its id is gone.
void Lowering::take_away(const planner::Instance& instance, const Service& service, Operations& out) const {
  Condition gone;
  gone.question =
      QueryCommand{engine_.ask({"ps", "-a", "-q", "--no-trunc", "--filter", "id=" + instance.id})};
  gone.expect.equals = "";
  gone.means = "container " + instance.label + " is gone";
  std::vector<std::string> stop{"stop"};
  const std::vector<std::string> time = grace(service);
  stop.insert(stop.end(), time.begin(), time.end());
  stop.push_back(instance.id);
  const Duration timeout = service.drain.value_or(kStopDefault) + std::chrono::minutes(2);
  for (auto& process : {engine_.ask(stop), engine_.ask({"rm", instance.id})}) {
    Operation operation = command(process, Repeat::IfNotDone, timeout);
    operation.done_when = gone;
    out.push_back(std::move(operation));
  }
}

Result<Lowered> Lowering::operator()(const planner::ReplaceInstance& action) const {
  const Service& moved = service(action.service);
  auto want = wanted(action.service, action.to);
  if (!want) return tl::unexpected(want.error());
  want->count = action.of;
  const auto& before = instances(moved.name);
  Operations out;
  const auto index = static_cast<std::size_t>(action.number - 1);
  if (index < before.size()) take_away(before[index], moved, out);
  // More containers than wanted would make `up --scale` choose which ones to remove; they go first.
  for (std::size_t extra = static_cast<std::size_t>(action.of); action.number == 1 && extra < before.size();
       ++extra) {
    take_away(before[extra], moved, out);
  }
  std::vector<std::string> arguments{"up", "-d", "--no-deps", "--no-build"};
  if (!engine_.podman()) {
    arguments.insert(arguments.end(),
                     {"--no-recreate", "--scale", moved.engine_name + "=" + std::to_string(action.of)});
  }
  arguments.push_back(moved.engine_name);
  out.push_back(command(engine_.compose(arguments)));
  for (Operation& operation : await_new(engine_, *want, action.number)) out.push_back(std::move(operation));
  return Lowered{std::move(out), "stop, recreate in " + action.to};
}

/// Docker's programs recreate what has changed; podman-compose only starts what is there, so the old goes
/// first.
Result<Lowered> Lowering::up(ServiceId id, const std::string& version, const std::string& words) const {
  const Service& moved = service(id);
  const auto want = wanted(id, version);
  if (!want) return tl::unexpected(want.error());
  Operations out;
  if (engine_.podman()) {
    for (const planner::Instance& instance : instances(moved.name)) take_away(instance, moved, out);
  }
  std::vector<std::string> arguments{"up", "-d", "--no-deps", "--no-build"};
  if (!engine_.podman()) {
    const std::vector<std::string> time = grace(moved);
    arguments.insert(arguments.end(), time.begin(), time.end());
    if (moved.instances)
      arguments.insert(arguments.end(), {"--scale", moved.engine_name + "=" + std::to_string(want->count)});
  }
  arguments.push_back(moved.engine_name);
  out.push_back(command(engine_.compose(arguments)));
  return Lowered{std::move(out), words + version};
}

Result<Lowered> Lowering::operator()(const planner::RemoveService& action) const {
  Operations out;
  for (const ServiceId id : deployment_.services()) {
    if (service(id).engine_name != action.engine_name) continue;
    for (const planner::Instance& instance : instances(service(id).name))
      take_away(instance, service(id), out);
    return Lowered{std::move(out), "stop and remove"};
  }
  // Not in the manifest, so not in the snapshot: compose finds it while its files still name it.
  out.push_back(command(engine_.compose({"rm", "--stop", "--force", action.engine_name})));
  return Lowered{std::move(out), "stop and remove"};
}

Result<Lowered> Lowering::operator()(const planner::ReloadService& action) const {
  const Service& reloaded = service(action.service);
  const std::string signal = std::to_string(reloaded.reload_signal.value_or(1));
  const std::string words = "send signal " + (reloaded.reload_signal ? signal : "SIGHUP");
  if (!engine_.podman())
    return Lowered{{command(engine_.compose(
                       {"kill", "-s", reloaded.reload_signal ? signal : "SIGHUP", reloaded.engine_name}))},
                   words};
  std::vector<std::string> arguments{"kill", "-s", signal};
  for (const std::string& name :
       names(reloaded, std::max<int>(1, static_cast<int>(instances(reloaded.name).size()))))
    arguments.push_back(name);
  return Lowered{{command(engine_.ask(arguments))}, words};
}

Result<Lowered> Lowering::operator()(const planner::AwaitService& action) const {
  auto want = wanted(action.service, action.version);
  if (!want) return tl::unexpected(want.error());
  want->count = action.instances;
  want->held = action.held;
  want->fresh = action.fresh;
  if (action.version.empty()) want->image.clear();
  return Lowered{await_all(engine_, *want, action.within), ""};
}

/// The number that the container of an instance has once it was replaced: each new one is numbered one above
/// the highest that is there, and instances are replaced in their order.
int moved_number(const planner::ServiceState& state, int instance) {
  std::vector<int> numbers;
  const auto fact = state.facts.find(std::string(kContainerNumbers));
  std::stringstream all(fact == state.facts.end() ? "" : fact->second);
  for (std::string one; std::getline(all, one, ',');) numbers.push_back(std::atoi(one.c_str()));
  if (static_cast<std::size_t>(instance) > numbers.size()) return instance;
  int last = 0;
  for (int moved = 0; moved < instance; ++moved) {
    numbers.erase(numbers.begin());
    last = numbers.empty() ? 1 : *std::max_element(numbers.begin(), numbers.end()) + 1;
    numbers.push_back(last);
  }
  return last;
}

}  // namespace

Process exec_process(const Engine& engine, const Service& service, const Snapshot& snapshot,
                     planner::Replica instance) {
  const std::string& name = service.engine_name;
  // podman-compose would put the service's environment, secrets too, on the command line of `podman exec`.
  if (engine.podman())
    return engine.ask({"exec", "-i", engine.container_name(name, std::max(1, instance.number))});
  const planner::ServiceState* state = snapshot.service(service.name);
  const std::size_t there = state ? state->instances.size() : 0;
  // A question to the engine costs a few milliseconds, one to compose 0.4 s. The name of a single container
  // stays when the same program recreates it.
  if (there == 1 && instance.number == 0 && state->instances[0].label == engine.container_name(name, 1))
    return engine.ask({"exec", "-i", state->instances[0].label});
  if (instance.number > 0 && !instance.moved && static_cast<std::size_t>(instance.number) <= there)
    return engine.ask({"exec", "-i", state->instances[static_cast<std::size_t>(instance.number) - 1].id});
  if (there < 2 || instance.number == 0) return engine.compose({"exec", "-T", name});
  return engine.compose(
      {"exec", "-T", "--index=" + std::to_string(moved_number(*state, instance.number)), name});
}

Process run_process(const Engine& engine, const Deployment& deployment, ServiceId service,
                    const std::string& version) {
  Process process = engine.compose({"run", "--rm", "--no-deps", "-T", deployment[service].engine_name});
  // The pin may not have moved yet.
  if (deployment.pin_variable() && !version.empty())
    process.env.emplace_back(*deployment.pin_variable(), Text(version));
  return process;
}

Result<Lowered> lower(const planner::EngineAction& action, const Deployment& deployment,
                      const Snapshot& snapshot) {
  auto engine = deployment.engine_from_snapshot(snapshot);
  if (!engine) return tl::unexpected(engine.error());
  return std::visit(Lowering(deployment, snapshot, std::move(*engine)), action);
}

}  // namespace pawl::providers::compose
