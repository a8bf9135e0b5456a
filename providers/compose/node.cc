#include "providers/compose/node.h"

#include <algorithm>
#include <cstdio>

namespace pawl::providers::compose {
namespace {

void write_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
}

void write(const Node& node, std::string& out);

void write_list(const Node& node, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) out += ',';
    write(node.items[i], out);
  }
  out += ']';
}

void write_map(const Node& node, std::string& out) {
  std::vector<const Member*> sorted;
  for (const Member& member : node.members) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(), [](const Member* a, const Member* b) { return a->key < b->key; });
  out += '{';
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0) out += ',';
    write_string(sorted[i]->key, out);
    out += ':';
    write(sorted[i]->value, out);
  }
  out += '}';
}

void write(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::Null:
      out += "null";
      break;
    case Node::Kind::Scalar:
      write_string(node.text, out);
      break;
    case Node::Kind::List:
      write_list(node, out);
      break;
    case Node::Kind::Map:
      write_map(node, out);
      break;
  }
}

}  // namespace

std::string where(const Place& place) {
  if (!place.file) return {};
  return place.line == 0 ? *place.file : *place.file + ":" + std::to_string(place.line);
}

Place Member::place() const {
  return {value.place.file, line == 0 ? value.place.line : line, 0};
}

Node Node::scalar(std::string text, Place place) {
  Node node;
  node.kind = Kind::Scalar;
  node.text = std::move(text);
  node.place = std::move(place);
  return node;
}

Node Node::list(Place place) {
  Node node;
  node.kind = Kind::List;
  node.place = std::move(place);
  return node;
}

Node Node::map(Place place) {
  Node node;
  node.kind = Kind::Map;
  node.place = std::move(place);
  return node;
}

const Node* Node::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(std::as_const(*this).find(key));
}

std::string Node::text_of(std::string_view key) const {
  const Node* node = find(key);
  return node && node->is_scalar() ? node->text : std::string();
}

Node& Node::at(std::string_view key) {
  if (Node* found = find(key)) return *found;
  members.push_back({std::string(key), {}});
  return members.back().value;
}

void Node::set(std::string_view key, Node value) {
  at(key) = std::move(value);
}

void Node::remove(std::string_view key) {
  std::erase_if(members, [&](const Member& member) { return member.key == key; });
}

std::string canonical_json(const Node& node) {
  std::string out;
  write(node, out);
  return out;
}

void clear_overrides(Node& node) {
  const auto is_reset = [](const Node& each) { return each.override == Node::Override::Reset; };
  std::erase_if(node.items, is_reset);
  std::erase_if(node.members, [&](const Member& member) { return is_reset(member.value); });
  node.override = Node::Override::Merge;
  for (Node& item : node.items) clear_overrides(item);
  for (Member& member : node.members) clear_overrides(member.value);
}

std::vector<std::string> split_all(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

tl::unexpected<Error> failure_at(const Place& place, std::string what, std::string fix) {
  const std::string at = where(place);
  return failure(at.empty() ? std::move(what) : at + ": " + what, std::move(fix));
}

}  // namespace pawl::providers::compose
