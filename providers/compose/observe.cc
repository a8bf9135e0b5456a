#include "providers/compose/observe.h"

#include <algorithm>
#include <set>

#include "lang/version.h"
#include "planner/engine/pins.h"
#include "planner/engine/shared.h"
#include "providers/compose/pin.h"
#include "providers/compose/properties.h"
#include "providers/compose/started.h"
#include "providers/compose/surroundings.h"

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

/// A database whose server it is may move to a new server, with new files.
bool moves_its_files(const lang::Stack& stack, ServiceId service) {
  return std::any_of(stack.databases.begin(), stack.databases.end(), [&](const lang::Database& each) {
    return each.service == service && each.upgrade == lang::Database::Upgrade::DumpRestore;
  });
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

/// Versions of which every image that the pin moves is here, oldest first.
std::vector<std::string> available(const Images& images,
                                   const std::map<std::string, ImagePattern>& patterns) {
  std::optional<std::set<std::string>> common;
  for (const auto& [service, pattern] : patterns) {
    std::set<std::string> here;
    for (const std::string& tag : images.tags(pattern.repository())) {
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

}  // namespace

std::vector<Query> world_queries(const Deployment& deployment, const HostAnswers& answers) {
  std::vector<Query> queries = deployment.engine_queries();
  if (!answers.find(shell_query())) queries.push_back(shell_query());
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
  const auto project = deployment.project("");
  for (const std::string& name : project ? volumes_of(deployment.stack()) : std::vector<std::string>())
    ask(volume_query(*engine, *project, name));
  const Answer* list = answers.find(list_query(*engine));
  const std::vector<std::string> ids = lines_of(list ? list->output : "");
  std::vector<Container> found;
  if (!ids.empty()) {
    ask(inspect_query(*engine, ids));
    if (const Answer* inspected = answers.find(inspect_query(*engine, ids)))
      found = containers(*engine, *inspected);
  }
  for (const Query& query : start_queries(*engine, found)) ask(query);
  for (const Query& query : project ? file_queries(deployment, *project, found) : std::vector<Query>())
    ask(query);
  for (const Container& container : found) {
    if (asks_health(*engine, container)) ask(health_query(*engine, container));
  }
  return queries;
}

Result<void> read_world(const Deployment& deployment, const HostAnswers& answers, Snapshot& snapshot) {
  const auto project = deployment.project("");
  if (!project) return tl::unexpected(project.error());
  if (auto clear = check_shell(deployment, *project, answers); !clear) return clear;
  const auto engine = deployment.engine_from_answers();
  if (!engine) return tl::unexpected(engine.error());
  const auto found = look(*engine, answers);
  if (!found) return tl::unexpected(found.error());
  if (auto accepted = check_accepted(*engine, answers); !accepted) return accepted;
  if (auto named = check_files(deployment, *project, *found, answers); !named) return named;
  const auto patterns = deployment.patterns();
  if (!patterns) return tl::unexpected(patterns.error());
  if (auto fits = check_pin(deployment, *patterns); !fits) return fits;

  EngineState& state = planner::engine_of(snapshot, deployment.block().label);
  state.kind = "compose";
  state.tool = std::string(engine->command()) + " " + engine->version;
  state.facts = to_facts(*engine);
  note_pin(deployment, state);
  const Images images(*engine, answers);
  state.available = available(images, *patterns);
  for (const std::string& name : volumes_of(deployment.stack())) {
    const Answer* answer = answers.find(volume_query(*engine, *project, name));
    const auto lines = lines_of(answer && answer->ok && answer->exit_code == 0 ? answer->output : "");
    if (!lines.empty()) state.volumes[name] = lines.front();
  }
  if (!found->empty()) state.facts["folder"] = found->front().working_dir;
  for (const ComposeService& service : project->services) {
    if (std::string id = images.id(service.image); !id.empty())
      state.image_ids[service.image] = std::move(id);
  }
  // The names of other versions too: a way back wants to know what they mean now.
  for (const auto& [name, pattern] : *patterns) {
    for (const std::string& tag : images.tags(pattern.repository())) {
      const std::string image = pattern.repository() + ":" + tag;
      state.image_ids[image] = images.id(image);
    }
  }
  const Beginnings beginnings(*engine, *project, images, *found, answers);
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
      beginnings.note(container, seen.instances.back());
      std::string& numbers = seen.facts[std::string(kContainerNumbers)];
      numbers += (numbers.empty() ? "" : ",") + std::to_string(container.number);
      if (!moves_its_files(deployment.stack(), id)) continue;
      for (const auto& [seen_as, folder] : folders_behind(container.given))
        seen.facts[std::string(kFolder) + seen_as] = folder;
    }
    judge_service(seen);
  }
  return {};
}

}  // namespace pawl::providers::compose
