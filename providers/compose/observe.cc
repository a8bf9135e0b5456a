#include "providers/compose/observe.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "lang/version.h"
#include "planner/engine/pins.h"
#include "planner/engine/shared.h"

namespace pawl::providers::compose {
namespace {

using planner::Answer;
using planner::EngineState;
using planner::Health;
using planner::HostAnswers;
using planner::Instance;
using planner::Query;
using planner::QueryCommand;
using planner::ServiceState;
using planner::Snapshot;

/// The fields of a container that are needed, tab-separated. Never its environment: that holds secrets.
/// Docker leaves the member Health out where there is no health check, podman leaves it empty.
std::string inspect_format(const Engine& engine) {
  const std::string health =
      engine.podman() ? "{{.State.Health.Status}}" : "{{with index .State \"Health\"}}{{.Status}}{{end}}";
  const auto label = [](const std::string& name) {
    return "\t{{index .Config.Labels \"com.docker.compose." + name + "\"}}";
  };
  return "{{.Id}}\t{{.Name}}\t{{.Config.Image}}\t{{.State.Status}}\t{{.State.ExitCode}}\t" + health +
         label("service") + label("container-number") + label("config-hash");
}

struct Container {
  std::string id, name, image, status, exit_code, health, service, hash;
  int number = 0;
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  std::erase_if(lines, [](const std::string& line) { return line.empty(); });
  return lines;
}

Query list_query(const Engine& engine) {
  std::vector<std::string> arguments = engine.list(true, "");
  arguments.emplace_back("-q");
  return QueryCommand{engine.ask(arguments)};
}

Query inspect_query(const Engine& engine, std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  std::vector<std::string> arguments{"inspect", "--type", "container", "--format", inspect_format(engine)};
  arguments.insert(arguments.end(), ids.begin(), ids.end());
  return QueryCommand{engine.ask(arguments)};
}

Query tags_query(const Engine& engine, const std::string& repository) {
  return QueryCommand{engine.ask({"image", "ls", "--format", "{{.Tag}}", repository})};
}

Query health_query(const Engine& engine, const Container& container) {
  return QueryCommand{engine.ask({"healthcheck", "run", container.id})};
}

/// Whether the variable of the pin is set in pawl's own environment, where it would hide the file's.
Query hidden_query(const Deployment& deployment) {
  planner::Process process;
  process.argv = {lang::Text("printenv"), lang::Text(*deployment.pin_variable())};
  return QueryCommand{process};
}

/// The folder of a volume that a file set names by its key in the files, or by its own name.
Query volume_query(const Engine& engine, const Project& project, const std::string& name) {
  const auto key = project.volumes.find(name);
  const std::string own = key == project.volumes.end() ? name
                          : key->second.empty()        ? engine.volume_name(name)
                                                       : key->second;
  return QueryCommand{engine.ask({"volume", "inspect", "--format", "{{.Mountpoint}}", own})};
}

std::vector<std::string> volumes_of(const lang::Stack& stack) {
  std::vector<std::string> names;
  for (const lang::FileSet& files : stack.files) {
    for (const lang::Text& volume : files.volumes) names.push_back(volume.shown());
  }
  return names;
}

int number_of(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Empty label values print as "<no value>".
std::string value(const std::string& text) {
  return text == "<no value>" ? "" : text;
}

std::vector<Container> containers(const Engine& engine, const Answer& answer) {
  std::vector<Container> found;
  for (const std::string& line : lines_of(answer.output)) {
    const std::vector<std::string> field = split(line, '\t');
    if (field.size() != 9) continue;
    Container container{field[0],        field[1],        field[2],        field[3],           field[4],
                        value(field[5]), value(field[6]), value(field[8]), number_of(field[7])};
    if (container.name.starts_with('/')) container.name.erase(0, 1);
    // podman-compose does not label its one-off containers; they are told by their name.
    if (engine.podman() && container.name.find("_tmp") != std::string::npos) continue;
    found.push_back(std::move(container));
  }
  std::sort(found.begin(), found.end(), [](const Container& a, const Container& b) {
    return std::tie(a.service, a.number, a.name) < std::tie(b.service, b.number, b.name);
  });
  return found;
}

/// podman without systemd never runs a health check by itself, so it is asked to.
bool asks_health(const Engine& engine, const Container& container) {
  return engine.podman() && container.status == "running" && container.health == "starting";
}

void judge_running(const Container& container, Instance& instance) {
  instance.health = Health::Healthy;
  if (container.health == "starting") {
    instance.health = Health::Starting;
    instance.detail = "its health check has not passed yet";
  } else if (container.health == "unhealthy") {
    instance.health = Health::Unhealthy;
    instance.detail = "its health check fails";
  }
}

void judge(const Container& container, const Service& service, Instance& instance) {
  const bool ended = container.status == "exited" || container.status == "stopped";
  if (container.status == "running") {
    judge_running(container, instance);
  } else if (ended && runs_once(service) && container.exit_code == "0") {
    instance.health = Health::Healthy;
  } else if (container.status == "created" || container.status == "configured") {
    instance.health = Health::Stopped;
    instance.detail = "created, never started";
  } else {
    instance.health = ended ? Health::Stopped : Health::Unhealthy;
    instance.detail = (ended ? "exited" : container.status) +
                      (ended || container.status == "restarting" ? " (" + container.exit_code + ")" : "");
  }
}

Health worst(const std::vector<Instance>& instances) {
  Health health = Health::Healthy;
  const auto rank = [](Health h) {
    return h == Health::Healthy ? 0 : h == Health::Starting ? 1 : h == Health::Unknown ? 2 : 3;
  };
  for (const Instance& instance : instances) {
    if (rank(instance.health) > rank(health)) health = instance.health;
  }
  return health;
}

void judge_service(ServiceState& state) {
  state.health = worst(state.instances);
  const auto count = static_cast<int>(state.instances.size());
  if (count == 0 && state.expected > 0) {
    state.health = Health::Stopped;
    state.detail = "it has no container";
  } else if (count < state.expected) {
    state.health = Health::Unhealthy;
    state.detail = std::to_string(count) + " of " + std::to_string(state.expected) + " are there";
  } else {
    const auto ill = std::find_if(state.instances.begin(), state.instances.end(), [&](const Instance& one) {
      return one.health == state.health && !one.detail.empty();
    });
    if (ill != state.instances.end()) state.detail = ill->label + ": " + ill->detail;
    const bool runs = std::any_of(state.instances.begin(), state.instances.end(),
                                  [](const Instance& one) { return one.health != Health::Stopped; });
    if (state.health == Health::Stopped && runs) state.health = Health::Unhealthy;  // a part of it
  }
}

Instance to_instance(const Container& container, const Service& service,
                     const std::map<std::string, ImagePattern>& patterns, int number) {
  Instance instance;
  instance.id = container.id;
  instance.label = container.name;
  instance.number = number;
  instance.image = container.image;
  instance.fingerprint = container.hash;
  if (const auto pattern = patterns.find(service.engine_name); pattern != patterns.end()) {
    instance.version = pattern->second.version_of(container.image);
  }
  judge(container, service, instance);
  return instance;
}

/// Versions of which every image that the pin moves is here, oldest first.
std::vector<std::string> available(const Engine& engine, const std::map<std::string, ImagePattern>& patterns,
                                   const HostAnswers& answers) {
  std::optional<std::set<std::string>> common;
  for (const auto& [service, pattern] : patterns) {
    std::set<std::string> here;
    const Answer* answer = answers.find(tags_query(engine, pattern.repository()));
    for (const std::string& tag : lines_of(answer ? answer->output : "")) {
      const std::string version = pattern.version_of(pattern.repository() + ":" + tag);
      if (lang::Version::parse(version) && (!common || common->contains(version))) here.insert(version);
    }
    common = std::move(here);
  }
  std::vector<std::string> sorted(common ? common->begin() : std::set<std::string>::iterator{},
                                  common ? common->end() : std::set<std::string>::iterator{});
  std::stable_sort(sorted.begin(), sorted.end(), [](const std::string& a, const std::string& b) {
    return *lang::Version::parse(a) < *lang::Version::parse(b);
  });
  return sorted;
}

Result<void> check_not_hidden(const Deployment& deployment, const HostAnswers& answers) {
  if (!deployment.pin_variable()) return {};
  const Answer* answer = answers.find(hidden_query(deployment));
  if (!answer || !answer->ok || answer->exit_code != 0) return {};
  const std::string& name = *deployment.pin_variable();
  return failure(
      name + " is set in the environment pawl was started from, where Compose prefers it to the env file.",
      "Type: unset " + name);
}

/// The containers of the project; an Error says why the engine did not answer.
Result<std::vector<Container>> look(const Engine& engine, const HostAnswers& answers) {
  const Answer* list = answers.find(list_query(engine));
  if (!list || !list->ok || list->exit_code != 0) {
    const std::string why =
        list ? lines_of(list->error).empty() ? std::string() : ": " + lines_of(list->error).front()
             : ": it was not asked";
    return failure(std::string(engine.engine()) + " does not list containers" + why,
                   "Check that you may use it: " + std::string(engine.engine()) + " ps");
  }
  const std::vector<std::string> ids = lines_of(list->output);
  if (ids.empty()) return std::vector<Container>{};
  const Answer* inspected = answers.find(inspect_query(engine, ids));
  if (!inspected || !inspected->ok)
    return failure(std::string(engine.engine()) + " does not describe its containers.", "Try again.");
  std::vector<Container> found = containers(engine, *inspected);
  for (Container& container : found) {
    if (!asks_health(engine, container)) continue;
    const Answer* health = answers.find(health_query(engine, container));
    if (health && health->ok && health->exit_code == 0) container.health = "healthy";
  }
  return found;
}

}  // namespace

std::vector<Query> world_queries(const Deployment& deployment, const HostAnswers& answers) {
  std::vector<Query> queries = deployment.engine_queries();
  if (deployment.pin_variable() && !answers.find(hidden_query(deployment)))
    queries.push_back(hidden_query(deployment));
  if (auto pin = planner::pins::question(deployment.block()); pin && !answers.find(*pin))
    queries.push_back(std::move(*pin));
  if (!queries.empty()) return queries;
  const auto engine = deployment.engine_from_answers();
  if (!engine) return {};
  const auto ask = [&](const Query& query) {
    if (!answers.find(query) && std::find(queries.begin(), queries.end(), query) == queries.end())
      queries.push_back(query);
  };
  ask(list_query(*engine));
  if (const auto patterns = deployment.patterns()) {
    for (const auto& [service, pattern] : *patterns) ask(tags_query(*engine, pattern.repository()));
  }
  const std::vector<std::string> volumes = volumes_of(deployment.stack());
  if (const auto project = deployment.project(""); project && !volumes.empty()) {
    for (const std::string& name : volumes) ask(volume_query(*engine, *project, name));
  }
  const Answer* list = answers.find(list_query(*engine));
  if (!list || lines_of(list->output).empty()) return queries;
  const Query inspect = inspect_query(*engine, lines_of(list->output));
  ask(inspect);
  if (const Answer* inspected = answers.find(inspect)) {
    for (const Container& container : containers(*engine, *inspected)) {
      if (asks_health(*engine, container)) ask(health_query(*engine, container));
    }
  }
  return queries;
}

Result<void> read_world(const Deployment& deployment, const HostAnswers& answers, Snapshot& snapshot) {
  if (auto clear = check_not_hidden(deployment, answers); !clear) return clear;
  const auto project = deployment.project("");
  if (!project) return tl::unexpected(project.error());
  const auto engine = deployment.engine_from_answers();
  if (!engine) return tl::unexpected(engine.error());
  const auto found = look(*engine, answers);
  if (!found) return tl::unexpected(found.error());
  const auto patterns = deployment.patterns();
  if (!patterns) return tl::unexpected(patterns.error());

  EngineState& state = planner::engine_of(snapshot, deployment.block().label);
  state.kind = "compose";
  state.tool = std::string(engine->command()) + " " + engine->version;
  state.facts = to_facts(*engine);
  state.pin = deployment.pin_state();
  state.available = available(*engine, *patterns, answers);
  for (const std::string& name : volumes_of(deployment.stack())) {
    const Answer* answer = answers.find(volume_query(*engine, *project, name));
    const auto lines = lines_of(answer && answer->ok && answer->exit_code == 0 ? answer->output : "");
    if (!lines.empty()) state.volumes[name] = lines.front();
  }
  for (const ServiceId id : deployment.services()) {
    const Service& service = deployment[id];
    const auto configured = Deployment::find(*project, service);
    if (!configured) return tl::unexpected(configured.error());
    ServiceState& seen = planner::state_of(snapshot, service.name);
    seen.expected = service.instances.value_or((*configured)->replicas);
    seen.instances.clear();
    seen.facts.clear();
    for (const Container& container : *found) {
      if (container.service != service.engine_name) continue;
      seen.instances.push_back(
          to_instance(container, service, *patterns, static_cast<int>(seen.instances.size()) + 1));
      std::string& numbers = seen.facts[std::string(kContainerNumbers)];
      numbers += (numbers.empty() ? "" : ",") + std::to_string(container.number);
    }
    judge_service(seen);
  }
  return {};
}

}  // namespace pawl::providers::compose
