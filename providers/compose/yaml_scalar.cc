#include "providers/compose/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace pawl::providers::compose {
namespace {

/// Numbers from ten to this power on are written with an exponent.
constexpr int kLargestFixed = 6;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Underscores between digits say nothing.
std::string without_underscores(std::string_view text) {
  std::string out(text);
  std::erase(out, '_');
  return out;
}

/// Decimal text of an integer written with a prefix: 010 and 0o10 are octal, 0x1f hexadecimal, 0b11 binary.
std::optional<std::string> read_integer(std::string_view text) {
  const std::string plain = without_underscores(text);
  const bool negative = plain.starts_with('-');
  std::string_view digits = plain;
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  const char prefix = digits.size() > 1 && digits[0] == '0' ? digits[1] : '\0';
  if (prefix == 'x' || prefix == 'X') {
    base = 16, digits.remove_prefix(2);
  } else if (prefix == 'o' || prefix == 'O') {
    base = 8, digits.remove_prefix(2);
  } else if (prefix == 'b' || prefix == 'B') {
    base = 2, digits.remove_prefix(2);
  } else if (prefix != '\0') {
    base = 8, digits.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  constexpr std::uint64_t kMostNegative = std::uint64_t{1} << 63;
  if (negative && value > kMostNegative) return std::nullopt;
  return (negative && value != 0 ? "-" : "") + std::to_string(value);
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, YAML's own form of a float.
bool is_float(std::string_view text) {
  const auto digits = [&] {
    std::size_t count = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') text.remove_prefix(1), ++count;
    return count;
  };
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t whole = digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return digits() > 0 && text.empty();
}

std::optional<std::string> read_float(std::string_view text) {
  const std::string plain = without_underscores(text);
  if (!is_float(plain)) return std::nullopt;
  const std::string_view digits = plain.starts_with('+') ? std::string_view(plain).substr(1) : plain;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number_text(value);
}

/// 2026-11-28, with a time or without. Compose v2 refuses a date wherever one can be.
bool is_date(std::string_view text) {
  const auto number = [&](std::size_t least, std::size_t most, int largest) {
    std::size_t count = 0;
    int value = 0;
    for (; count < most && !text.empty() && text[0] >= '0' && text[0] <= '9'; ++count) {
      value = value * 10 + (text[0] - '0');
      text.remove_prefix(1);
    }
    return count >= least && value <= largest;
  };
  const auto next = [&](std::string_view any) {
    if (text.empty() || any.find(text[0]) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  if (!number(4, 4, 9999) || !next("-") || !number(1, 2, 12) || !next("-") || !number(1, 2, 31)) return false;
  if (text.empty()) return true;
  const bool with_zone = text[0] == 'T' || text[0] == 't';
  if (!next("Tt ") || !number(1, 2, 23) || !next(":") || !number(1, 2, 59) || !next(":") || !number(1, 2, 59))
    return false;
  if (next(".") && !number(1, 9, 999'999'999)) return false;
  if (!with_zone) return text.empty();
  if (next("Z")) return text.empty();
  return next("+-") && number(2, 2, 23) && next(":") && number(2, 2, 59) && text.empty();
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

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  std::array<char, 32> out{};
  char* const last = out.data() + out.size();
  const auto scientific = std::to_chars(out.data(), last, value, std::chars_format::scientific);
  const std::string text(out.data(), scientific.ptr);
  const int exponent = std::atoi(text.c_str() + text.find('e') + 1);
  // How Go prints a float: the shortest digits, with an exponent when it is very small or very large.
  if (exponent < -4 || exponent >= kLargestFixed) return text;
  return std::string(out.data(), std::to_chars(out.data(), last, value, std::chars_format::fixed).ptr);
}

PlainScalar read_plain(std::string_view text) {
  using Type = Node::Type;
  PlainScalar scalar;
  if (text.empty() || is_one_of(text, {"~", "null", "Null", "NULL"})) {
    scalar.null = true;
    return scalar;
  }
  scalar.text = std::string(text);
  if (is_one_of(text, {"true", "True", "TRUE"})) {
    scalar.text = "true";
    scalar.type = Type::Boolean;
  } else if (is_one_of(text, {"false", "False", "FALSE"})) {
    scalar.text = "false";
    scalar.type = Type::Boolean;
  } else if (is_one_of(text, {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"})) {
    scalar.text = "+Inf";
    scalar.type = Type::Float;
  } else if (is_one_of(text, {"-.inf", "-.Inf", "-.INF"})) {
    scalar.text = "-Inf";
    scalar.type = Type::Float;
  } else if (is_one_of(text, {".nan", ".NaN", ".NAN"})) {
    scalar.text = "NaN";
    scalar.type = Type::Float;
  } else if (is_one_of(text, {"yes", "Yes", "YES", "on", "On", "ON"})) {
    scalar.differs = "true";
  } else if (is_one_of(text, {"no", "No", "NO", "off", "Off", "OFF"})) {
    scalar.differs = "false";
  } else if (is_sexagesimal(text)) {
    scalar.differs = "a number of base 60";
  } else if (is_date(text)) {
    scalar.type = Type::Date;
  } else if (auto integer = read_integer(text)) {
    scalar.text = *integer;
    scalar.type = Type::Integer;
    if (text.find('o') != std::string_view::npos) scalar.differs = "text";
  } else if (auto real = read_float(text)) {
    scalar.text = *real;
    scalar.type = Type::Float;
    if (text.find('.') == std::string_view::npos) scalar.differs = "text";
  }
  return scalar;
}

}  // namespace pawl::providers::compose
