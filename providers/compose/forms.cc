#include "providers/compose/forms.h"

#include <array>
#include <charconv>
#include <functional>
#include <map>

namespace pawl::providers::compose {
namespace {

using Part = std::function<Result<void>(Node&, const std::string& base)>;

/// ["a", "b"] → {a: {}, b: {}}, each member completed by `entry`.
Result<void> names_to_map(Node& node, std::string_view what, const Node& entry) {
  if (node.is_scalar())
    node = [&] {
      Node list = Node::list(node.place);
      list.items.push_back(node);
      return list;
    }();
  if (node.is_list()) {
    Node map = Node::map(node.place);
    for (const Node& item : node.items) {
      if (!item.is_scalar())
        return failure_at(item.place, "`" + std::string(what) + "` needs names",
                          "write one name per line, each after `- `");
      map.at(item.text) = entry;
      map.at(item.text).place = item.place;
    }
    map.override = node.override;
    node = std::move(map);
  }
  if (!node.is_map())
    return failure_at(node.place, "`" + std::string(what) + "` is neither a list nor a map");
  for (Member& member : node.members) {
    if (member.value.is_null()) member.value = entry;
  }
  return {};
}

Result<void> depends_on(Node& node, const std::string&) {
  Node started = Node::map();
  started.at("condition") = Node::scalar("service_started");
  if (auto done = names_to_map(node, "depends_on", started); !done) return done;
  for (Member& member : node.members) {
    if (member.value.text_of("required") == "true") member.value.remove("required");
    // Says what an explicit `restart` of the other does; nothing about this service.
    member.value.remove("restart");
  }
  return {};
}

Result<void> command(Node& node, const std::string&) {
  if (node.is_null() || node.is_list()) return {};
  if (!node.is_scalar()) return failure_at(node.place, "a command is neither text nor a list");
  Node list = Node::list(node.place);
  for (std::string& word : shell_words(node.text))
    list.items.push_back(Node::scalar(std::move(word), node.place));
  list.override = node.override;
  node = std::move(list);
  return {};
}

void rewrite(Node& map, std::string_view key, std::string (*form)(const std::string&)) {
  if (Node* node = map.find(key); node && node->is_scalar()) node->text = form(node->text);
}

Result<void> healthcheck(Node& node, const std::string&) {
  if (!node.is_map()) return failure_at(node.place, "`healthcheck` is not a map", "write `test:` below it");
  for (const char* key : {"interval", "timeout", "start_period", "start_interval"})
    rewrite(node, key, canonical_duration);
  if (node.text_of("disable") == "false") node.remove("disable");
  Node* test = node.find("test");
  if (test && test->is_scalar()) {
    Node list = Node::list(test->place);
    list.items = {Node::scalar("CMD-SHELL", test->place), Node::scalar(test->text, test->place)};
    *test = std::move(list);
  }
  if (test && test->is_list() && test->items.size() == 1 && test->items[0].text == "NONE") {
    node.members = {{"disable", Node::scalar("true", node.place)}};
  }
  return {};
}

bool is_remote(const std::string& context) {
  return context.find("://") != std::string::npos || context.starts_with("git@") ||
         context.starts_with("github.com/");
}

Result<void> build(Node& node, const std::string& base) {
  if (node.is_scalar()) {
    Node map = Node::map(node.place);
    map.at("context") = node;
    node = std::move(map);
  }
  if (!node.is_map()) return failure_at(node.place, "`build` is neither a folder nor a map");
  if (Node* context = node.find("context"); context && context->is_scalar() && !is_remote(context->text)) {
    context->text = canonical_path(context->text, base);
  }
  if (node.text_of("dockerfile") == "Dockerfile") node.remove("dockerfile");
  for (const char* key : {"args", "labels", "additional_contexts"}) {
    if (Node* part = node.find(key); part && !part->is_null()) {
      if (auto done = to_map(*part, key, std::string_view(key) == "args"); !done) return done;
    }
  }
  rewrite(node, "shm_size", canonical_size);
  return {};
}

Result<void> env_file(Node& node, const std::string& base) {
  if (auto done = to_list(node, "env_file"); !done) return done;
  for (Node& item : node.items) {
    if (item.is_scalar()) {
      Node map = Node::map(item.place);
      map.at("path") = item;
      item = std::move(map);
    }
    Node* path = item.find("path");
    if (!path || !path->is_scalar())
      return failure_at(item.place, "an `env_file` has no path", "write `- path: FILE`");
    path->text = canonical_path(path->text, base);
    if (item.text_of("required") == "true") item.remove("required");
  }
  return {};
}

/// `mode` of a mount: octal digits become the number they mean, so that 0440, "0440" and 288 are one.
std::string canonical_mode(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (!text.starts_with('0') || error != std::errc() || end != text.data() + text.size()) return text;
  return std::to_string(value);
}

Result<void> grants(Node& node, std::string_view what) {
  if (!node.is_list())
    return failure_at(node.place, "`" + std::string(what) + "` is not a list",
                      "write one name per line, each after `- `");
  for (Node& item : node.items) {
    if (item.is_scalar()) {
      Node map = Node::map(item.place);
      map.at("source") = item;
      item = std::move(map);
    }
    const std::string source = item.text_of("source");
    const std::string target = item.text_of("target");
    if (target == source || target == "/run/secrets/" + source || target == "/" + source)
      item.remove("target");
    rewrite(item, "mode", canonical_mode);
  }
  return {};
}

Result<void> extra_hosts(Node& node, const std::string&) {
  Node list = Node::list(node.place);
  const auto add = [&](const std::string& host, const Node& address) {
    if (address.is_list()) {
      for (const Node& one : address.items)
        list.items.push_back(Node::scalar(host + "=" + one.text, one.place));
    } else {
      list.items.push_back(Node::scalar(host + "=" + address.text, address.place));
    }
  };
  for (const Member& member : node.members) add(member.key, member.value);
  for (const Node& item : node.items) {
    const std::size_t split = item.text.find_first_of(":=");
    if (split == std::string::npos)
      return failure_at(item.place, "`" + item.text + "` is not a host and an address",
                        "write it as \"name:1.2.3.4\"");
    add(item.text.substr(0, split), Node::scalar(item.text.substr(split + 1), item.place));
  }
  list.override = node.override;
  node = std::move(list);
  return {};
}

Result<void> deploy(Node& node, const std::string&) {
  if (!node.is_map()) return failure_at(node.place, "`deploy` is not a map");
  if (Node* labels = node.find("labels"); labels && !labels->is_null()) {
    if (auto done = to_map(*labels, "labels", false); !done) return done;
  }
  Node* resources = node.find("resources");
  for (const char* kind : {"limits", "reservations"}) {
    Node* part = resources ? resources->find(kind) : nullptr;
    if (!part) continue;
    rewrite(*part, "memory", canonical_size);
    rewrite(*part, "cpus", [](const std::string& text) {
      double value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc() || end != text.data() + text.size()) return text;
      std::array<char, 32> out{};
      return std::string(out.data(), std::to_chars(out.data(), out.data() + out.size(), value).ptr);
    });
  }
  return {};
}

/// "service:cache:rw" → "cache".
Result<void> volumes_from(Node& node, const std::string&) {
  if (auto done = to_list(node, "volumes_from"); !done) return done;
  for (Node& item : node.items) {
    if (item.text.starts_with("service:")) item.text.erase(0, 8);
    if (item.text.ends_with(":rw")) item.text.resize(item.text.size() - 3);
  }
  return {};
}

Result<void> extends(Node& node, const std::string&) {
  if (node.is_scalar()) {
    Node map = Node::map(node.place);
    map.at("service") = node;
    node = std::move(map);
  }
  if (node.text_of("service").empty())
    return failure_at(node.place, "`extends` names no service", "write `service: NAME` below it");
  return {};
}

const std::map<std::string_view, Part>& parts() {
  const auto map_of = [](const char* what, bool keep_unset) -> Part {
    return [=](Node& node, const std::string&) { return to_map(node, what, keep_unset); };
  };
  const auto list_of = [](const char* what) -> Part {
    return [=](Node& node, const std::string&) { return to_list(node, what); };
  };
  static const std::map<std::string_view, Part> table{
      {"environment", map_of("environment", true)},
      {"labels", map_of("labels", false)},
      {"annotations", map_of("annotations", false)},
      {"sysctls", map_of("sysctls", false)},
      {"dns", list_of("dns")},
      {"dns_search", list_of("dns_search")},
      {"tmpfs", list_of("tmpfs")},
      {"label_file", list_of("label_file")},
      {"networks",
       [](Node& node, const std::string&) { return names_to_map(node, "networks", Node::map()); }},
      {"depends_on", depends_on},
      {"command", command},
      {"entrypoint", command},
      {"healthcheck", healthcheck},
      {"build", build},
      {"env_file", env_file},
      {"extra_hosts", extra_hosts},
      {"deploy", deploy},
      {"extends", extends},
      {"volumes_from", volumes_from},
      {"ports", [](Node& node, const std::string&) { return expand_ports(node); }},
      {"volumes", expand_volumes},
      {"devices", [](Node& node, const std::string&) { return expand_devices(node); }},
      {"secrets", [](Node& node, const std::string&) { return grants(node, "secrets"); }},
      {"configs", [](Node& node, const std::string&) { return grants(node, "configs"); }},
  };
  return table;
}

}  // namespace

