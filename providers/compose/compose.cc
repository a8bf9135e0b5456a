#include "providers/compose/compose.h"

#include <set>

#include "providers/compose/deployment.h"
#include "providers/compose/left_running.h"
#include "providers/compose/lower.h"
#include "providers/compose/observe.h"
#include "providers/compose/pin.h"
#include "providers/compose/properties.h"

namespace pawl::providers {

using compose::ComposeService;
using compose::Deployment;
using planner::DeploymentView;
using planner::Query;
using planner::QueryCommand;
using planner::Rendering;
using planner::Result;
using planner::Snapshot;

namespace {

/// What the image's name meant on the engine when the snapshot was taken; empty: it is not known.
std::string image_id(const Deployment& deployment, const Snapshot& snapshot, const std::string& image) {
  for (const planner::EngineState& state : snapshot.engines) {
    if (state.deployment != deployment.block().label) continue;
    const auto found = state.image_ids.find(image);
    if (found != state.image_ids.end()) return found->second;
  }
  return "";
}

/// The project's folder on its machine, as its containers say; empty: it is not known.
std::string folder_of(const Deployment& deployment, const Snapshot& snapshot) {
  for (const planner::EngineState& state : snapshot.engines) {
    const auto folder = state.facts.find("folder");
    if (state.deployment == deployment.block().label && folder != state.facts.end()) return folder->second;
  }
  return "";
}

planner::RenderedService rendered(const Deployment& deployment, lang::ServiceId id,
                                  const ComposeService& configured, const compose::Project& project,
                                  const Snapshot& snapshot) {
  const lang::Service& service = deployment[id];
  planner::RenderedService out;
  out.service = service.name;
  out.image = configured.image;
  out.fingerprint = configured.fingerprint;
  if (const auto engine = deployment.engine_from_snapshot(snapshot)) {
    out.properties =
        compose::wanted_properties(configured, project, *engine, folder_of(deployment, snapshot));
    if (out.image.empty()) out.image = engine->built_image(configured.name);
  }
  out.image_id = image_id(deployment, snapshot, out.image);
  out.replicas = service.instances.value_or(configured.replicas);
  for (const lang::ServiceId other : deployment.services()) {
    for (const std::string& needed : configured.depends_on) {
      if (deployment[other].engine_name == needed) out.depends_on.push_back(deployment[other].name);
    }
  }
  return out;
}

/// What is kept in a volume without a name is lost with the container. Compose takes such volumes over when
/// it replaces a container itself; one of several is taken away by pawl, and podman-compose takes over none.
void note_nameless_volumes(const compose::Deployment& deployment, const ComposeService& service,
                           const planner::ServiceState& state, const Snapshot& snapshot,
                           std::vector<std::string>& warnings) {
  constexpr std::string_view kMount = "mount ";
  const auto engine = deployment.engine_from_snapshot(snapshot);
  if (!engine || (!engine->podman() && state.instances.size() < 2 && service.replicas < 2)) return;
  std::set<std::string> places;
  for (const planner::Instance& each : state.instances) {
    for (const auto& [name, value] : each.image_properties) {
      if (name.starts_with(kMount) && compose::is_anonymous(value)) places.insert(name.substr(kMount.size()));
    }
  }
  for (const std::string& place : places)
    warnings.push_back("what " + state.service + " keeps in " + place +
                       " is in a volume without a name, and is lost when its containers are replaced; give "
                       "the volume a name in "
                       "the Compose files if it matters");
}

}  // namespace

planner::Traits ComposeProvider::traits(const DeploymentView& view) const {
  using Settings = lang::ComposeSettings;
  const auto& settings = std::get<Settings>(view.block().engine);
  planner::Traits traits;
  if (settings.strategy == Settings::Strategy::StopAll) traits.moves = planner::Traits::Moves::StopsFirst;
  traits.stops_first_when = "strategy = stop_all";
  traits.fetches = true;  // pulled or built
  traits.mounts_at_start = true;
  traits.env_file = compose::join(view.block().dir, settings.env_file.empty() ? ".env" : settings.env_file);
  // Warnings about the files: Compose v2 logs in logfmt, docker-compose 1.29 in words.
  traits.noise = R"(^(time="[^"]*" level=(warning|info) |WARNING: (The|Some) ))";
  return traits;
}

std::vector<Query> ComposeProvider::configuration(const DeploymentView& view) const {
  const Deployment deployment(view);
  std::vector<Query> wanted;
  (void)deployment.project("", &wanted);
  if (!wanted.empty()) return wanted;
  // An env_file may be named after the version, so the wanted one is rendered too.
  if (view.stack.version) (void)deployment.project(view.stack.version->value.text, &wanted);
  return wanted;
}

std::vector<Query> ComposeProvider::queries(const DeploymentView& view) const {
  const Deployment deployment(view);
  std::vector<Query> wanted;
  (void)deployment.project("", &wanted);
  if (!wanted.empty()) return {};
  return compose::world_queries(deployment, view.answers);
}

Result<void> ComposeProvider::read(const DeploymentView& view, Snapshot& snapshot) const {
  return compose::read_world(Deployment(view), view.answers, snapshot);
}

