// A merged model held against the schema.
#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

#include "lang/diagnostic.h"
#include "providers/compose/casts.h"
#include "providers/compose/schema.h"

namespace pawl::providers::compose {
namespace {

using Type = Node::Type;

/// "services.a.healthcheck", or "the top level".
std::string name_of(const std::vector<std::string>& path) {
  std::string name;
  for (const std::string& part : path) name += (name.empty() || part[0] == '[' ? "" : ".") + part;
  return name.empty() ? "the top level" : "`" + name + "`";
}

bool is_name(std::string_view text, Shape::Names names) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    if (names == Shape::Names::Lower) return c >= 'a' && c <= 'z';
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
  });
}

/// What may stand there, in words: "text, a number or a list".
std::string kinds_of(const Shape& shape) {
  std::vector<std::string> kinds;
  if (shape.text) kinds.emplace_back("text");
  if (shape.number) kinds.emplace_back("a number");
  if (shape.integer && !shape.number) kinds.emplace_back("a whole number");
  if (shape.boolean) kinds.emplace_back("true or false");
  if (shape.item) kinds.emplace_back("a list");
  if (shape.entry || shape.keys) kinds.emplace_back("a map");
  std::string out;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (i > 0) out += i + 1 == kinds.size() ? " or " : ", ";
    out += kinds[i];
  }
  return out.empty() ? "nothing" : out;
}

std::string kind_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Null:
      return "empty";
    case Node::Kind::List:
      return "a list";
    case Node::Kind::Map:
      return "a map";
    case Node::Kind::Scalar:
      break;
  }
  switch (node.type) {
    case Type::Integer:
    case Type::Float:
      return "the number " + node.text;
    case Type::Boolean:
      return node.text;
    case Type::Date:
      return "the date " + node.text;
    case Type::Text:
      break;
  }
  return "text";
}

/// How to write what is wanted, when the commonest mistake is known.
std::string fix_for(const Node& node, const Shape& shape) {
  if (node.is_scalar() && node.type != Type::Text && shape.text)
    return "put it in quotes: \"" + node.text + "\"";
  if (node.is_scalar() && node.type == Type::Date) return "put it in quotes: \"" + node.text + "\"";
  if (node.is_scalar() && shape.item) return "write one value per line, each after `- `";
  if (!node.is_map() && (shape.keys || shape.entry)) return "write its keys below it, one per line";
  if (node.is_list() && shape.text) return "write one text instead of the list";
  if (node.is_null()) return "give it a value, or remove the key";
  return "write " + kinds_of(shape);
}

bool is_whole(const Node& node) {
  if (node.type == Type::Integer) return true;
  const auto value = node.type == Type::Float ? real_of(node.text) : std::nullopt;
  return value && *value == static_cast<double>(static_cast<long long>(*value));
}

class Check {
 public:
  Result<void> value(const Node& node, const Shape& shape) {
    if (shape.any) return {};
    if (node.is_null() && shape.null) return {};
    if (node.is_list() && shape.item) return list(node, shape);
    if (node.is_map() && shape.keys) return known_keys(node, shape);
    if (node.is_map() && shape.entry) return own_keys(node, shape);
    if (node.is_scalar() && allows(node, shape)) return scalar(node, shape);
    return failure_at(node.place,
                      name_of(path_) + " is " + kind_of(node) + ", and Compose wants " + kinds_of(shape),
                      fix_for(node, shape));
  }

 private:
  static bool allows(const Node& node, const Shape& shape) {
    switch (node.type) {
      case Type::Text:
        return shape.text;
      case Type::Boolean:
        return shape.boolean;
      case Type::Integer:
      case Type::Float:
        return shape.number || (shape.integer && is_whole(node));
      case Type::Date:
        return false;
    }
    return false;
  }

