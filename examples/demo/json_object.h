// Writes one flat JSON object, member by member, in the order given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace piprio {

/// `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& number(std::string_view name, std::int64_t value);
  /// `json` is JSON already: an object, a list.
  JsonObject& raw(std::string_view name, std::string_view json);
  /// All members of `other` after those of this one.
  JsonObject& append(const JsonObject& other);
  std::string str() const { return "{" + members_ + "}"; }

 private:
  void name(std::string_view name);
  std::string members_;
};

}  // namespace piprio