Result<Rendering> ComposeProvider::render(const DeploymentView& view, const Snapshot& snapshot,
                                          std::string_view version) const {
  const Deployment deployment(view, &snapshot);
  auto project = deployment.project(version);
  if (!project) return tl::unexpected(project.error());
  Rendering rendering;
  for (const lang::ServiceId id : deployment.services()) {
    const auto configured = Deployment::find(*project, deployment[id]);
    if (!configured) return tl::unexpected(configured.error());
    rendering.services.push_back(rendered(deployment, id, **configured, *project, snapshot));
    if (const auto* state = snapshot.service(deployment[id].name))
      note_nameless_volumes(deployment, **configured, *state, snapshot, project->warnings);
  }
  const auto followers = deployment.patterns();
  if (!followers) return tl::unexpected(followers.error());
  for (const ComposeService& service : project->services) {
    if (!service.enabled || deployment.manages(service.name)) continue;
    rendering.unmanaged.push_back(service.name);
    if (followers->contains(service.name))
      project->warnings.push_back(
          "service " + service.name +
          " follows the version and is not in the manifest: it stays in the old one, and "
          "the next `up` of all services moves it; add it to the manifest");
  }
  rendering.variables_missing.assign(project->variables_missing.begin(), project->variables_missing.end());
  rendering.variables_set.assign(project->variables_set.begin(), project->variables_set.end());
  rendering.warnings = std::move(project->warnings);
  return rendering;
}

Result<planner::Lowered> ComposeProvider::lower(const planner::EngineAction& action,
                                                const DeploymentView& view, const Snapshot& snapshot) const {
  if (const auto* pin = std::get_if<planner::WritePin>(&action))
    return compose::write_pin(Deployment(view, &snapshot), *pin, snapshot);
  return compose::lower(action, Deployment(view, &snapshot), snapshot);
}

Result<planner::Process> ComposeProvider::program(lang::ServiceId service, std::vector<lang::Text> argv,
                                                  planner::ProgramPlace place, const std::string& version,
                                                  planner::Replica instance, const DeploymentView& view,
                                                  const Snapshot& snapshot) const {
  const Deployment deployment(view, &snapshot);
  const auto engine = deployment.engine_from_snapshot(snapshot);
  if (!engine) return tl::unexpected(engine.error());
  if (place == planner::ProgramPlace::Fresh && engine->podman() && engine->version.starts_with("1.0."))
    return lang::failure(
        "podman-compose " + engine->version + " does not tell whether a program that runs once, in " +
            deployment[service].name + ", has failed: an upgrade would go on over a failed migration.",
        "Use a newer podman-compose, or let the service do it when it starts.");
  planner::Process process = place == planner::ProgramPlace::Fresh
                                 ? compose::run_process(*engine, deployment, service, version)
                                 : compose::exec_process(*engine, deployment[service], snapshot, instance);
  process.argv.insert(process.argv.end(), argv.begin(), argv.end());
  return process;
}

std::vector<Query> ComposeProvider::diagnose(lang::ServiceId service, int lines, const DeploymentView& view,
                                             const Snapshot& snapshot) const {
  const Deployment deployment(view, &snapshot);
  const auto engine = deployment.engine_from_snapshot(snapshot);
  if (!engine) return {};
  const std::string& name = deployment[service].engine_name;
  std::vector<std::string> list = engine->list(true, name);
  list.insert(list.end(), {"--format", "{{.Names}}: {{.Status}}"});
  std::vector<Query> queries{QueryCommand{engine->ask(list)}};
  if (!engine->podman()) {
    queries.push_back(
        QueryCommand{engine->compose({"logs", "--no-color", "--tail=" + std::to_string(lines), name})});
    return queries;
  }
  const planner::ServiceState* state = snapshot.service(deployment[service].name);
  const int count = state ? std::max(state->expected, 1) : 1;
  for (int number = 1; number <= count; ++number) {
    queries.push_back(QueryCommand{
        engine->ask({"logs", "--tail", std::to_string(lines), engine->container_name(name, number)})});
  }
  return queries;
}

Result<std::string> ComposeProvider::machine_path(lang::ServiceId service, std::string_view path,
                                                  const DeploymentView& view,
                                                  const Snapshot& snapshot) const {
  const planner::ServiceState* state = snapshot.service(view.stack[service].name);
  std::string best, out;
  for (const auto& [fact, folder] : state ? state->facts : std::map<std::string, std::string>()) {
    if (!fact.starts_with(compose::kFolder)) continue;
    const std::string seen_as = fact.substr(compose::kFolder.size());
    const bool holds = path == seen_as || path.starts_with(seen_as == "/" ? "/" : seen_as + "/");
    if (!holds || seen_as.size() < best.size()) continue;
    best = seen_as;
    out = folder + std::string(path.substr(seen_as.size()));
  }
  if (!out.empty()) return out;
  return lang::failure(std::string(path) + " of " + view.stack[service].name +
                       " is in no volume with a name and no folder of this machine");
}

std::optional<planner::LeftRunning> ComposeProvider::left_running(const planner::Process& stopped) const {
  return compose::left_running(stopped);
}

std::string ComposeProvider::title(const Snapshot& snapshot) const {
  for (const planner::EngineState& state : snapshot.engines) {
    const auto command = state.facts.find("command");
    if (state.kind == "compose" && command != state.facts.end()) return command->second;
  }
  return "compose";
}

}  // namespace pawl::providers
