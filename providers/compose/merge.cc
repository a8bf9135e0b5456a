#include "providers/compose/merge.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "providers/compose/casts.h"

namespace pawl::providers::compose {
namespace {

using Path = std::vector<std::string_view>;

bool is_one_of(const Path& path, std::initializer_list<std::string_view> patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](std::string_view pattern) { return matches(path, pattern); });
}

/// A command, or the test of a health check, is one thing although it is a list.
bool is_one_thing(const Path& path) {
  return is_one_of(path, {"services.*.command", "services.*.entrypoint", "services.*.healthcheck.test"});
}

/// Lists of NAME=value, and maps that mean the same.
bool is_sequence(const Path& path) {
  return is_one_of(
      path, {"networks.*.labels", "volumes.*.labels", "services.*.annotations", "services.*.build.args",
             "services.*.build.additional_contexts", "services.*.build.labels", "services.*.deploy.labels",
             "services.*.dns", "services.*.dns_opt", "services.*.dns_search", "services.*.env_file",
             "services.*.label_file", "services.*.environment", "services.*.labels", "services.*.sysctls",
             "services.*.tmpfs"});
}

bool is_extra_hosts(const Path& path) {
  return is_one_of(path, {"services.*.build.extra_hosts", "services.*.extra_hosts"});
}

bool is_named_map(const Path& path) {
  return is_one_of(path, {"services.*.depends_on", "services.*.models", "services.*.networks"});
}

/// {A: b, C: } → ["A=b", "C"]; a → [a].
Node as_sequence(const Node& value) {
  if (value.is_list()) return value;
  Node list = Node::list(value.place);
  if (value.is_scalar()) list.items.push_back(value);
  for (const Member& member : value.members) {
    const auto add = [&](const Node& one) {
      const std::string text = one.is_null() ? member.key : member.key + "=" + one.text;
      list.items.push_back(Node::scalar(text, one.place));
    };
    if (member.value.is_list())
      std::for_each(member.value.items.begin(), member.value.items.end(), add);
    else
      add(member.value);
  }
  return list;
}

/// [a] → {a: }; for what a service depends on, {a: {condition: service_started}}.
Node as_map(const Node& value, const Path& path) {
  if (!value.is_list()) return value;
  Node map = Node::map(value.place);
  for (const Node& item : value.items) {
    Node entry;
    if (path.back() == "depends_on") {
      entry = Node::map(item.place);
      entry.set("condition", Node::scalar("service_started", item.place));
    }
    entry.place = item.place;
    map.set(item.text, std::move(entry));
  }
  return map;
}

tl::unexpected<Error> cannot(const Node& base, const Node& over, const Path& path) {
  std::string name;
  for (const std::string_view part : path) name += (name.empty() ? "" : ".") + std::string(part);
  const auto kind = [](const Node& node) {
    return node.is_map() ? "a map" : node.is_list() ? "a list" : "a single value";
  };
  return failure_at(
      over.place, "`" + name + "` is " + kind(over) + " here and " + kind(base) + " in " + where(base.place),
      "write it in the same form, or put !override before the value to replace the earlier one");
}

Result<void> merge_value(Node& base, const Node& over, Path& path);

Result<void> merge_members(Node& base, const Node& over, Path& path) {
  for (const Member& member : over.members) {
    Node* mine = base.find(member.key);
    if (member.value.override == Node::Override::Reset) {
      base.remove(member.key);
    } else if (!mine) {
      base.members.push_back(member);
      clear_overrides(base.members.back().value);
    } else {
      path.push_back(member.key);
      if (auto done = merge_value(*mine, member.value, path); !done) return done;
      path.pop_back();
    }
  }
  return {};
}

/// Options of another logging driver mean nothing to the new one.
bool replaces_logging(const Node& base, const Node& over) {
  const std::string was = base.text_of("driver");
  const std::string now = over.text_of("driver");
  return !was.empty() && !now.empty() && was != now;
}

void replace(Node& base, const Node& over) {
  base = over;
  clear_overrides(base);
}

void append(Node& base, const Node& over) {
  for (const Member& member : over.members) {
    if (member.value.override == Node::Override::Reset) base.remove(member.key);
  }
  Node more = over;
  clear_overrides(more);
  base = as_sequence(base);
  more = as_sequence(more);
  base.items.insert(base.items.end(), more.items.begin(), more.items.end());
}

void append_new(Node& base, const Node& over) {
  base = as_sequence(base);
  Node more = as_sequence(over);
  const std::vector<Node> before = base.items;
  std::erase_if(more.items, [&](const Node& item) {
    return std::any_of(before.begin(), before.end(),
                       [&](const Node& each) { return each.text == item.text; });
  });
  base.items.insert(base.items.end(), more.items.begin(), more.items.end());
}

/// Address pools: each of the earlier ones is held against each of the later ones, as compose-go does it.
Result<void> merge_pools(Node& base, const Node& over, Path& path) {
  if (!base.is_list() || !over.is_list()) return cannot(base, over, path);
  std::vector<Node> merged;
  const auto find = [&](const Node& pool) {
    return std::find_if(merged.begin(), merged.end(),
                        [&](const Node& each) { return each.text_of("subnet") == pool.text_of("subnet"); });
  };
  for (const Node& original : base.items) {
    for (const Node& later : over.items) {
      if (later.text_of("subnet") != original.text_of("subnet") && find(later) == merged.end()) {
        merged.push_back(later);
        continue;
      }
      Node both = original;
      if (auto done = merge_members(both, later, path); !done) return done;
      if (const auto same = find(both); same != merged.end())
        *same = std::move(both);
      else
        merged.push_back(std::move(both));
    }
  }
  base.items = std::move(merged);
  return {};
}

