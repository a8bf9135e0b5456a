// Every scalar in the one form of what it means, as compose-go reads it into its types.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "providers/compose/casts.h"
#include "providers/compose/forms.h"
#include "providers/compose/schema.h"

namespace pawl::providers::compose {
namespace {

using Type = Node::Type;

/// What a scalar becomes, or why it cannot: a few words that follow "which is not".
struct Read {
  std::optional<std::string> text;
  const char* wanted = "";
  const char* fix = "";
};

Read as_count(const Node& node, bool from_text, bool negative_too) {
  Read read{std::nullopt, "a whole number", "write a number such as 3, without quotes"};
  std::optional<std::int64_t> value;
  if (node.type == Type::Text) {
    if (from_text) value = integer_of(node.text);
  } else if (node.type == Type::Integer) {
    value = integer_of(node.text);
  } else if (const auto real = real_of(node.text); real && std::abs(*real) < 9e18) {
    value = static_cast<std::int64_t>(*real);
  }
  if (value && (negative_too || *value >= 0)) read.text = std::to_string(*value);
  return read;
}

/// Compose keeps 32 bits of a real number.
Read as_real(const Node& node) {
  Read read{std::nullopt, "a number", "write a number such as 0.5"};
  if (const auto value = real_of(node.text)) {
    std::array<char, 64> out{};
    const auto end = std::to_chars(out.data(), out.data() + out.size(), static_cast<float>(*value),
                                   std::chars_format::fixed);
    read.text = std::string(out.data(), end.ptr);
  }
  return read;
}

/// A number with a point says nothing to Compose where a size is wanted.
Read as_size(const Node& node) {
  Read read{node.text, "a size", "write it as 512m, 1.5g or a number of bytes"};
  if (node.type == Type::Text) read.text = canonical_size(node.text);
  if (node.type == Type::Float) read.text = "0";
  return read;
}

Read as_mode(const Node& node) {
  Read read{std::nullopt, "a file mode", "write it as 0440"};
  if (node.type == Type::Integer) read.text = node.text;
  std::int64_t value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value, 8);
  if (node.type == Type::Text && error == std::errc() && stop == end) read.text = std::to_string(value);
  return read;
}

Read as_devices(const Node& node) {
  Read read = as_count(node, true, true);
  read.wanted = "a number of devices";
  read.fix = "write `all` or a number";
  std::string lower = node.text;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == "all" || read.text == "-1") read.text = "all";
  return read;
}

Read as_flag(const Node& node) {
  Read read{std::nullopt, "true or false", "write true or false"};
  if (const auto value = boolean_of(node.text)) read.text = *value ? "true" : "false";
  return read;
}

Read read_scalar(const Node& node, Reading reading) {
  switch (reading) {
    case Reading::Flag:
      return as_flag(node);
    case Reading::Count:
      return as_count(node, true, true);
    case Reading::Natural:
      return as_count(node, false, false);
    case Reading::Real:
      return as_real(node);
    case Reading::Duration:
      return {canonical_duration(node.text), "a duration", "write it as 90s or 1m30s"};
    case Reading::Size:
      return as_size(node);
    case Reading::Mode:
      return as_mode(node);
    case Reading::Devices:
      return as_devices(node);
    case Reading::AsWritten:
    case Reading::Words:
      break;
  }
  return {node.text};
}

bool says_nothing(const Node& node, const Shape& shape) {
  if (node.is_null()) return true;
  if (!node.is_scalar() || shape.keeps_nothing) return false;
  switch (shape.reading) {
    case Reading::Flag:
      return node.text == "false";
    case Reading::Duration:
      return node.text == "0s";
    case Reading::AsWritten:
      return node.text.empty();
    case Reading::Words:
      return false;
    default:
      return node.text == "0";
  }
}

Result<void> read_words(Node& node, const std::string& key) {
  if (!node.is_scalar()) return {};
  const auto words = shell_words(node.text);
  if (!words) {
    return failure_at(node.place,
                      "`" + key + "` cannot be split into words: a quote or a bracket is not closed",
                      "write it as a list: [\"program\", \"argument\"]");
  }
  Node list = Node::list(node.place);
  for (const std::string& word : *words) list.items.push_back(Node::scalar(word, node.place));
  node = std::move(list);
  return {};
}

Result<void> read_value(Node& node, const Shape& shape, const std::string& key) {
  if (shape.reading == Reading::Words) return read_words(node, key);
  if (node.is_scalar()) {
    Read read = read_scalar(node, shape.reading);
    if (!read.text)
      return failure_at(node.place, "`" + key + "` is `" + node.text + "`, which is not " + read.wanted,
                        read.fix);
    node.text = std::move(*read.text);
    return {};
  }
  if (shape.item) {
    for (Node& item : node.items) {
      if (auto done = read_value(item, *shape.item, key); !done) return done;
    }
  }
  if (!node.is_map()) return {};
  for (Member& member : node.members) {
    const Shape* inner = shape.entry;
    if (shape.keys) {
      const auto row = shape.keys->rows.find(member.key);
      inner = row == shape.keys->rows.end() ? nullptr : &row->second;
    }
    if (!inner) continue;
    if (auto done = read_value(member.value, *inner, member.key); !done) return done;
  }
  if (!shape.keys) return {};
  std::erase_if(node.members, [&](const Member& member) {
    const auto row = shape.keys->rows.find(member.key);
    return row == shape.keys->rows.end() ? member.key.starts_with("x-")
                                         : says_nothing(member.value, row->second);
  });
  return {};
}

}  // namespace

Result<void> read_values(Node& model) {
  return read_value(model, file_shape(), "");
}

}  // namespace pawl::providers::compose
