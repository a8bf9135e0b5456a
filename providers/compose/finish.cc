#include "providers/compose/finish.h"

#include <algorithm>
#include <charconv>

#include "planner/engine/env_file.h"
#include "planner/plan/hash.h"

namespace pawl::providers::compose {
namespace {

constexpr int kMaxReplicas = 1000;

/// env_file → environment; a name that is in the environment already keeps its value.
Result<void> read_env_files(Node& service, const std::string& directory, Files& files, Scope& scope) {
  const Node* list = service.find("env_file");
  if (!list || !list->is_list()) return {};
  std::map<std::string, std::string> values;
  for (const Node& item : list->items) {
    const std::string path = join(directory, item.text_of("path"));
    auto text = files.text(path, item.text_of("required") == "false");
    if (!text) return failure_at(item.place, text.error().what, text.error().fix);
    if (!*text) continue;
    if (auto done = read_env_file(**text, path, scope, values); !done) return done;
  }
  Node& environment = service.at("environment");
  if (!environment.is_map()) environment = Node::map(service.place);
  for (const auto& [name, value] : values) {
    if (!environment.find(name)) environment.at(name) = Node::scalar(value);
  }
  return {};
}

/// `- NAME` without a value takes it from the env file of the project.
void fill_unset(Node* map, const Scope& scope) {
  if (!map) return;
  for (Member& member : map->members) {
    const auto found = scope.variables.find(member.key);
    if (member.value.is_null() && found != scope.variables.end())
      member.value = Node::scalar(found->second, member.value.place);
  }
}

Result<int> replicas_of(Node& service) {
  const Node* scale = service.find("scale");
  if (const Node* deploy = service.find("deploy"); !scale && deploy) scale = deploy->find("replicas");
  int replicas = 1;
  if (scale && scale->is_scalar()) {
    const std::string& text = scale->text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), replicas);
    if (error != std::errc() || end != text.data() + text.size() || replicas < 0 || replicas > kMaxReplicas) {
      return failure_at(scale->place, "`" + text + "` is not a number of replicas",
                        "write a number from 0 to 1000");
    }
  }
  service.remove("scale");
  if (Node* deploy = service.find("deploy")) deploy->remove("replicas");
  service.at("replicas") = Node::scalar(std::to_string(replicas));
  return replicas;
}

void sort_items(Node& service, const char* key) {
  Node* list = service.find(key);
  if (!list || !list->is_list()) return;
  std::sort(list->items.begin(), list->items.end(),
            [](const Node& a, const Node& b) { return canonical_json(a) < canonical_json(b); });
  list->items.erase(
      std::unique(list->items.begin(), list->items.end(),
                  [](const Node& a, const Node& b) { return canonical_json(a) == canonical_json(b); }),
      list->items.end());
}

bool is_empty(const Node& node) {
  return node.is_null() || (node.is_list() && node.items.empty()) || (node.is_map() && node.members.empty());
}

/// Takes out maps and lists that hold nothing, at two levels: they say what leaving them out says.
void drop_empty(Node& service) {
  if (Node* deploy = service.find("deploy"); deploy && deploy->is_map()) {
    if (deploy->text_of("mode") == "replicated") deploy->remove("mode");
    if (deploy->text_of("endpoint_mode") == "vip") deploy->remove("endpoint_mode");
    std::erase_if(deploy->members, [](const Member& member) { return is_empty(member.value); });
  }
  std::erase_if(service.members, [](const Member& member) {
    return is_empty(member.value) && member.key != "command" && member.key != "entrypoint";
  });
  std::erase_if(service.members, [](const Member& member) { return member.value.is_null(); });
  for (const char* flag : {"privileged", "read_only", "tty", "stdin_open", "oom_kill_disable"}) {
    if (service.text_of(flag) == "false") service.remove(flag);
  }
}

void add_default_network(Node& service) {
  const Node* networks = service.find("networks");
  if ((networks && !is_empty(*networks)) || service.find("network_mode")) return;
  service.at("networks") = Node::map(service.place);
  service.at("networks").at("default") = Node::map(service.place);
}

