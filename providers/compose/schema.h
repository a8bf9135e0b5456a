// The Compose specification's schema: which keys and kinds of value may stand where, and how values are read.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// How Compose reads a scalar.
enum class Reading { AsWritten, Flag, Count, Natural, Real, Duration, Size, Mode, Devices, Words };

struct Keys;

/// What may stand in one place. Pointers are into the schema, which lives as long as the program.
struct Shape {
  bool text = false, integer = false, number = false, boolean = false, null = false, any = false;
  std::vector<std::string> words;  // when not empty, the text is one of these
  std::string pattern;             // found in the text
  std::optional<long> least, most;
  const Shape* item = nullptr;  // of a list
  bool unique = false;
  const Shape* entry = nullptr;  // of a map with keys of one's own
  enum class Names { Any, Name, Lower } names = Names::Any;
  bool other_names = false;    // may be there, unchecked
  const Keys* keys = nullptr;  // of a map with known keys
  std::string keys_name;       // "service", "healthcheck"
  Reading reading = Reading::AsWritten;
  bool keeps_nothing = false;  // 0 or false says something that leaving the key out does not
};

struct Keys {
  bool closed = false;  // not even extensions
  bool open = false;
  std::map<std::string, Shape, std::less<>> rows;
  std::vector<std::string> required;
};

/// The shape of a whole file.
const Shape& file_shape();

/// Checks a merged model. An Error has the place, what is wrong there and how to write it.
Result<void> check_schema(const Node& model);

/// Every scalar in the one form of what it means: durations, sizes, whole numbers, commands as lists. What
/// says nothing is taken out. An Error where a value cannot be read.
Result<void> read_values(Node& model);

}  // namespace pawl::providers::compose
