#include "providers/compose/properties.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "planner/engine/drift.h"

namespace pawl::providers::compose {
namespace {

using Json = nlohmann::json;
using planner::digest;
using planner::kWhatever;
using planner::Properties;

std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& member(const Json& object, const char* key) {
  static const Json kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

// ---------------------------------------------------------------- the files

void add_environment(const Node& service, Properties& out) {
  const Node* environment = service.find("environment");
  if (!environment || !environment->is_map()) return;
  for (const Member& each : environment->members) {
    // A name without a value takes it from the shell that starts the service.
    out["environment " + each.key] = each.value.is_null() ? std::string(kWhatever) : digest(each.value.text);
  }
}

/// Words that may hold a secret, each ended so that two lists of the same text differ.
std::string digest_of_words(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += std::to_string(word.size()) + ":" + word;
  return digest(all);
}

void add_words(const Node& service, const char* key, Properties& out) {
  const Node* node = service.find(key);
  if (!node || !node->is_list()) return;
  std::vector<std::string> words;
  for (const Node& item : node->items) words.push_back(item.text);
  out[key] = words.empty() ? std::string(kWhatever) : digest_of_words(words);
}

/// "/srv/" is "/srv".
std::string clean(const std::string& path) {
  std::string out = std::filesystem::path(path).lexically_normal().string();
  while (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out;
}

/// A path of the machine, seen from the project's folder when it is in it.
std::string seen_from(std::string_view working_dir, const std::string& path) {
  const bool inside = !working_dir.empty() && path.starts_with(working_dir) &&
                      (path.size() == working_dir.size() || path[working_dir.size()] == '/');
  return inside ? "." + path.substr(working_dir.size()) : path;
}

/// A path of the files, seen from the project's folder; empty: it lies elsewhere.
std::string below_project(const std::string& path, const std::string& directory,
                          std::string_view working_dir) {
  const std::string folder = directory.empty() || directory == "." ? "./" : "./" + directory + "/";
  if (path.starts_with('/')) return seen_from(working_dir, clean(path));
  if (path == "." && folder == "./") return ".";
  if (path + "/" == folder) return ".";
  return path.starts_with(folder) ? "./" + path.substr(folder.size()) : std::string();
}

void add_mounts(const Node& service, const Project& project, const Engine& engine,
                std::string_view working_dir, Properties& out) {
  for (const char* grants : {"secrets", "configs"}) {
    const Node* list = service.find(grants);
    for (const Node& item : list ? list->items : std::vector<Node>()) {
      const std::string root = std::string_view(grants) == "secrets" ? "/run/secrets/" : "/";
      std::string target = item.text_of("target");
      if (target.empty()) target = root + item.text_of("source");
      if (!target.starts_with('/')) target = root + target;
      out["mount " + target] = kWhatever;
    }
  }
  const Node* volumes = service.find("volumes");
  for (const Node& item : volumes ? volumes->items : std::vector<Node>()) {
    const std::string type = item.text_of("type"), source = item.text_of("source");
    std::string value;
    if (type == "bind") value = below_project(source, project.directory, working_dir);
    if (type == "volume" && !source.empty()) {
      const auto key = project.volumes.find(source);
      value = key == project.volumes.end() || key->second.empty() ? engine.volume_name(source) : key->second;
    }
    if (!value.empty() && item.text_of("read_only") == "true") value += " (read-only)";
    out["mount " + item.text_of("target")] = value.empty() ? std::string(kWhatever) : value;
  }
  if (const Node* tmpfs = service.find("tmpfs")) {
    for (const Node& item : tmpfs->items)
      out["mount " + item.text.substr(0, item.text.find(':'))] = kWhatever;
  }
  if (service.find("volumes_from")) out["mount *"] = kWhatever;
}

std::string binding(const std::string& ip, const std::string& port) {
  const bool any = ip.empty() || ip == "0.0.0.0" || ip == "::";
  return any ? port : ip + ":" + port;
}

/// Where one port is published; whatever, when one of the places is.
std::string joined(std::vector<std::string> published) {
  std::sort(published.begin(), published.end());
  std::string out;
  for (const std::string& each : published) {
    if (each == kWhatever) return each;
    out += (out.empty() ? "" : ", ") + each;
  }
  return out;
}

void add_ports(const Node& service, Properties& out) {
  const Node* ports = service.find("ports");
  std::map<std::string, std::vector<std::string>> by_name;
  for (const Node& item : ports ? ports->items : std::vector<Node>()) {
    const std::string published = item.text_of("published");
    const std::string name = "port " + item.text_of("target") + "/" + item.text_of("protocol");
    const bool chosen = published.empty() || published == "0" || published.find('-') != std::string::npos;
    by_name[name].push_back(chosen ? std::string(kWhatever) : binding(item.text_of("host_ip"), published));
  }
  for (auto& [name, published] : by_name) out[name] = joined(std::move(published));
}

void add_restart(const Node& service, Properties& out) {
  const Node* deploy = service.find("deploy");
  if (deploy && deploy->find("restart_policy")) {
    out["restart"] = kWhatever;
  } else {
    const std::string policy = service.text_of("restart");
    out["restart"] = policy.empty() ? "no" : policy == "on-failure:0" ? "on-failure" : policy;
  }
}

// ---------------------------------------------------------------- a container

std::vector<std::string> words_of(const Json& list) {
  std::vector<std::string> words;
  if (list.is_string()) words.push_back(list.get<std::string>());
  if (!list.is_array()) return words;
  for (const Json& each : list) {
    if (each.is_string()) words.push_back(each.get<std::string>());
  }
  return words;
}

/// One that the engine or Compose puts there by itself.
bool is_engines_own(const std::string& variable) {
  for (const char* name : {"affinity:", "container=", "HOSTNAME=", "TERM=", "HOME="}) {
    if (variable.starts_with(name)) return true;
  }
  return false;
}

void read_environment(const Json& container, const Json& image, Inspected& out) {
  const std::vector<std::string> given = words_of(member(image, "env"));
  for (const std::string& each : words_of(member(container, "env"))) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos) continue;
    const bool default_value =
        is_engines_own(each) || std::find(given.begin(), given.end(), each) != given.end();
    (default_value ? out.from_image : out.own)["environment " + each.substr(0, equals)] =
        digest(std::string_view(each).substr(equals + 1));
  }
}

void read_words(const Json& container, const Json& image, const char* from, const char* name,
                Inspected& out) {
  const std::vector<std::string> words = words_of(member(container, from));
  if (words.empty()) return;
  const bool given = words == words_of(member(image, from));
  (given ? out.from_image : out.own)[name] = digest_of_words(words);
}

void read_text(const Json& container, const Json& image, const char* from, const char* name, Inspected& out) {
  const std::string value = text(container, from), given = text(image, from);
  if (value.empty()) return;
  const bool root = value == "/" && given.empty();  // Podman writes the default down
  (value == given || root ? out.from_image : out.own)[name] = value;
}

void read_mounts(const Json& container, std::string_view working_dir, Inspected& out) {
  const Json& mounts = member(container, "mounts");
  if (!mounts.is_array()) return;
  for (const Json& each : mounts) {
    if (!each.is_object()) continue;
    const std::string type = text(each, "Type"), name = text(each, "Name");
    std::string value = type == "volume" ? name : text(each, "Source");
    if (type == "bind") value = seen_from(working_dir, clean(value));
    const Json& writable = member(each, "RW");
    if (writable.is_boolean() && !writable.get<bool>()) value += " (read-only)";
    const bool own = (type == "volume" && !is_anonymous(name)) || type == "bind";
    (own ? out.own : out.from_image)["mount " + text(each, "Destination")] = value;
  }
}

void read_ports(const Json& container, Inspected& out) {
  const Json& ports = member(container, "ports");
  if (!ports.is_object()) return;
  for (const auto& [port, bindings] : ports.items()) {
    std::vector<std::string> published;
    for (const Json& each : bindings.is_array() ? bindings : Json::array()) {
      if (each.is_object()) published.push_back(binding(text(each, "HostIp"), text(each, "HostPort")));
    }
    if (!published.empty()) out.own["port " + port] = joined(std::move(published));
  }
}

void read_restart(const Json& container, Inspected& out) {
  const Json& policy = member(container, "restart");
  std::string value = policy.is_object() ? text(policy, "Name") : "";
  if (value.empty()) value = "no";
  const Json& most = policy.is_object() ? member(policy, "MaximumRetryCount") : policy;
  if (value == "on-failure" && most.is_number_integer() && most.get<int>() > 0)
    value += ":" + std::to_string(most.get<int>());
  out.own["restart"] = value;
}

Json parsed(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

}  // namespace

bool is_anonymous(const std::string& volume) {
  return volume.size() == 64 && volume.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Properties wanted_properties(const ComposeService& service, const Project& project, const Engine& engine,
                             std::string_view working_dir) {
  const Node& config = service.config;
  Properties out;
  add_environment(config, out);
  add_words(config, "command", out);
  add_words(config, "entrypoint", out);
  add_mounts(config, project, engine, working_dir, out);
  add_ports(config, out);
  add_restart(config, out);
  if (const std::string user = config.text_of("user"); !user.empty()) out["user"] = user;
  if (const std::string folder = config.text_of("working_dir"); !folder.empty())
    out["working_dir"] = clean(folder);
  return out;
}

std::map<std::string, std::string> folders_behind(std::string_view container) {
  std::map<std::string, std::string> out;
  const Json it = parsed(container);
  const Json& mounts = member(it, "mounts");
  for (const Json& each : mounts.is_array() ? mounts : Json::array()) {
    if (!each.is_object()) continue;
    const std::string type = text(each, "Type"), source = text(each, "Source");
    const bool stays = type == "bind" || (type == "volume" && !is_anonymous(text(each, "Name")));
    if (stays && source.starts_with('/')) out[clean(text(each, "Destination"))] = clean(source);
  }
  return out;
}

Inspected read_properties(std::string_view container, std::string_view image, std::string_view working_dir) {
  Inspected out;
  const Json it = parsed(container), from = parsed(image);
  if (it.empty() || from.empty()) return out;
  read_mounts(it, working_dir, out);
  read_ports(it, out);
  read_restart(it, out);
  read_environment(it, from, out);
  read_words(it, from, "cmd", "command", out);
  read_words(it, from, "entrypoint", "entrypoint", out);
  read_text(it, from, "user", "user", out);
  read_text(it, from, "dir", "working_dir", out);
  return out;
}

}  // namespace pawl::providers::compose
