// A Compose document as a tree of values: what YAML says, with the place of every part, and nothing of any
// YAML library.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lang/result.h"

namespace pawl::providers::compose {

using lang::Error;
using lang::failure;
using lang::Result;

/// Where a value is: a file as the user named it, and a line and a column that count from 1 (0: nowhere).
struct Place {
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 0, column = 0;
};
/// "docker-compose.yml:12", or "" when the place is not known.
std::string where(const Place& place);

/// One value. Scalars are kept as the text that Compose would put into a container: plain numbers in decimal
/// (`010` is 8, `1.10` is 1.1), plain booleans as true and false. Maps keep the order of the file and have no
/// key twice.
struct Node {
  enum class Kind { Null, Scalar, List, Map };
  /// What YAML takes a scalar for. Whatever is quoted, or comes out of a variable, is text.
  enum class Type { Text, Integer, Float, Boolean, Date };
  /// What a `!reset` or `!override` tag asks of a later file.
  enum class Override { Merge, Reset, Replace };

  Kind kind = Kind::Null;
  Type type = Type::Text;  // of a scalar
  Override override = Override::Merge;
  std::string text;
  std::vector<Node> items;
  std::vector<struct Member> members;
  Place place;

  static Node scalar(std::string text, Place place = {});
  static Node list(Place place = {});
  static Node map(Place place = {});

  bool is_null() const { return kind == Kind::Null; }
  bool is_scalar() const { return kind == Kind::Scalar; }
  bool is_list() const { return kind == Kind::List; }
  bool is_map() const { return kind == Kind::Map; }

  /// nullptr: no such member, or not a map.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// The text of a scalar member; "" when there is none.
  std::string text_of(std::string_view key) const;
  /// The member, added at the end when it is missing. Must be a map.
  Node& at(std::string_view key);
  /// at(key) = value, for building.
  void set(std::string_view key, Node value);
  void remove(std::string_view key);
};

struct Member {
  std::string key;
  Node value;
  std::uint32_t line = 0;  // of the key, in the file of the value; 0: where the value is
  Place place() const;
};

/// One line of JSON with sorted keys: equal exactly when two nodes say the same. Places do not count.
std::string canonical_json(const Node& node);

/// Taken out: what `!reset` marks, and the marks themselves, once they have had their effect.
void clear_overrides(Node& node);

/// The parts of `text` between separators; never none.
std::vector<std::string> split_all(std::string_view text, char separator);

/// "docker-compose.yml:12: what", with a fix.
tl::unexpected<Error> failure_at(const Place& place, std::string what, std::string fix = {});

}  // namespace pawl::providers::compose
