#include "providers/compose/finish.h"

#include <algorithm>
#include <filesystem>

#include "planner/plan/hash.h"
#include "providers/compose/casts.h"
#include "providers/compose/forms.h"

namespace pawl::providers::compose {
namespace {

constexpr int kMaxReplicas = 1000;

void fill_unset(Node* map, const std::map<std::string, std::string>& variables) {
  if (!map) return;
  for (Member& member : map->members) {
    const auto found = variables.find(member.key);
    if (member.value.is_null() && found != variables.end())
      member.value = Node::scalar(found->second, member.value.place);
  }
}

/// A label, an annotation or an option without a value has an empty one.
void nothing_to_empty(Node* map) {
  if (!map) return;
  for (Member& member : map->members) {
    if (member.value.is_null()) member.value = Node::scalar("", member.value.place);
  }
}

/// [HOST=ADDRESS, …], one for each address; brackets around an IPv6 address are taken off.
Result<void> complete_hosts(Node* hosts) {
  if (!hosts) return {};
  Node list = Node::list(hosts->place);
  const auto add = [&](const std::string& host, std::string address, const Place& place) -> Result<void> {
    if (host.empty() || host.find_first_of(":=") != std::string::npos)
      return failure_at(place, "`" + host + "` is not the name of a host", "write it as \"name:1.2.3.4\"");
    if (address.size() > 2 && address.starts_with('[') && address.ends_with(']'))
      address = address.substr(1, address.size() - 2);
    list.items.push_back(Node::scalar(host + "=" + address, place));
    return {};
  };
  for (const Member& member : hosts->members) {
    std::vector<Node> addresses = member.value.items;
    if (!member.value.is_list()) addresses = {member.value};
    for (const Node& one : addresses) {
      if (auto done = add(member.key, one.text, member.place()); !done) return done;
    }
  }
  for (const Node& item : hosts->items) {
    std::size_t split = item.text.find('=');
    if (split == std::string::npos) split = item.text.find(':');
    if (split == std::string::npos)
      return failure_at(item.place, "`" + item.text + "` is not a host and an address",
                        "write it as \"name:1.2.3.4\"");
    for (const std::string& address : split_all(item.text.substr(split + 1), ',')) {
      if (auto done = add(item.text.substr(0, split), address, item.place); !done) return done;
    }
  }
  *hosts = std::move(list);
  return {};
}

/// What is run after a start and before a stop.
Result<void> complete_hooks(Node* hooks) {
  if (!hooks) return {};
  for (Node& hook : hooks->items) {
    Node* environment = hook.find("environment");
    if (!environment) continue;
    if (auto done = to_map(*environment, "environment"); !done) return done;
  }
  return {};
}

void complete_health(Node& check) {
  Node* test = check.find("test");
  if (!test || !test->is_scalar()) return;
  Node list = Node::list(test->place);
  list.items = {Node::scalar("CMD-SHELL", test->place), Node::scalar(test->text, test->place)};
  *test = std::move(list);
}

void complete_devices(Node* devices) {
  if (!devices) return;
  for (Node& item : devices->items) {
    if (!item.find("count") && !item.find("device_ids")) item.set("count", Node::scalar("all", item.place));
  }
}

void complete_volumes(Node* volumes) {
  if (!volumes) return;
  for (Node& volume : volumes->items) {
    Node* target = volume.find("target");
    if (!target) continue;
    target->text = std::filesystem::path(target->text).lexically_normal().string();
    while (target->text.size() > 1 && target->text.ends_with('/')) target->text.pop_back();
  }
}

/// Options of a provider are lists of texts.
void complete_provider(Node& provider) {
  Node* options = provider.find("options");
  if (!options) return;
  for (Member& member : options->members) {
    if (!member.value.is_scalar()) continue;
    Node list = Node::list(member.value.place);
    list.items.push_back(member.value);
    member.value = std::move(list);
  }
}

/// A target that a secret or a config has anyway says nothing.
void tidy_mounts(Node* mounts, const std::string& root) {
  if (!mounts) return;
  for (Node& item : mounts->items) {
    const std::string source = item.text_of("source"), target = item.text_of("target");
    if (target == source || target == root + source) item.remove("target");
  }
}

void drop_if(Node& map, std::string_view key, std::string_view value) {
  if (map.text_of(key) == value) map.remove(key);
}

void tidy_ports(Node* ports) {
  if (!ports) return;
  for (Node& port : ports->items) {
    if (port.text_of("protocol").empty()) port.set("protocol", Node::scalar("tcp", port.place));
    drop_if(port, "mode", "ingress");
  }
}

void tidy_volumes(Node* volumes) {
  if (!volumes) return;
  for (Node& volume : volumes->items) {
    if (Node* bind = volume.find("bind")) drop_if(*bind, "create_host_path", "false");
  }
}

/// {default: , id: path} → [default, id=path].
void tidy_keys(Node* keys) {
  if (!keys) return;
  Node list = Node::list(keys->place);
  for (const Member& member : keys->members)
    list.items.push_back(
        Node::scalar(member.value.is_null() ? member.key : member.key + "=" + member.value.text));
  *keys = std::move(list);
}

/// A limit of 0 is one, in whichever form.
void tidy_ulimits(Node* limits) {
  if (!limits) return;
  for (Member& member : limits->members) {
    if (member.value.is_map() && member.value.members.empty())
      member.value = Node::scalar("0", member.value.place);
  }
}

bool is_empty(const Node& node) {
  return node.is_null() || (node.is_list() && node.items.empty()) || (node.is_map() && node.members.empty());
}

/// Takes out maps and lists that hold nothing, from the inside: they say what leaving them out says. Not so
/// an empty command, and a network or a model about which nothing more is said.
void drop_empty(Node& node) {
  for (Node& item : node.items) drop_empty(item);
  for (Member& member : node.members) {
    if (member.key != "networks" && member.key != "models") drop_empty(member.value);
  }
  std::erase_if(node.members, [](const Member& member) {
    return !member.value.is_null() && is_empty(member.value) && member.key != "command" &&
           member.key != "entrypoint";
  });
}

void sort_items(Node& service, const char* key) {
  Node* list = service.find(key);
  if (!list || !list->is_list()) return;
  std::sort(list->items.begin(), list->items.end(),
            [](const Node& a, const Node& b) { return canonical_json(a) < canonical_json(b); });
}

void add_default_network(Node& service) {
  const Node* networks = service.find("networks");
  if ((networks && !is_empty(*networks)) || service.find("network_mode") || service.find("provider")) return;
  service.set("networks", Node::map(service.place));
  service.at("networks").set("default", Node::map(service.place));
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
  for (const char* mode : {"network_mode", "ipc", "pid", "uts", "cgroup"})
    add_name(names, service.text_of(mode), "service:");
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<int> replicas_of(Node& service) {
  const Node* scale = service.find("scale");
  if (const Node* deploy = service.find("deploy"); !scale && deploy) scale = deploy->find("replicas");
  const auto wanted = scale ? integer_of(scale->text) : std::optional<std::int64_t>(1);
  if (!wanted || *wanted < 0 || *wanted > kMaxReplicas) {
    return failure_at(scale->place, "`" + scale->text + "` is not a number of replicas",
                      "write a number from 0 to 1000");
  }
  service.remove("scale");
  if (Node* deploy = service.find("deploy")) deploy->remove("replicas");
  service.set("replicas", Node::scalar(std::to_string(*wanted)));
  return static_cast<int>(*wanted);
}

bool checks_health(const Node& service) {
  const Node* check = service.find("healthcheck");
  return check && check->text_of("disable") != "true" && check->find("test");
}

/// What says the same as leaving it out, and what is no part of a container.
void tidy(Node& service) {
  if (Node* depends = service.find("depends_on")) {
    for (Member& member : depends->members) {
      drop_if(member.value, "required", "true");
      // Says what an explicit `restart` of the other does; nothing about this service.
      member.value.remove("restart");
    }
  }
  if (Node* build = service.find("build")) {
    drop_if(*build, "dockerfile", "Dockerfile");
    tidy_mounts(build->find("secrets"), "/run/secrets/");
    tidy_keys(build->find("ssh"));
    tidy_ulimits(build->find("ulimits"));
  }
  if (Node* check = service.find("healthcheck")) {
    const Node* test = check->find("test");
    if (test && test->items.size() == 1 && test->items[0].text == "NONE")
      check->members = {{"disable", Node::scalar("true", check->place)}};
  }
  if (Node* deploy = service.find("deploy")) {
    drop_if(*deploy, "mode", "replicated");
    drop_if(*deploy, "endpoint_mode", "vip");
  }
  if (Node* from = service.find("volumes_from")) {
    for (Node& item : from->items) {
      if (item.text.ends_with(":rw")) item.text.resize(item.text.size() - 3);
    }
  }
  tidy_mounts(service.find("secrets"), "/run/secrets/");
  tidy_mounts(service.find("configs"), "/");
  tidy_ports(service.find("ports"));
  tidy_volumes(service.find("volumes"));
  tidy_ulimits(service.find("ulimits"));
  // Compose reads pull_refresh_after and does nothing with it.
  for (const char* gone : {"profiles", "extends", "pull_refresh_after"}) service.remove(gone);
}

}  // namespace

Result<void> complete_service(Node& service, const std::map<std::string, std::string>& variables) {
  fill_unset(service.find("environment"), variables);
  if (Node* build = service.find("build")) {
    if (!build->find("context")) build->set("context", Node::scalar(".", build->place));
    if (Node* args = build->find("args")) {
      fill_unset(args, variables);
      std::erase_if(args->members, [](const Member& member) { return member.value.is_null(); });
    }
    nothing_to_empty(build->find("labels"));
    if (auto done = complete_hosts(build->find("extra_hosts")); !done) return done;
  }
  for (const char* key : {"labels", "annotations", "sysctls"}) nothing_to_empty(service.find(key));
  for (const char* key : {"deploy", "logging"}) {
    Node* part = service.find(key);
    if (part) nothing_to_empty(part->find(std::string_view(key) == "deploy" ? "labels" : "options"));
  }
  if (auto done = complete_hosts(service.find("extra_hosts")); !done) return done;
  for (const char* key : {"post_start", "pre_stop"}) {
    if (auto done = complete_hooks(service.find(key)); !done) return done;
  }
  complete_volumes(service.find("volumes"));
  if (Node* check = service.find("healthcheck")) complete_health(*check);
  complete_devices(service.find("gpus"));
  Node* part = &service;
  for (const char* key : {"deploy", "resources", "reservations"}) part = part ? part->find(key) : nullptr;
  if (part) complete_devices(part->find("devices"));
  if (Node* provider = service.find("provider")) complete_provider(*provider);
  if (Node* policy = service.find("pull_policy"); policy && policy->text == "if_not_present")
    policy->text = "missing";
  return {};
}

void add_implied_dependencies(Node& service) {
  for (const std::string& name : dependencies(service)) {
    Node& depends = service.at("depends_on");
    if (!depends.is_map()) depends = Node::map(service.place);
    if (depends.find(name)) continue;
    depends.set(name, Node::map(service.place));
    depends.at(name).set("condition", Node::scalar("service_started", service.place));
  }
}

Result<ComposeService> finish_service(const std::string& name, Node service) {
  const auto replicas = replicas_of(service);
  if (!replicas) return tl::unexpected(replicas.error());
  tidy(service);
  for (const char* key : {"ports", "volumes", "expose", "cap_add", "cap_drop", "devices", "extra_hosts",
                          "links", "secrets", "configs", "tmpfs"}) {
    sort_items(service, key);
  }
  drop_empty(service);
  add_default_network(service);
  ComposeService finished;
  finished.name = name;
  finished.depends_on = dependencies(service);
  for (const char* key : {"networks", "models"}) {
    Node* used = service.find(key);
    if (!used) continue;
    for (Member& member : used->members) {
      if (member.value.is_null()) member.value = Node::map(member.value.place);
      drop_empty(member.value);
    }
  }
  finished.image = service.text_of("image");
  finished.builds = service.find("build") != nullptr;
  finished.has_health_check = checks_health(service);
  finished.replicas = *replicas;
  finished.fingerprint = planner::sha256(canonical_json(service));
  finished.config = std::move(service);
  return finished;
}

}  // namespace pawl::providers::compose
