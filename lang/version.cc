// Versions: parsing by hand, because no C++ library of Debian does it. The order is that of
// https://semver.org 2.0.0, item 11, extended to one to four numbers (absent numbers count as zero).
#include "lang/version.h"

#include <algorithm>
#include <cctype>

#include "lang/characters.h"

namespace pawl::lang {
namespace {

constexpr std::size_t kMaxNumbers = 4;
constexpr std::size_t kMaxDigits = 15;

bool is_identifier(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}
bool all_digits(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), is_digit);
}

std::uint64_t to_number(std::string_view digits) {
  std::uint64_t value = 0;
  for (char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

std::vector<std::string_view> split(std::string_view s, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = s.find(separator);
    parts.push_back(s.substr(0, at));
    if (at == std::string_view::npos) return parts;
    s.remove_prefix(at + 1);
  }
}

bool parse_numbers(std::string_view s, std::vector<std::uint64_t>& out) {
  const auto parts = split(s, '.');
  if (parts.size() > kMaxNumbers) return false;
  for (std::string_view part : parts) {
    if (!all_digits(part) || part.size() > kMaxDigits) return false;
    out.push_back(to_number(part));
  }
  return true;
}

bool valid_identifiers(std::string_view s) {
  const auto parts = split(s, '.');
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_identifier);
  });
}

std::strong_ordering compare_numbers(const Version& a, const Version& b) {
  for (std::size_t i = 0; i < std::max(a.numbers.size(), b.numbers.size()); ++i) {
    const std::uint64_t x = i < a.numbers.size() ? a.numbers[i] : 0;
    const std::uint64_t y = i < b.numbers.size() ? b.numbers[i] : 0;
    if (x != y) return x <=> y;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering compare_identifiers(const std::string& a, const std::string& b) {
  const bool a_number = all_digits(a), b_number = all_digits(b);
  if (a_number != b_number) return a_number ? std::strong_ordering::less : std::strong_ordering::greater;
  if (!a_number) return a.compare(b) <=> 0;
  // Numbers of any length: without leading zeros the longer one is the larger one.
  const auto significant = [](std::string_view s) {
    const std::size_t at = s.find_first_not_of('0');
    return at == std::string_view::npos ? std::string_view() : s.substr(at);
  };
  const std::string_view x = significant(a), y = significant(b);
  if (x.size() != y.size()) return x.size() <=> y.size();
  return x.compare(y) <=> 0;
}

std::strong_ordering compare_prereleases(const Version& a, const Version& b) {
  if (a.prerelease.empty() || b.prerelease.empty()) return a.prerelease.empty() <=> b.prerelease.empty();
  const std::size_t common = std::min(a.prerelease.size(), b.prerelease.size());
  for (std::size_t i = 0; i < common; ++i) {
    const auto order = compare_identifiers(a.prerelease[i], b.prerelease[i]);
    if (order != 0) return order;
  }
  return a.prerelease.size() <=> b.prerelease.size();
}

using Operator = VersionRange::Operator;

/// The comparator sign at the front of `s` ("" is equality), removed from it.
Operator take_operator(std::string_view& s) {
  constexpr std::pair<std::string_view, Operator> kOperators[] = {
      {"<=", Operator::LessEqual}, {">=", Operator::GreaterEqual}, {"==", Operator::Equal},
      {"<", Operator::Less},       {">", Operator::Greater},       {"=", Operator::Equal}};
  for (const auto& [sign, op] : kOperators) {
    if (!s.starts_with(sign)) continue;
    s.remove_prefix(sign.size());
    return op;
  }
  return Operator::Equal;
}

void skip_separators(std::string_view& s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == ',' || s.front() == '\t')) s.remove_prefix(1);
}

/// "1.4.x" and "1.4.*": from 1.4 up to, not including, 1.5 and its prereleases.
bool add_series(std::string_view series, std::vector<VersionRange::Comparator>& all) {
  const auto low = Version::parse(series);
  if (!low || !low->prerelease.empty()) return false;
  Version high = *low;
  ++high.numbers.back();
  high.prerelease = {"0"};
  high.text.clear();
  for (std::uint64_t number : high.numbers)
    high.text += (high.text.empty() ? "" : ".") + std::to_string(number);
  high.text += "-0";
  all.push_back({Operator::GreaterEqual, *low});
  all.push_back({Operator::Less, std::move(high)});
  return true;
}

