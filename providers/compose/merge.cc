#include "providers/compose/merge.h"

#include <string>
#include <string_view>

namespace pawl::providers::compose {
namespace {

/// What makes two items of a list the same thing.
std::string identity(std::string_view list, const Node& item) {
  if (!item.is_map()) return canonical_json(item);
  if (list == "ports") {
    return item.text_of("host_ip") + "|" + item.text_of("published") + "|" + item.text_of("target") + "|" +
           item.text_of("protocol");
  }
  if (list == "volumes" || list == "devices") return item.text_of("target");
  if (list == "env_file") return item.text_of("path");
  if (list == "secrets" || list == "configs") {
    const std::string target = item.text_of("target");
    return target.empty() ? item.text_of("source") : target;
  }
  return canonical_json(item);
}

void merge_list(std::string_view name, Node& base, const Node& over) {
  for (const Node& item : over.items) {
    const std::string wanted = identity(name, item);
    bool replaced = false;
    for (Node& mine : base.items) {
      if (identity(name, mine) != wanted) continue;
      mine = item;
      replaced = true;
    }
    if (!replaced) base.items.push_back(item);
  }
}

/// A command, or the test of a health check, is one thing although it is a list.
bool is_one_thing(std::string_view key) {
  return key == "command" || key == "entrypoint" || key == "test";
}

/// Options of another logging driver mean nothing to the new one.
bool replaces_logging(const Node& base, const Node& over) {
  const std::string was = base.text_of("driver");
  const std::string now = over.text_of("driver");
  return !was.empty() && !now.empty() && was != now;
}

void merge_value(std::string_view key, Node& base, const Node& over) {
  if (over.override == Node::Override::Replace || is_one_thing(key)) {
    base = over;
  } else if (over.is_null()) {
    return;
  } else if (base.is_map() && over.is_map()) {
    if (key == "logging" && replaces_logging(base, over))
      base = over;
    else
      merge_map(base, over);
  } else if (base.is_list() && over.is_list()) {
    merge_list(key, base, over);
  } else {
    base = over;
  }
}

}  // namespace

void merge_map(Node& base, const Node& over) {
  for (const Member& member : over.members) {
    if (member.value.override == Node::Override::Reset) {
      base.remove(member.key);
    } else if (Node* mine = base.find(member.key)) {
      merge_value(member.key, *mine, member.value);
    } else {
      base.members.push_back(member);
    }
  }
}

void merge_service(Node& base, const Node& over) {
  // In an environment a name without a value takes the place of an earlier value; elsewhere null says
  // nothing.
  if (const Node* environment = over.find("environment"); environment && environment->is_map()) {
    for (const Member& member : environment->members) {
      Node* mine = base.find("environment");
      if (mine && member.value.is_null() && member.value.override == Node::Override::Merge)
        mine->remove(member.key);
    }
  }
  merge_map(base, over);
}

void merge_documents(Node& base, const Node& over) {
  for (const Member& member : over.members) {
    Node& mine = base.at(member.key);
    if (member.key != "services" || !mine.is_map()) {
      if (mine.is_map() && member.value.is_map())
        merge_map(mine, member.value);
      else if (!member.value.is_null())
        mine = member.value;
      continue;
    }
    for (const Member& service : member.value.members) {
      if (service.value.override == Node::Override::Reset)
        mine.remove(service.key);
      else if (Node* same = mine.find(service.key))
        merge_service(*same, service.value);
      else
        mine.members.push_back(service);
    }
  }
}

}  // namespace pawl::providers::compose
