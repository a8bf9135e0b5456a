// What a process prints, as masked lines: to the live view while it runs, and its last lines to the journal.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace pawl::executor {

/// Most of an operation's output that is kept: its last lines, in bytes.
inline constexpr std::size_t kTailBytes = 8 * 1024;

/// Chunks → whole lines. A line is masked as a whole, so a secret split over two chunks is still found.
class LineReader {
 public:
  using Sink = std::function<void(std::string line)>;
  LineReader(std::function<std::string(std::string)> mask, Sink sink)
      : mask_(std::move(mask)), sink_(std::move(sink)) {}

  void feed(std::string_view chunk);
  /// The last line, when it had no newline.
  void finish();

 private:
  void emit();

  std::function<std::string(std::string)> mask_;
  Sink sink_;
  std::string line_;
  bool overlong_ = false;
};

/// The last lines that fit in kTailBytes.
class Tail {
 public:
  void add(std::string_view line);
  std::string text() const;

 private:
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0;
};

/// At most kTailBytes from the end of `text`, beginning at a line where there is one.
std::string last_lines(std::string_view text);
/// `text` with what is not valid UTF-8 replaced by `?`, so that a journal can hold it.
std::string printable(std::string_view text);

}  // namespace pawl::executor
