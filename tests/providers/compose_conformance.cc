#include "compose_conformance.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "providers/compose/casts.h"
#include "providers/compose/cross_check.h"
#include "providers/compose/yaml.h"

namespace pawl::providers::compose::test {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kNoLineBreak = " (no line break at the end)";

Conformance read_case(const fs::path& path) {
  Conformance one;
  std::vector<std::string*> unfinished;
  one.name = path.stem().string();
  std::istringstream lines(support::read_file(path.string()));
  std::string line, *into = &one.before_answer;
  while (std::getline(lines, line)) {
    if (!line.starts_with("=== ")) {
      *into += line + "\n";
      if (into != &one.answer && into != &one.before_answer) one.before_answer += line + "\n";
      continue;
    }
    const std::string head = line.substr(4);
    if (head == "Compose says" || head == "Compose refuses") {
      one.refused = head == "Compose refuses";
      into = &one.answer;
      continue;
    }
    one.before_answer += line + "\n";
    std::istringstream words(head);
    std::string verb, word;
    words >> verb;
    if (verb == "options") {
      while (words >> word) one.options.push_back(word);
    } else if (verb == "differs") {
      words >> one.differs;
    } else {
      const bool cut = head.ends_with(kNoLineBreak);
      into = &one.files[cut ? head.substr(0, head.size() - kNoLineBreak.size()) : head];
      if (cut) unfinished.push_back(into);
    }
  }
  for (std::string* text : unfinished) text->pop_back();
  return one;
}

// ---------------------------------------------------------------- the form in which both are compared

template <class Change>
void each_text(Node& node, const Change& change) {
  if (node.is_scalar()) change(node.text);
  for (Node& item : node.items) each_text(item, change);
  for (Member& member : node.members) {
    change(member.key);
    each_text(member.value, change);
  }
}

/// Paths as pawl writes them: seen from the project's folder. /above is the folder around the case's.
void make_relative(std::string& text, const std::string& folder) {
  if (text.starts_with("/above/")) text = "/project/../" + text.substr(7);
  const bool inside = text == "/project" || text.starts_with("/project/");
  if (!inside && text != "/" && !text.starts_with("/home/")) return;
  if (text.starts_with("/home/")) text = "~" + text.substr(5);
  if (!inside) return;
  const std::string seen = fs::path(text).lexically_normal().lexically_relative(folder).string();
  text = seen == "." || seen.starts_with("..") ? seen : "./" + seen;
}

bool is_empty(const Node& node) {
  return node.is_null() || (node.is_list() && node.items.empty()) || (node.is_map() && node.members.empty());
}

/// Null, empty lists and empty maps say what leaving them out says, but for commands and for names without a
/// value.
void drop_empty(Node& node) {
  for (Node& item : node.items) drop_empty(item);
  for (Member& member : node.members) {
    if (member.key != "environment" && member.key != "networks" && member.key != "models")
      drop_empty(member.value);
  }
  std::erase_if(node.members, [](const Member& member) {
    const bool command = member.key == "command" || member.key == "entrypoint";
    return command ? member.value.is_null() : is_empty(member.value);
  });
}

void drop_if(Node* map, const char* key, std::string_view value) {
  if (map && map->text_of(key) == value) map->remove(key);
}

void tidy_mounts(Node* mounts, const std::string& root) {
  if (!mounts) return;
  for (Node& item : mounts->items) {
    const std::string source = item.text_of("source"), target = item.text_of("target");
    if (target == source || target == root + source) item.remove("target");
    Node* mode = item.find("mode");
    int value = 0;
    if (mode &&
        std::from_chars(mode->text.data(), mode->text.data() + mode->text.size(), value, 8).ec == std::errc())
      mode->text = std::to_string(value);
  }
}

void all_devices(Node* devices) {
  if (!devices) return;
  for (Node& item : devices->items) {
    if (item.text_of("count") == "-1") item.at("count").text = "all";
  }
}

Node* find(Node& node, std::initializer_list<const char*> path) {
  Node* found = &node;
  for (const char* key : path) found = found ? found->find(key) : nullptr;
  return found;
}

void sort(Node* list) {
  if (!list) return;
  std::sort(list->items.begin(), list->items.end(),
            [](const Node& a, const Node& b) { return canonical_json(a) < canonical_json(b); });
}

void normalise(Node& service) {
  for (const char* key : {"profiles", "env_file", "label_file", "extends"}) service.remove(key);
  if (Node* depends = service.find("depends_on")) {
    for (Member& member : depends->members) {
      drop_if(&member.value, "required", "true");
      member.value.remove("restart");
    }
  }
  drop_if(find(service, {"build"}), "dockerfile", "Dockerfile");
  tidy_mounts(find(service, {"build", "secrets"}), "/run/secrets/");
  tidy_mounts(find(service, {"secrets"}), "/run/secrets/");
  tidy_mounts(find(service, {"configs"}), "/");
  if (Node* ports = service.find("ports")) {
    for (Node& port : ports->items) drop_if(&port, "mode", "ingress");
  }
  if (Node* from = service.find("volumes_from")) {
    for (Node& item : from->items) {
      if (item.text.ends_with(":rw")) item.text.resize(item.text.size() - 3);
    }
  }
  if (Node* check = service.find("healthcheck")) {
    const Node* test = check->find("test");
    if (test && test->items.size() == 1 && test->items[0].text == "NONE")
      check->members = {{"disable", Node::scalar("true")}};
  }
  all_devices(find(service, {"gpus"}));
  all_devices(find(service, {"deploy", "resources", "reservations", "devices"}));
  drop_if(find(service, {"deploy"}), "mode", "replicated");
  drop_if(find(service, {"deploy"}), "endpoint_mode", "vip");
  const Node* scale = service.find("scale");
  if (!scale) scale = find(service, {"deploy", "replicas"});
  const std::string replicas = scale ? scale->text : "1";
  service.remove("scale");
  if (Node* deploy = service.find("deploy")) deploy->remove("replicas");
  service.set("replicas", Node::scalar(replicas));
  if (Node* blkio = service.find("blkio_config")) {
    for (Member& group : blkio->members) {
      for (Node& item : group.value.items) {
        for (Member& member : item.members) member.key[0] = static_cast<char>(std::tolower(member.key[0]));
      }
    }
  }
  for (Node* limits : {find(service, {"ulimits"}), find(service, {"build", "ulimits"})}) {
    if (!limits) continue;
    for (Member& member : limits->members) {
      if (is_empty(member.value)) member.value = Node::scalar("0");
    }
  }
  drop_empty(service);
  for (const char* key : {"networks", "models"}) {
    Node* used = service.find(key);
    if (!used) continue;
    for (Member& member : used->members) {
      if (member.value.is_null()) member.value = Node::map();
    }
  }
  for (const char* key : {"ports", "volumes", "expose", "cap_add", "cap_drop", "devices", "extra_hosts",
                          "links", "secrets", "configs", "tmpfs"})
    sort(service.find(key));
}

std::string lines_of(const std::string& name, const std::map<std::string, std::string>& services,
                     const std::map<std::string, std::string>& volumes) {
  std::string text = "project " + name + "\n";
  for (const auto& [service, json] : services) text += service + " " + json + "\n";
  for (const auto& [volume, called] : volumes) text += "volume " + volume + " " + called + "\n";
  return text;
}

/// The volumes that services use; `config` prints no others.
std::map<std::string, std::string> used_volumes(const Project& project) {
  std::map<std::string, std::string> used;
  for (const ComposeService& service : project.services) {
    const Node* volumes = service.enabled ? service.config.find("volumes") : nullptr;
    if (!volumes) continue;
    for (const Node& item : volumes->items) {
      const auto found = project.volumes.find(item.text_of("source"));
      if (item.text_of("type") != "volume" || found == project.volumes.end()) continue;
      used[found->first] = found->second.empty() ? project.name + "_" + found->first : found->second;
    }
  }
  return used;
}

}  // namespace

