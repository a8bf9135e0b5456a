// Forms of single values: words, durations, sizes, paths.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>

#include "providers/compose/forms.h"

namespace pawl::providers::compose {
namespace {

struct Unit {
  std::string_view name;
  double value;
};

constexpr std::array<Unit, 8> kDurationUnits{
    {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};

/// Seconds of "1h30m", "1.5s"; negative: not a duration.
double seconds_of(std::string_view text) {
  double total = 0;
  if (text.empty()) return -1;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || number < 0) return -1;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::size_t length = std::min(text.find_first_of("0123456789."), text.size());
    double scale = 0;
    for (const Unit& unit : kDurationUnits) {
      if (unit.name == text.substr(0, length)) scale = unit.value;
    }
    if (scale == 0) return -1;
    total += number * scale;
    text.remove_prefix(length);
  }
  return total;
}

std::string shortest(double value) {
  std::array<char, 32> out{};
  return std::string(out.data(), std::to_chars(out.data(), out.data() + out.size(), value).ptr);
}

}  // namespace

std::vector<std::string> shell_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      const char next = text[++i];
      if (quote == '"' && next != '"' && next != '\\' && next != '$' && next != '`') word += '\\';
      if (next != '\n') word += next;
      inside = true;
    } else if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (inside) words.push_back(std::move(word));
      word.clear();
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) words.push_back(std::move(word));
  return words;
}

std::string canonical_duration(const std::string& text) {
  const double total = seconds_of(text);
  if (total < 0 || total > 1e9) return text;
  const auto whole = static_cast<std::int64_t>(total);
  const double rest =
      std::round((total - static_cast<double>(whole % 60 == 0 && total == static_cast<double>(whole)
                                                  ? whole
                                                  : whole - whole % 60)) *
                 1e9) /
      1e9;
  const std::int64_t minutes = whole / 60;
  std::string out;
  if (minutes >= 60) out += std::to_string(minutes / 60) + "h";
  if (minutes > 0) out += std::to_string(minutes % 60) + "m";
  return out + shortest(rest) + "s";
}

std::string canonical_size(const std::string& text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || number < 0) return text;
  std::string unit(end, text.data() + text.size());
  for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (unit.starts_with(' ')) unit.erase(0, 1);
  if (unit.ends_with("ib"))
    unit.erase(unit.size() - 2);
  else if (unit.ends_with('b'))
    unit.pop_back();
  constexpr std::string_view kScales = "kmgtp";
  if (unit.size() > 1 || (unit.size() == 1 && kScales.find(unit[0]) == std::string_view::npos)) return text;
  const int power = unit.empty() ? 0 : static_cast<int>(kScales.find(unit[0])) + 1;
  const double bytes = number * std::pow(1024.0, power);
  return bytes > 9e18 ? text : std::to_string(static_cast<std::int64_t>(bytes));
}

std::string canonical_path(const std::string& path, const std::string& base) {
  if (path.starts_with('/') || path.starts_with('~') || path.empty()) return path;
  const std::string normal = (std::filesystem::path(base) / path).lexically_normal().string();
  const std::string trimmed =
      normal.size() > 1 && normal.ends_with('/') ? normal.substr(0, normal.size() - 1) : normal;
  if (trimmed == "." || trimmed == ".." || trimmed.starts_with("../") || trimmed.starts_with('/'))
    return trimmed;
  return "./" + trimmed;
}

}  // namespace pawl::providers::compose