bool holds(const VersionRange::Comparator& comparator, const Version& version) {
  const auto order = version <=> comparator.version;
  switch (comparator.op) {
    case Operator::Less:
      return order < 0;
    case Operator::LessEqual:
      return order <= 0;
    case Operator::Equal:
      return order == 0;
    case Operator::GreaterEqual:
      return order >= 0;
    case Operator::Greater:
      return order > 0;
  }
  return false;
}

std::size_t place(const Version& version, const std::vector<Version>& list) {
  return static_cast<std::size_t>(std::find(list.begin(), list.end(), version) - list.begin());
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  Version version;
  version.text = std::string(text);
  std::string_view rest = text;
  if (rest.starts_with('v')) rest.remove_prefix(1);
  if (const std::size_t plus = rest.find('+'); plus != std::string_view::npos) {
    if (!valid_identifiers(rest.substr(plus + 1))) return std::nullopt;
    rest = rest.substr(0, plus);
  }
  const std::size_t dash = rest.find('-');
  if (dash != std::string_view::npos) {
    if (!valid_identifiers(rest.substr(dash + 1))) return std::nullopt;
    for (std::string_view part : split(rest.substr(dash + 1), '.')) version.prerelease.emplace_back(part);
  }
  if (!parse_numbers(rest.substr(0, dash), version.numbers)) return std::nullopt;
  return version;
}

std::strong_ordering operator<=>(const Version& a, const Version& b) {
  const auto order = compare_numbers(a, b);
  return order != 0 ? order : compare_prereleases(a, b);
}

std::optional<VersionRange> VersionRange::parse(std::string_view text) {
  VersionRange range;
  range.text = std::string(text);
  std::string_view rest = text;
  for (skip_separators(rest); !rest.empty(); skip_separators(rest)) {
    const bool signed_one = rest.front() == '<' || rest.front() == '>' || rest.front() == '=';
    const Operator op = take_operator(rest);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    std::string_view word = rest.substr(0, rest.find_first_of(" ,\t<>="));
    rest.remove_prefix(word.size());
    if (word.ends_with(".x") || word.ends_with(".*")) {
      word.remove_suffix(2);
      if (signed_one || !add_series(word, range.all)) return std::nullopt;
      continue;
    }
    auto version = Version::parse(word);
    if (!version) return std::nullopt;
    range.all.push_back({op, std::move(*version)});
  }
  return range;
}

bool VersionRange::contains(const Version& version) const {
  return std::all_of(all.begin(), all.end(), [&](const Comparator& one) { return holds(one, version); });
}

std::string_view name(HopClass c) {
  switch (c) {
    case HopClass::Same:
      return "same";
    case HopClass::Patch:
      return "patch";
    case HopClass::Minor:
      return "minor";
    case HopClass::Major:
      return "major";
    case HopClass::Calendar:
      return "calendar";
    case HopClass::Downgrade:
      return "downgrade";
  }
  return "";
}

HopClass classify(const Version& from, const Version& to, VersionScheme scheme,
                  const std::vector<Version>& list) {
  if (scheme == VersionScheme::List) {
    const std::size_t a = place(from, list), b = place(to, list);
    return a == b ? HopClass::Same : a < b ? HopClass::Minor : HopClass::Downgrade;
  }
  const auto order = to <=> from;
  if (order == 0) return HopClass::Same;
  if (order < 0) return HopClass::Downgrade;
  if (scheme == VersionScheme::Calver) return HopClass::Calendar;
  const auto part = [](const Version& v, std::size_t i) { return i < v.numbers.size() ? v.numbers[i] : 0; };
  if (part(from, 0) != part(to, 0)) return HopClass::Major;
  if (part(from, 1) != part(to, 1)) return HopClass::Minor;
  return HopClass::Patch;
}

}  // namespace pawl::lang
