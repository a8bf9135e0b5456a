#include "providers/compose/observe.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "lang/version.h"
#include "planner/engine/pins.h"
#include "planner/engine/shared.h"
#include "providers/compose/properties.h"

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

/// The fields of a container that are needed, tab-separated. Its environment holds secrets: of that, only
/// digests leave this file (properties.h). Docker leaves the member Health out where there is no health
/// check, podman leaves it empty.
std::string inspect_format(const Engine& engine) {
  const std::string health =
      engine.podman() ? "{{.State.Health.Status}}" : "{{with index .State \"Health\"}}{{.Status}}{{end}}";
  const auto label = [](const std::string& name) {
    return "\t{{index .Config.Labels \"com.docker.compose." + name + "\"}}";
  };
  return "{{.Id}}\t{{.Name}}\t{{.Config.Image}}\t{{.State.Status}}\t{{.State.ExitCode}}\t" + health +
         label("service") + label("container-number") + label("config-hash") + label("version") +
         label("project.working_dir") + label("project.config_files") + "\t{{.Image}}\t" +
         std::string(kPropertiesFormat);
}

/// Columns of it.
enum Column {
  Id,
  Name,
  Image,
  Status,
  ExitCode,
  HealthWord,
  ServiceLabel,
  Number,
  Hash,
  Program,
  WorkingDir,
  ConfigFiles,
  ImageId,
  Given,
  Columns
};

