// Versions, their order, ranges, and the class of a hop between two of them.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::lang {

/// How versions are ordered and classed.
enum class VersionScheme {
  Semver,  // https://semver.org 2.0.0, an optional leading `v`, one to four numbers
  Calver,  // numbers are a date; no patch, minor or major
  List,    // only the versions listed in the stack, in that order
};

/// A version as written, with its parsed parts. Precedence follows semver.org item 11; build metadata and a
/// leading `v` do not count.
struct Version {
  std::string text;                     // exactly as written: "v2026.05.01", "2.0.0-rc.1"
  std::vector<std::uint64_t> numbers;   // {2026, 5, 1}
  std::vector<std::string> prerelease;  // {"rc", "1"}

  /// Empty when `text` is not a version (1 to 4 numbers of at most 15 digits, optional -prerelease and
  /// +build).
  static std::optional<Version> parse(std::string_view text);
  friend std::strong_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }
};

/// Comparators that must all hold: ">= 0.5.0", ">= 0.5 < 0.7", "1.4.x". An empty range holds for every
/// version.
struct VersionRange {
  enum class Operator { Less, LessEqual, Equal, GreaterEqual, Greater };
  struct Comparator {
    Operator op;
    Version version;
  };
  std::string text;
  std::vector<Comparator> all;

  static std::optional<VersionRange> parse(std::string_view text);
  bool contains(const Version& version) const;
};

/// What kind of step it is from one version to another.
enum class HopClass { Same, Patch, Minor, Major, Calendar, Downgrade };

std::string_view name(HopClass c);  // "patch", "minor", …

/// `list` is used for VersionScheme::List only: a hop forward there is classed as Minor.
HopClass classify(const Version& from, const Version& to, VersionScheme scheme,
                  const std::vector<Version>& list = {});

}  // namespace pawl::lang
