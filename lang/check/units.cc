#include "lang/check/units.h"

#include <charconv>

#include "lang/characters.h"

namespace pawl::lang {
namespace {

template <class Unit>
struct Scale {
  std::string_view name;
  Unit factor;
};
// Larger units first, which is also the order they must be written in.
constexpr Scale<std::int64_t> kDurations[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
constexpr Scale<std::uint64_t> kSizes[] = {
    {"B", 1},
    {"kB", 1000},
    {"KB", 1000},
    {"MB", 1000'000},
    {"GB", 1000'000'000},
    {"TB", 1000'000'000'000},
    {"KiB", 1ull << 10},
    {"MiB", 1ull << 20},
    {"GiB", 1ull << 30},
    {"TiB", 1ull << 40},
};

template <class Number>
std::optional<Number> take_number(std::string_view& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const auto value = is_digit(text.front()) ? take_number<std::int64_t>(text) : std::nullopt;
    if (!value) return std::nullopt;
    std::size_t length = 0;
    while (length < text.size() && !is_digit(text[length])) ++length;
    const std::string_view name = text.substr(0, length);
    std::size_t unit = next_unit;
    while (unit < std::size(kDurations) && kDurations[unit].name != name) ++unit;
    if (unit == std::size(kDurations)) return std::nullopt;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(*value, kDurations[unit].factor, &part)) return std::nullopt;
    if (__builtin_add_overflow(total, part, &total)) return std::nullopt;
    next_unit = unit + 1;
    text.remove_prefix(length);
  }
  return std::chrono::milliseconds(total);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto value = take_number<std::uint64_t>(text);
  if (!value) return std::nullopt;
  for (const auto& unit : kSizes) {
    std::uint64_t bytes = 0;
    if (unit.name == text) {
      return __builtin_mul_overflow(*value, unit.factor, &bytes) ? std::nullopt : std::optional(bytes);
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const auto value = take_number<std::int64_t>(text);
  return text.empty() ? value : std::nullopt;
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  std::size_t digits = 0, dots = 0;
  for (char c : text) {
    if (is_digit(c))
      ++digits;
    else if (c == '.' && digits > 0)
      ++dots;
    else
      return false;
  }
  return digits > 0 && dots <= 1 && text.back() != '.';
}

}  // namespace pawl::lang
