#include "examples/demo/json_object.h"

#include <array>
#include <cstdio>

namespace piprio {
namespace {

/// Length of the UTF-8 sequence at the start of `text`; 0 when it is not one.
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  return length;
}

std::string escaped(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      break;
  }
  if (static_cast<unsigned char>(c) >= 0x20) return {c};
  std::array<char, 8> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "\\u%04x", static_cast<unsigned>(c));
  return buffer.data();
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 1)
      out += escaped(text[0]);
    else if (length == 0)
      out += "\xEF\xBF\xBD";
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + "\"";
}

void JsonObject::name(std::string_view name) {
  if (!members_.empty()) members_ += ',';
  members_ += json_string(name) + ":";
}

JsonObject& JsonObject::text(std::string_view member, std::string_view value) {
  return raw(member, json_string(value));
}

JsonObject& JsonObject::number(std::string_view member, std::int64_t value) {
  return raw(member, std::to_string(value));
}

JsonObject& JsonObject::raw(std::string_view member, std::string_view json) {
  name(member);
  members_ += json;
  return *this;
}

JsonObject& JsonObject::append(const JsonObject& other) {
  if (!members_.empty() && !other.members_.empty()) members_ += ',';
  members_ += other.members_;
  return *this;
}

}  // namespace piprio