struct Container {
  std::string id, name, image, status, exit_code, health, service, hash;
  int number = 0;
  std::string program;      // version of the Compose program that made it
  std::string working_dir;  // of the project
  std::string files;        // that it was started with, with commas
  std::string image_id;
  std::string given;  // kPropertiesFormat
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

/// What the names of all images mean: "repository:tag<TAB>id", a line each.
Query names_query(const Engine& engine) {
  return QueryCommand{
      engine.ask({"image", "ls", "--no-trunc", "--format",
                  "{{.Repository}}:{{.Tag}}\t" + std::string(engine.podman() ? "{{.Id}}" : "{{.ID}}")})};
}

/// What the images say that containers were made of, a line each.
Query images_query(const Engine& engine, const std::vector<Container>& containers) {
  std::set<std::string> ids;
  for (const Container& each : containers) ids.insert(each.image_id);
  std::vector<std::string> arguments{"image", "inspect", "--format", "{{.Id}}\t" + std::string(kImageFormat)};
  arguments.insert(arguments.end(), ids.begin(), ids.end());
  return QueryCommand{engine.ask(arguments)};
}

/// The hash that Compose has for each service of the files as they stand: "service hash", a line each.
/// podman-compose has none.
Query hashes_query(const Engine& engine) {
  return QueryCommand{engine.compose({"config", "--hash", "*"})};
}

Query health_query(const Engine& engine, const Container& container) {
  return QueryCommand{engine.ask({"healthcheck", "run", container.id})};
}

/// The environment that pawl was started from, which Compose prefers to the env file; `NAME=value`, each
/// ended by a NUL. Nothing of it is kept.
Query shell_query() {
  planner::Process process;
  process.argv = {lang::Text("env"), lang::Text("-0")};
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

bool in_manifest(const Deployment& deployment, const std::string& engine_name) {
  const std::vector<ServiceId> all = deployment.services();
  return std::any_of(all.begin(), all.end(),
                     [&](ServiceId id) { return deployment[id].engine_name == engine_name; });
}

/// Empty label values print as "<no value>".
std::string value(const std::string& text) {
  return text == "<no value>" ? "" : text;
}

std::vector<Container> containers(const Engine& engine, const Answer& answer) {
  std::vector<Container> found;
  for (const std::string& line : lines_of(answer.output)) {
    const std::vector<std::string> field = split(line, '\t');
    if (field.size() != Columns) continue;
    Container container{.id = field[Id],
                        .name = field[Name],
                        .image = field[Image],
                        .status = field[Status],
                        .exit_code = field[ExitCode],
                        .health = value(field[HealthWord]),
                        .service = value(field[ServiceLabel]),
                        .hash = value(field[Hash]),
                        .number = number_of(field[Number]),
                        .program = value(field[Program]),
                        .working_dir = value(field[WorkingDir]),
                        .files = value(field[ConfigFiles]),
                        .image_id = field[ImageId],
                        .given = field[Given]};
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

/// "a<separator>b" lines as a map.
std::map<std::string, std::string> pairs_of(const Answer* answer, char separator) {
  std::map<std::string, std::string> out;
  for (const std::string& line : lines_of(answer ? answer->output : "")) {
    const std::size_t at = line.find(separator);
    if (at != std::string::npos) out[line.substr(0, at)] = line.substr(at + 1);
  }
  return out;
}

/// Podman leaves the kind of hash out where Docker has it.
std::string full_id(const std::string& id) {
  return id.empty() || id.starts_with("sha256:") ? id : "sha256:" + id;
}

/// "piprio" is "piprio:latest" to the engine.
std::string with_tag(const std::string& image) {
  const ImageName name = split_image(image);
  return name.tag.empty() && name.digest.empty() ? image + ":latest" : image;
}

/// Podman writes the registry before every name, "localhost/" where there is none.
std::string familiar(std::string name) {
  for (const std::string_view prefix : {"localhost/", "docker.io/library/", "docker.io/"}) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return name;
}

/// The image of a container, its repository as the files write it.
std::string as_written(const std::string& runs, const std::string& in_files) {
  const std::string repository = split_image(runs).repository, written = split_image(in_files).repository;
  if (written.empty() || repository == written || familiar(repository) != familiar(written)) return runs;
  return written + runs.substr(repository.size());
}

/// What the engine tells of how containers were started.
class Beginnings {
 public:
  Beginnings(const Engine& engine, const Project& project, const std::vector<Container>& containers,
             const HostAnswers& answers)
      : engine_(engine), project_(project) {
    for (const auto& [name, id] : pairs_of(answers.find(names_query(engine)), '\t'))
      names_.insert(familiar(name));
    for (const auto& [id, said] : pairs_of(answers.find(images_query(engine, containers)), '\t'))
      images_[full_id(id)] = said;
    if (!engine.podman()) hashes_ = pairs_of(answers.find(hashes_query(engine)), ' ');
  }

  void note(const Container& container, Instance& instance) const {
    instance.image_id = full_id(container.image_id);
    const auto image = images_.find(instance.image_id);
    Inspected seen =
        read_properties(container.given, image == images_.end() ? "" : image->second, container.working_dir);
    instance.properties = std::move(seen.own);
    instance.image_properties = std::move(seen.from_image);
    const ComposeService* service = project_.service(container.service);
    if (service) instance.image = as_written(instance.image, service->image);
    const auto hash = hashes_.find(container.service);
    if (!service || hash == hashes_.end() || container.hash.empty()) return;
    if (hash->second == container.hash) {
      instance.started_as = service->fingerprint;
    } else if (container.program == engine_.version && names_.contains(familiar(with_tag(service->image)))) {
      // Another program has other hashes for the same, and so has 1.29 for an image that is gone.
      instance.not_started_as = service->fingerprint;
    }
  }

 private:
  const Engine& engine_;
  const Project& project_;
  std::map<std::string, std::string> images_, hashes_;
  std::set<std::string> names_;  // of images
};

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

std::map<std::string, std::string> shell_of(const HostAnswers& answers) {
  std::map<std::string, std::string> out;
  const Answer* answer = answers.find(shell_query());
  for (const std::string& each : split(answer && answer->ok ? answer->output : "", '\0')) {
    const std::size_t equals = each.find('=');
    if (equals != std::string::npos) out[each.substr(0, equals)] = each.substr(equals + 1);
  }
  return out;
}

/// What the shell says otherwise than the manifest and the files, by which Compose would see another
/// deployment than was looked at.
Result<void> check_shell(const Deployment& deployment, const Project& project, const HostAnswers& answers) {
  const auto shell = shell_of(answers);
  const auto refused = [](const std::string& name, const std::string& why) {
    return failure(name + " is set in the environment pawl was started from, " + why, "Type: unset " + name);
  };
  if (const auto& pin = deployment.pin_variable(); pin && shell.contains(*pin))
    return refused(*pin, "where Compose prefers it to the env file.");
  for (const char* name : {"COMPOSE_PROJECT_NAME", "COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES",
                           "COMPOSE_PATH_SEPARATOR", "COMPOSE_DISABLE_ENV_FILE"}) {
    const auto found = shell.find(name);
    if (found == shell.end() || found->second.empty()) continue;
    return refused(name,
                   "by which Compose would work on other files, or another project, than the manifest says.");
  }
  for (const auto& [name, value] : project.variables) {
    const auto found = shell.find(name);
    if (found == shell.end() || found->second == value) continue;
    return refused(name,
                   "to another value than in " + project.env_file + ", and Compose prefers the former.");
  }
  return {};
}

/// Files that a container of the deployment was started with and that the manifest does not name, seen from
/// the machine's root; the container with them.
std::map<std::string, std::string> forgotten_files(const Deployment& deployment, const Project& project,
                                                   const std::vector<Container>& containers) {
  std::map<std::string, std::string> out;
  for (const Container& each : containers) {
    if (each.working_dir.empty() || !in_manifest(deployment, each.service)) continue;
    std::set<std::string> named;
    for (const std::string& file : project.files)
      named.insert(file.starts_with('/') ? file
                                         : join(each.working_dir, relative_folder(file, project.directory)));
    for (const std::string& file : split(each.files, ',')) {
      const std::string path = join(each.working_dir, file);
      if (!file.empty() && !named.contains(path)) out.emplace(path, each.name);
    }
  }
  return out;
}

Query exists_query(const std::string& path) {
  planner::Process process;
  process.argv = {lang::Text("test"), lang::Text("-e"), lang::Text(path)};
  return QueryCommand{process};
}

/// An override file that is there and is not named would be dropped with the next container.
Result<void> check_files(const std::map<std::string, std::string>& forgotten, const HostAnswers& answers) {
  for (const auto& [path, container] : forgotten) {
    const Answer* there = answers.find(exists_query(path));
    if (!there || !there->ok || there->exit_code != 0) continue;
    return failure(container + " was started with " + path +
                       ", which the manifest does not name: a container made " +
                       "without it would lose what it says.",
                   "Name all files in their order in the compose block: files = [\"…\", \"" +
                       path.substr(path.rfind('/') + 1) + "\"]. If it is not wanted any more, take it away.");
  }
  return {};
}

/// What Compose itself does not accept would fail at the first step that starts something.
Result<void> check_accepted(const Engine& engine, const HostAnswers& answers) {
  const Answer* hashes = engine.podman() ? nullptr : answers.find(hashes_query(engine));
  if (!hashes || (hashes->ok && hashes->exit_code == 0)) return {};
  std::string said;
  for (const std::string& line : lines_of(hashes->error)) {
    if (line.find("level=warning") == std::string::npos && !line.starts_with("WARNING:")) said = line;
  }
  return failure(
      std::string(engine.command()) + " does not accept the files" + (said.empty() ? "" : ": " + said) + ".",
      "See all that it says: " + std::string(engine.command()) + " config --hash '*'");
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
  ask(names_query(*engine));
  if (!engine->podman()) ask(hashes_query(*engine));
  if (const Answer* inspected = answers.find(inspect)) {
    const std::vector<Container> found = containers(*engine, *inspected);
    if (!found.empty()) ask(images_query(*engine, found));
    if (const auto project = deployment.project("")) {
      for (const auto& [path, container] : forgotten_files(deployment, *project, found))
        ask(exists_query(path));
    }
    for (const Container& container : found) {
      if (asks_health(*engine, container)) ask(health_query(*engine, container));
    }
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
  if (auto named = check_files(forgotten_files(deployment, *project, *found), answers); !named) return named;
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
  if (!found->empty()) state.facts["folder"] = found->front().working_dir;
  const Beginnings beginnings(*engine, *project, *found, answers);
  std::map<std::string, std::string> names;
  for (auto& [name, id] : pairs_of(answers.find(names_query(*engine)), '\t')) names[familiar(name)] = id;
  for (const ComposeService& service : project->services) {
    const auto id = names.find(familiar(with_tag(service.image)));
    if (id != names.end()) state.image_ids[service.image] = full_id(id->second);
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
      beginnings.note(container, seen.instances.back());
      std::string& numbers = seen.facts[std::string(kContainerNumbers)];
      numbers += (numbers.empty() ? "" : ",") + std::to_string(container.number);
    }
    judge_service(seen);
  }
  return {};
}

}  // namespace pawl::providers::compose
