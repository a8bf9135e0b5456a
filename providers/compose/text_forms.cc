// Forms of single values: words, durations, sizes.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "providers/compose/casts.h"
#include "providers/compose/forms.h"

namespace pawl::providers::compose {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

constexpr std::array<Unit, 10> kDurationUnits{{{"ns", 1},
                                               {"us", 1'000},
                                               {"µs", 1'000},
                                               {"μs", 1'000},
                                               {"ms", 1'000'000},
                                               {"s", 1'000'000'000},
                                               {"m", 60'000'000'000},
                                               {"h", 3'600'000'000'000},
                                               {"d", 86'400'000'000'000},
                                               {"w", 604'800'000'000'000}}};

std::string_view digits(std::string_view& text) {
  const std::size_t length = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view found = text.substr(0, length);
  text.remove_prefix(length);
  return found;
}

/// Nanoseconds of "1h30m", "1.5s", "-2d".
std::optional<std::int64_t> nanoseconds_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  long double total = 0;
  while (!text.empty()) {
    std::string number(digits(text));
    bool any = !number.empty();
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      const std::string fraction(digits(text));
      any = any || !fraction.empty();
      number += "." + fraction;
    }
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(unit.size());
    long double scale = 0;
    for (const Unit& each : kDurationUnits) {
      if (each.name == unit) scale = static_cast<long double>(each.nanoseconds);
    }
    if (!any || scale == 0) return std::nullopt;
    total += std::floor(std::strtold(("0" + number).c_str(), nullptr) * scale + 1e-6L);
  }
  if (total > 9.2e18L) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(total);
  return negative ? -whole : whole;
}

/// "1.5" of 1500 thousandths.
std::string decimal(std::uint64_t value, std::uint64_t scale) {
  std::string out = std::to_string(value / scale);
  std::string fraction = std::to_string(scale + value % scale).substr(1);
  while (fraction.ends_with('0')) fraction.pop_back();
  return fraction.empty() || scale == 1 ? out : out + "." + fraction;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

std::optional<std::vector<std::string>> shell_words(std::string_view text) {
  // The rules are those of go-shellwords, which Compose uses: backticks and $( ) hold words together.
  std::vector<std::string> words;
  std::string word;
  bool inside = false, escaped = false;
  bool single = false, twice = false, backtick = false, substitution = false;
  for (const char c : text) {
    if (escaped) {
      word += c;
      escaped = false;
      inside = true;
      continue;
    }
    const bool plain = !single && !twice && !backtick && !substitution;
    if (c == '\\' && !single) {
      escaped = true;
    } else if (c == '\\') {
      word += c;
    } else if (is_space(c)) {
      if (!plain) {
        word += c;
      } else if (inside) {
        words.push_back(std::move(word));
        word.clear();
        inside = false;
      }
    } else if (c == '"' && !single && !substitution) {
      inside = inside || twice;
      twice = !twice;
    } else if (c == '\'' && !twice && !substitution) {
      inside = inside || single;
      single = !single;
    } else {
      if (c == '`' && !single && !twice && !substitution) backtick = !backtick;
      if (c == ')' && !single && !twice && !backtick) substitution = !substitution;
      if (c == '(' && !single && !twice && !backtick) {
        if (substitution || !word.ends_with('$')) return std::nullopt;
        substitution = true;
        word += c;
        continue;
      }
      if (plain && std::string_view(";&|<>").find(c) != std::string_view::npos) {
        if (c == '>' && !word.empty() && word[0] >= '0' && word[0] <= '9') inside = false;
        break;
      }
      word += c;
      inside = true;
    }
  }
  if (inside) words.push_back(std::move(word));
  if (escaped || single || twice || backtick || substitution) return std::nullopt;
  return words;
}

std::optional<std::string> canonical_duration(const std::string& text) {
  const auto total = nanoseconds_of(text);
  if (!total) return std::nullopt;
  const std::string sign = *total < 0 ? "-" : "";
  const auto left = static_cast<std::uint64_t>(*total < 0 ? -*total : *total);
  if (left == 0) return "0s";
  if (left < 1'000) return sign + std::to_string(left) + "ns";
  if (left < 1'000'000) return sign + decimal(left, 1'000) + "µs";
  if (left < 1'000'000'000) return sign + decimal(left, 1'000'000) + "ms";
  constexpr std::uint64_t kMinute = 60'000'000'000;
  const std::uint64_t minutes = left / kMinute;
  std::string out = sign;
  if (minutes >= 60) out += std::to_string(minutes / 60) + "h";
  if (minutes > 0) out += std::to_string(minutes % 60) + "m";
  return out + decimal(left % kMinute, 1'000'000'000) + "s";
}

std::optional<std::string> canonical_size(const std::string& text) {
  const std::size_t last = text.find_last_of("0123456789. ");
  if (last == std::string::npos) return std::nullopt;
  const auto number = real_of(std::string_view(text).substr(0, text[last] == ' ' ? last : last + 1));
  if (!number || *number < 0) return std::nullopt;
  std::string unit = text.substr(last + 1);
  for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (unit.empty() || unit == "b") return std::to_string(static_cast<std::int64_t>(*number));
  constexpr std::string_view kScales = "kmgtp";
  const std::size_t power = kScales.find(unit[0]);
  const std::string rest = unit.substr(1);
  if (power == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib")) return std::nullopt;
  const double bytes = *number * std::pow(1024.0, static_cast<double>(power) + 1);
  if (bytes > 9e18) return std::nullopt;
  return std::to_string(static_cast<std::int64_t>(bytes));
}

}  // namespace pawl::providers::compose
