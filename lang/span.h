// Where something is in a source file. Every node of the syntax tree and of the Stack carries one, so that a
// diagnostic, a plan step and a failure at 3 a.m. can all point at the line that asked for it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::lang {

/// Index of a file in Sources::files.
using SourceId = std::uint32_t;

/// Bytes [begin, end) of one source file. A default Span stands for "nowhere" (built-in defaults).
struct Span {
  static constexpr SourceId kNowhere = UINT32_MAX;
  SourceId source = kNowhere;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool known() const { return source != kNowhere; }
  bool operator==(const Span&) const = default;
};

/// A value together with the place that gave it.
template <class T>
struct Located {
  T value{};
  Span span;
  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
  bool operator==(const Located&) const = default;
};

/// One-based line and column (column in Unicode code points) of a byte offset.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// The texts that were read, in the order they were read; index 0 is the manifest itself.
class Sources {
 public:
  struct File {
    std::string name;  // as a person would type it, relative to the manifest's folder
    std::string text;  // valid UTF-8, without a byte order mark
    std::vector<std::uint32_t> line_starts;
  };

  SourceId add(std::string name, std::string text);
  const File& file(SourceId id) const { return files_[id]; }
  std::size_t size() const { return files_.size(); }
  /// `span` must be known.
  Position position(Span span) const;
  /// The whole line (no newline) on which `span` begins.
  std::string_view line(Span span) const;
  /// "stack.pawl:12" or "" when the span is not known.
  std::string where(Span span) const;

 private:
  std::deque<File> files_;  // a deque: views into a text stay valid when files are added
};

}  // namespace pawl::lang
