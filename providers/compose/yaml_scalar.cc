#include "providers/compose/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

namespace pawl::providers::compose {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Decimal text of an integer written with a prefix: 010 and 0o10 are octal, 0x1f hexadecimal, 0b11 binary.
std::optional<std::string> read_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = negative || text.starts_with('+') ? text.substr(1) : text;
  int base = 10;
  if (digits.starts_with("0x")) {
    base = 16, digits.remove_prefix(2);
  } else if (digits.starts_with("0o")) {
    base = 8, digits.remove_prefix(2);
  } else if (digits.starts_with("0b")) {
    base = 2, digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits.starts_with('0')) {
    base = 8, digits.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return (negative && value != 0 ? "-" : "") + std::to_string(value);
}

/// Shortest decimal text of a float that has a point or an exponent.
std::optional<std::string> read_float(std::string_view text) {
  if (text.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value))
    return std::nullopt;
  std::array<char, 32> out{};
  const auto written = std::to_chars(out.data(), out.data() + out.size(), value);
  return std::string(out.data(), written.ptr);
}

/// 1:30 and 190:20:30 are numbers of base 60 in YAML 1.1, when each part after the first is below 60.
bool is_sexagesimal(std::string_view text) {
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !all_digits(text.substr(0, colon)) || text.starts_with('0'))
    return false;
  while (colon != std::string_view::npos) {
    const std::size_t next = text.find(':', colon + 1);
    const std::string_view part =
        text.substr(colon + 1, next == std::string_view::npos ? next : next - colon - 1);
    if (!all_digits(part) || part.size() > 2 || (part.size() == 2 && part[0] > '5')) return false;
    colon = next;
  }
  return true;
}

}  // namespace

PlainScalar read_plain(std::string_view text) {
  PlainScalar scalar;
  if (text.empty() || is_one_of(text, {"~", "null", "Null", "NULL"})) {
    scalar.null = true;
    return scalar;
  }
  scalar.text = std::string(text);
  if (is_one_of(text, {"true", "True", "TRUE"})) {
    scalar.text = "true";
  } else if (is_one_of(text, {"false", "False", "FALSE"})) {
    scalar.text = "false";
  } else if (is_one_of(text, {"yes", "Yes", "YES", "on", "On", "ON"})) {
    scalar.differs = "true";
  } else if (is_one_of(text, {"no", "No", "NO", "off", "Off", "OFF"})) {
    scalar.differs = "false";
  } else if (is_sexagesimal(text)) {
    scalar.differs = "a number of base 60";
  } else if (auto integer = read_integer(text)) {
    scalar.text = *integer;
    if (text.find('o') != std::string_view::npos) scalar.differs = "text";
  } else if (auto real = read_float(text)) {
    scalar.text = *real;
    if (text.find('.') == std::string_view::npos) scalar.differs = "text";
  }
  return scalar;
}

}  // namespace pawl::providers::compose