  Result<void> scalar(const Node& node, const Shape& shape) {
    if (node.type == Type::Text && !shape.words.empty() &&
        std::find(shape.words.begin(), shape.words.end(), node.text) == shape.words.end()) {
      std::string all;
      for (const std::string& word : shape.words) all += (all.empty() ? "" : ", ") + word;
      return wrong(node, "write one of: " + all);
    }
    if (node.type == Type::Text && !shape.pattern.empty() &&
        !std::regex_search(node.text, std::regex(shape.pattern))) {
      return wrong(node, shape.pattern.find('|') != std::string::npos
                             ? "write one of: " + shape.pattern.substr(0, shape.pattern.find("|every_"))
                             : "write letters, digits, `_`, `.` and `-`, two or more");
    }
    const auto number = node.type == Type::Text ? std::nullopt : real_of(node.text);
    if (number && shape.least && *number < static_cast<double>(*shape.least))
      return wrong(node, "write " + std::to_string(*shape.least) + " or more");
    if (number && shape.most && *number > static_cast<double>(*shape.most))
      return wrong(node, "write " + std::to_string(*shape.most) + " or less");
    return {};
  }

  tl::unexpected<Error> wrong(const Node& node, std::string fix) const {
    return failure_at(node.place,
                      name_of(path_) + " is `" + node.text + "`, which Compose does not take there",
                      std::move(fix));
  }

  Result<void> list(const Node& node, const Shape& shape) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& item = node.items[i];
      path_.push_back("[" + std::to_string(i) + "]");
      if (auto done = value(item, *shape.item); !done) return done;
      path_.pop_back();
      const bool number = item.is_scalar() && item.type != Type::Text;
      if (shape.unique && !seen.insert((number ? "#" : "") + canonical_json(item)).second) {
        return failure_at(
            item.place,
            name_of(path_) + " has " + (item.is_scalar() ? "`" + item.text + "`" : "an item") + " twice",
            "remove one of the two");
      }
    }
    return {};
  }

  Result<void> known_keys(const Node& node, const Shape& shape) {
    const Keys& keys = *shape.keys;
    for (const Member& member : node.members) {
      const auto row = keys.rows.find(member.key);
      if (row == keys.rows.end()) {
        if (keys.open || (!keys.closed && member.key.starts_with("x-"))) continue;
        return unknown_key(member, keys);
      }
      path_.push_back(member.key);
      if (auto done = value(member.value, row->second); !done) return done;
      path_.pop_back();
    }
    for (const std::string& key : keys.required) {
      if (!node.find(key))
        return failure_at(node.place, name_of(path_) + " has no `" + key + "`", "add `" + key + ":`");
    }
    return {};
  }

  tl::unexpected<Error> unknown_key(const Member& member, const Keys& keys) const {
    std::vector<std::string_view> known;
    for (const auto& [key, row] : keys.rows) known.push_back(key);
    const std::string near = lang::nearest(member.key, known);
    return failure_at(member.place(),
                      "`" + member.key + "` in " + name_of(path_) + " is no key that Compose knows",
                      near.empty() ? "remove it, or begin it with x- if it is your own"
                                   : "did you mean `" + near + "`? A key of your own begins with x-");
  }

  Result<void> own_keys(const Node& node, const Shape& shape) {
    for (const Member& member : node.members) {
      if (shape.names != Shape::Names::Any ? !is_name(member.key, shape.names) : member.key.empty()) {
        if (shape.other_names) continue;
        return failure_at(member.place(),
                          "`" + member.key + "` in " + name_of(path_) + " is not a name that Compose takes",
                          "use letters, digits, `.`, `_` and `-`");
      }
      path_.push_back(member.key);
      if (auto done = value(member.value, *shape.entry); !done) return done;
      path_.pop_back();
    }
    return {};
  }

  std::vector<std::string> path_;
};

}  // namespace

Result<void> check_schema(const Node& model) {
  return Check().value(model, file_shape());
}

}  // namespace pawl::providers::compose
