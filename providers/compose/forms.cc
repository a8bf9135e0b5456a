#include "providers/compose/forms.h"

#include <map>

#include "providers/compose/casts.h"

namespace pawl::providers::compose {
namespace {

using Part = Result<void> (*)(Node&, std::string_view key);

/// ["a", "b"] → {a: , b: }.
Result<void> names_to_map(Node& node, std::string_view) {
  if (!node.is_list()) return {};
  Node map = Node::map(node.place);
  for (const Node& item : node.items) {
    map.set(item.text, Node());
    map.at(item.text).place = item.place;
  }
  node = std::move(map);
  return {};
}

Result<void> depends_on(Node& node, std::string_view) {
  if (auto done = names_to_map(node, "depends_on"); !done) return done;
  for (Member& member : node.members) {
    if (member.value.is_null()) member.value = Node::map(member.value.place);
    if (member.value.is_map() && !member.value.find("condition"))
      member.value.set("condition", Node::scalar("service_started", member.value.place));
  }
  return {};
}

/// "a" → {KEY: a}.
void in_map(Node& node, const char* key) {
  if (!node.is_scalar()) return;
  Node map = Node::map(node.place);
  map.set(key, node);
  node = std::move(map);
}

Result<void> mounts(Node& node, std::string_view) {
  for (Node& item : node.items) in_map(item, "source");
  return {};
}

/// ["default", "id=path"] → {default: , id: path}.
Result<void> keys_of_ssh(Node& node) {
  if (!node.is_list()) return {};
  for (const Node& item : node.items) {
    if (item.text.find('=') == std::string::npos && item.text != "default")
      return failure_at(item.place, "`" + item.text + "` is not a key for `ssh`",
                        "write `default`, or ID=PATH");
  }
  return to_map(node, "ssh");
}

Result<void> build(Node& node, std::string_view) {
  in_map(node, "context");
  for (const char* key : {"args", "labels", "additional_contexts"}) {
    Node* part = node.find(key);
    if (!part) continue;
    if (part->is_list() && std::string_view(key) == "additional_contexts") {
      for (const Node& item : part->items) {
        if (item.text.find('=') == std::string::npos)
          return failure_at(item.place, "`" + item.text + "` is not a further context of a build",
                            "write NAME=PATH");
      }
    }
    if (auto done = to_map(*part, key); !done) return done;
  }
  if (Node* ssh = node.find("ssh")) {
    if (auto done = keys_of_ssh(*ssh); !done) return done;
  }
  if (Node* secrets = node.find("secrets")) return mounts(*secrets, "secrets");
  return {};
}

Result<void> env_file(Node& node, std::string_view) {
  to_list(node);
  for (Node& item : node.items) in_map(item, "path");
  return {};
}

Result<void> deploy(Node& node, std::string_view) {
  Node* labels = node.find("labels");
  return labels ? to_map(*labels, "labels") : Result<void>();
}

Result<void> extends(Node& node, std::string_view) {
  in_map(node, "service");
  return {};
}

/// `gpus: all` is one request for all of them.
Result<void> gpus(Node& node, std::string_view) {
  if (!node.is_scalar()) return {};
  Node list = Node::list(node.place);
  list.items.push_back(Node::map(node.place));
  list.items[0].set("count", Node::scalar("all", node.place));
  node = std::move(list);
  return {};
}

Result<void> develop(Node& node, std::string_view) {
  Node* watch = node.find("watch");
  if (!watch) return {};
  for (Node& item : watch->items) {
    for (const char* key : {"ignore", "include"}) {
      if (Node* list = item.find(key)) to_list(*list);
    }
  }
  return {};
}

Result<void> one_or_more(Node& node, std::string_view) {
  to_list(node);
  return {};
}

Result<void> values(Node& node, std::string_view key) {
  return to_map(node, key);
}

const std::map<std::string_view, Part>& parts() {
  static const std::map<std::string_view, Part> table{
      {"labels", values},
      {"annotations", values},
      {"sysctls", values},
      {"dns", one_or_more},
      {"dns_search", one_or_more},
      {"tmpfs", one_or_more},
      {"label_file", one_or_more},
      {"networks", names_to_map},
      {"models", names_to_map},
      {"depends_on", depends_on},
      {"build", build},
      {"env_file", env_file},
      {"deploy", deploy},
      {"develop", develop},
      {"extends", extends},
      {"gpus", gpus},
      {"ports", [](Node& node, std::string_view) { return expand_ports(node); }},
      {"volumes", [](Node& node, std::string_view) { return expand_volumes(node); }},
      {"devices", [](Node& node, std::string_view) { return expand_devices(node); }},
      {"secrets", mounts},
      {"configs", mounts},
  };
  return table;
}

/// `external: {name: N}` of old files is `external: true` and `name: N`.
Result<void> expand_external(Node& resource) {
  Node* external = resource.find("external");
  if (!external || !external->is_map()) return {};
  const Node* given = external->find("name");
  const Node old = given ? *given : Node();
  *external = Node::scalar("true", external->place);
  external->type = Node::Type::Boolean;
  if (old.is_null()) return {};
  const Node* name = resource.find("name");
  if (name && name->text != old.text) {
    return failure_at(old.place, "`external` names `" + old.text + "` and `name` names `" + name->text + "`",
                      "keep `name`, and write `external: true`");
  }
  resource.set("name", old);
  return {};
}

}  // namespace

Result<void> to_map(Node& node, std::string_view what) {
  if (!node.is_list()) return {};
  Node map = Node::map(node.place);
  for (const Node& item : node.items) {
    const std::size_t equals = item.text.find('=');
    const std::string name = item.text.substr(0, equals);
    if (name.ends_with(' ') || name.ends_with('\t')) {
      return failure_at(item.place, "`" + name + "` in `" + std::string(what) + "` ends with a space",
                        "write NAME=value without a space before the `=`");
    }
    Node value = Node::scalar(equals == std::string::npos ? "" : item.text.substr(equals + 1), item.place);
    if (equals == std::string::npos) value.kind = Node::Kind::Null;
    map.set(name, std::move(value));
  }
  node = std::move(map);
  return {};
}

void to_list(Node& node) {
  if (!node.is_scalar()) return;
  Node list = Node::list(node.place);
  list.items.push_back(node);
  node = std::move(list);
}

Result<void> expand_service(Node& service) {
  for (Member& member : service.members) {
    const auto found = parts().find(member.key);
    if (found == parts().end() || member.value.is_null()) continue;
    if (auto done = found->second(member.value, member.key); !done) return done;
  }
  return {};
}

Result<void> expand_model(Node& model) {
  if (Node* services = model.find("services")) {
    for (Member& service : services->members) {
      if (auto done = expand_service(service.value); !done) return done;
    }
  }
  for (const char* kind : {"networks", "volumes", "secrets", "configs"}) {
    Node* resources = model.find(kind);
    if (!resources) continue;
    for (Member& resource : resources->members) {
      if (auto done = expand_external(resource.value); !done) return done;
      if (Node* labels = resource.value.find("labels")) {
        if (auto done = to_map(*labels, "labels"); !done) return done;
      }
    }
  }
  return {};
}

}  // namespace pawl::providers::compose