ProjectRequest Conformance::request() const {
  ProjectRequest request;
  request.folder_path = "/project/" + name;
  for (std::size_t i = 0; i + 1 < options.size(); i += 2) {
    if (options[i] == "-f") request.files.push_back(options[i + 1]);
    if (options[i] == "--profile") request.profiles.push_back(options[i + 1]);
    if (options[i] == "--env-file") request.env_file = options[i + 1];
  }
  return request;
}

std::vector<Conformance> conformance_cases() {
  std::vector<Conformance> cases;
  for (const auto& entry : fs::directory_iterator(PAWL_TEST_DATA "/compose_conformance"))
    cases.push_back(read_case(entry.path()));
  std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return cases;
}

Result<std::string> said_by_pawl(const Conformance& one) {
  const auto project = read_files(one.files, one.request());
  if (!project) return tl::unexpected(project.error());
  std::map<std::string, std::string> services;
  for (const ComposeService& service : project->services) {
    if (service.enabled) services[service.name] = canonical_json(service.config);
  }
  return lines_of(project->name, services, used_volumes(*project));
}

Result<std::string> said_by_compose(const std::string& json, const std::string& directory) {
  std::vector<std::string> warnings;
  auto documents = parse_yaml(json, "Compose's answer", warnings);
  if (!documents) return tl::unexpected(documents.error());
  Node& model = documents->at(0);
  halve_dollars(model);
  each_text(model, [&](std::string& text) {
    make_relative(text, "/project" + (directory.empty() ? "" : "/" + directory));
  });
  std::map<std::string, std::string> services, volumes;
  for (Member& member : model.at("services").members) {
    normalise(member.value);
    services[member.key] = canonical_json(member.value);
  }
  for (const Member& member : model.at("volumes").members) volumes[member.key] = member.value.text_of("name");
  return lines_of(model.text_of("name"), services, volumes);
}

}  // namespace pawl::providers::compose::test