Result<void> to_map(Node& node, std::string_view what, bool keep_unset) {
  if (node.is_list()) {
    Node map = Node::map(node.place);
    for (const Node& item : node.items) {
      if (!item.is_scalar())
        return failure_at(item.place, "`" + std::string(what) + "` needs NAME=value",
                          "write one NAME=value per line, each after `- `");
      const std::size_t equals = item.text.find('=');
      Node value = Node::scalar(equals == std::string::npos ? "" : item.text.substr(equals + 1), item.place);
      if (equals == std::string::npos && keep_unset) value.kind = Node::Kind::Null;
      map.at(item.text.substr(0, equals)) = std::move(value);
    }
    map.override = node.override;
    node = std::move(map);
  }
  if (!node.is_map()) {
    return failure_at(node.place, "`" + std::string(what) + "` is neither a list nor a map",
                      "write NAME: value, one per line");
  }
  for (Member& member : node.members) {
    if (member.value.is_null() && !keep_unset) member.value = Node::scalar("", member.value.place);
    if (member.value.is_list() || member.value.is_map()) {
      return failure_at(member.value.place,
                        "`" + member.key + "` in `" + std::string(what) + "` is not a single value",
                        "give it one text or number");
    }
  }
  return {};
}

Result<void> to_list(Node& node, std::string_view what) {
  if (node.is_scalar()) {
    Node list = Node::list(node.place);
    list.override = node.override;
    list.items.push_back(node);
    node = std::move(list);
  }
  if (!node.is_list())
    return failure_at(node.place, "`" + std::string(what) + "` is neither one value nor a list",
                      "write one value per line, each after `- `");
  return {};
}

Result<void> expand_service(const std::string& name, Node& service, const std::string& base) {
  if (service.is_null()) service = Node::map(service.place);
  if (!service.is_map()) {
    return failure_at(service.place, "service `" + name + "` is not a map",
                      "write `image:` or `build:` below its name");
  }
  std::erase_if(service.members, [](const Member& member) { return member.key.starts_with("x-"); });
  for (Member& member : service.members) {
    const auto found = parts().find(member.key);
    if (found == parts().end() || member.value.is_null() || member.value.override == Node::Override::Reset)
      continue;
    if (auto done = found->second(member.value, base); !done) return done;
  }
  for (const char* key : {"mem_limit", "memswap_limit", "mem_reservation", "shm_size"})
    rewrite(service, key, canonical_size);
  rewrite(service, "stop_grace_period", canonical_duration);
  return {};
}

}  // namespace pawl::providers::compose