Result<void> merge_value(Node& base, const Node& over, Path& path) {
  if (over.override == Node::Override::Replace || is_one_thing(path)) {
    replace(base, over);
    return {};
  }
  if (is_sequence(path)) {
    append(base, over);
    return {};
  }
  if (is_extra_hosts(path)) {
    append_new(base, over);
    return {};
  }
  if (over.is_null()) return {};
  if (matches(path, "networks.*.ipam.config")) return merge_pools(base, over, path);
  if (matches(path, "services.*.ulimits.*")) {
    replace(base, over);
    return {};
  }
  if (matches(path, "services.*.logging") && base.is_map() && over.is_map() && replaces_logging(base, over)) {
    replace(base, over);
    return {};
  }
  if (matches(path, "services.*.build") && base.is_scalar() != over.is_scalar()) {
    const auto in_map = [](const Node& build) {
      if (!build.is_scalar()) return build;
      Node map = Node::map(build.place);
      map.set("context", build);
      return map;
    };
    base = in_map(base);
    return merge_value(base, in_map(over), path);
  }
  if (is_named_map(path)) {
    base = as_map(base, path);
    if (over.is_list()) return merge_members(base, as_map(over, path), path);
  }
  if (base.is_map()) return over.is_map() ? merge_members(base, over, path) : cannot(base, over, path);
  if (base.is_list()) {
    if (!over.is_list()) return cannot(base, over, path);
    append(base, over);
    return {};
  }
  replace(base, over);
  return {};
}

/// What makes two items of a list the same thing; an Error when the item cannot be one of that list.
Result<std::string> identity(const Node& item, const Path& path) {
  const std::string_view list = path.back();
  if (item.is_map()) {
    const bool is_mount = list == "volumes" || list == "devices";
    if (is_mount || list == "ports") {
      if (const Node* target = item.find("target"); !target || !target->is_scalar())
        return failure_at(item.place, "an item of `" + std::string(list) + "` has no `target`",
                          "add `target:`, its place in the container");
    }
    if (is_mount) return item.text_of("target");
    if (list == "ports") {
      const std::string host = item.text_of("host_ip"), protocol = item.text_of("protocol");
      const Node* published = item.find("published");
      const bool number = published && published->type == Node::Type::Integer;
      return (host.empty() ? "0.0.0.0" : host) + ":" + (number ? "#" : "") + item.text_of("published") + ":" +
             item.text_of("target") + "/" + (protocol.empty() ? "tcp" : protocol);
    }
    if (list == "env_file") return item.text_of("path");
    if (list == "secrets" || list == "configs") {
      const std::string target = item.text_of("target");
      const std::string root = list == "secrets" ? "/run/secrets/" : "/";
      return target.empty() ? root + item.text_of("source") : target;
    }
  }
  if (!item.is_scalar())
    return failure_at(item.place, "an item of `" + std::string(list) + "` is not a single value",
                      "write one text per line, each after `- `");
  if (list == "volumes" || list == "devices") {
    const std::vector<std::string> parts = split_all(item.text, ':');
    return parts.size() > 1 ? parts[1] : parts[0];
  }
  if (list == "secrets" || list == "configs") return (list == "secrets" ? "/run/secrets/" : "/") + item.text;
  if (list == "ports" || list == "expose" || list == "env_file") return item.text;
  return item.text.substr(0, item.text.find('='));
}

bool holds_one_of_each(const Path& path) {
  return is_one_of(path, {"networks.*.labels",
                          "networks.*.ipam.options",
                          "services.*.annotations",
                          "services.*.build.args",
                          "services.*.build.additional_contexts",
                          "services.*.build.tags",
                          "services.*.build.labels",
                          "services.*.cap_add",
                          "services.*.cap_drop",
                          "services.*.devices",
                          "services.*.configs",
                          "services.*.deploy.labels",
                          "services.*.dns",
                          "services.*.dns_opt",
                          "services.*.dns_search",
                          "services.*.environment",
                          "services.*.env_file",
                          "services.*.expose",
                          "services.*.labels",
                          "services.*.links",
                          "services.*.networks.*.aliases",
                          "services.*.networks.*.link_local_ips",
                          "services.*.ports",
                          "services.*.profiles",
                          "services.*.secrets",
                          "services.*.sysctls",
                          "services.*.tmpfs",
                          "services.*.volumes"});
}

Result<void> keep_last(Node& node, Path& path) {
  for (Member& member : node.members) {
    path.push_back(member.key);
    if (auto done = keep_last(member.value, path); !done) return done;
    path.pop_back();
  }
  if (!node.is_list() || !holds_one_of_each(path)) return {};
  std::vector<Node> kept;
  std::vector<std::string> names;
  for (Node& item : node.items) {
    auto name = identity(item, path);
    if (!name) return tl::unexpected(name.error());
    const auto same = std::find(names.begin(), names.end(), *name);
    if (same != names.end()) {
      kept[static_cast<std::size_t>(same - names.begin())] = std::move(item);
    } else {
      kept.push_back(std::move(item));
      names.push_back(std::move(*name));
    }
  }
  node.items = std::move(kept);
  return {};
}

}  // namespace

Result<void> merge_model(Node& base, const Node& over) {
  Path path;
  return merge_members(base, over, path);
}

Result<void> merge_service(Node& base, const Node& over) {
  Path path{"services", "x"};
  return merge_members(base, over, path);
}

Result<void> keep_last_of_each(Node& model) {
  Path path;
  return keep_last(model, path);
}

}  // namespace pawl::providers::compose