void add_name(std::vector<std::string>& names, std::string text, std::string_view prefix = {}) {
  if (!text.starts_with(prefix)) return;
  text.erase(0, prefix.size());
  names.push_back(text.substr(0, text.find(':')));
}

/// Every service that this one needs or shares something with.
std::vector<std::string> dependencies(const Node& service) {
  std::vector<std::string> names;
  if (const Node* depends = service.find("depends_on")) {
    for (const Member& member : depends->members) names.push_back(member.key);
  }
  if (const Node* links = service.find("links")) {
    for (const Node& item : links->items) add_name(names, item.text);
  }
  if (const Node* volumes = service.find("volumes_from")) {
    for (const Node& item : volumes->items) {
      if (!item.text.starts_with("container:")) add_name(names, item.text);
    }
  }
  for (const char* mode : {"network_mode", "ipc", "pid"}) add_name(names, service.text_of(mode), "service:");
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// What a service shares something with starts before it, written or not.
void add_implied_dependencies(Node& service, const std::vector<std::string>& needed) {
  for (const std::string& name : needed) {
    Node& depends = service.at("depends_on");
    if (!depends.is_map()) depends = Node::map(service.place);
    if (depends.find(name)) continue;
    depends.at(name) = Node::map(service.place);
    depends.at(name).at("condition") = Node::scalar("service_started");
  }
}

bool checks_health(const Node& service) {
  const Node* check = service.find("healthcheck");
  return check && check->text_of("disable") != "true" && check->find("test");
}

}  // namespace

Result<void> resolve_environment(Node& service, const std::string& directory, Files& files, Scope& scope) {
  if (auto done = read_env_files(service, directory, files, scope); !done) return done;
  service.remove("env_file");
  fill_unset(service.find("environment"), scope);
  return {};
}

Result<void> read_env_file(const std::string& text, const std::string& path, Scope& scope,
                           std::map<std::string, std::string>& out) {
  auto entries = planner::parse_env_file(text);
  if (!entries) return failure(path + ", " + entries.error().what, entries.error().fix);
  Scope inner = scope;
  const auto file = std::make_shared<const std::string>(path);
  for (planner::EnvEntry& entry : *entries) {
    if (entry.interpolate && entry.value.find('$') != std::string::npos) {
      auto filled = interpolate(entry.value, {file, entry.line}, inner);
      if (!filled) return tl::unexpected(filled.error());
      entry.value = std::move(*filled);
    }
    inner.variables.insert_or_assign(entry.name, entry.value);
    out.insert_or_assign(entry.name, entry.value);
  }
  return {};
}

Result<ComposeService> finish_service(const std::string& name, Node service, const Project& project,
                                      Files& files, Scope& scope) {
  if (auto done = resolve_environment(service, project.directory, files, scope); !done)
    return tl::unexpected(done.error());
  if (Node* build = service.find("build"); build && build->is_map()) {
    if (build->at("context").is_null()) build->at("context") = Node::scalar(".", build->place);
    fill_unset(build->find("args"), scope);
  }
  const auto replicas = replicas_of(service);
  if (!replicas) return tl::unexpected(replicas.error());
  for (const char* gone : {"profiles", "extends"}) service.remove(gone);
  for (const char* key : {"ports", "volumes", "expose", "cap_add", "cap_drop", "devices", "extra_hosts",
                          "links", "secrets", "configs", "tmpfs"}) {
    sort_items(service, key);
  }
  drop_empty(service);
  const std::vector<std::string> needed = dependencies(service);
  add_implied_dependencies(service, needed);
  add_default_network(service);
  ComposeService finished;
  finished.name = name;
  finished.image = service.text_of("image");
  finished.builds = service.find("build") != nullptr;
  finished.has_health_check = checks_health(service);
  finished.replicas = *replicas;
  finished.depends_on = needed;
  finished.fingerprint = planner::sha256(canonical_json(service));
  finished.config = std::move(service);
  return finished;
}

}  // namespace pawl::providers::compose
