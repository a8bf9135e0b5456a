#include "executor/system/output.h"

#include <algorithm>
#include <utility>

namespace pawl::executor {
namespace {

/// A line longer than this is cut; what is cut away was never masked, so it is not shown either.
constexpr std::size_t kLineBytes = 64 * 1024;
constexpr std::size_t kShownBytes = 4 * 1024;

/// Length of the UTF-8 sequence at the start of `text`; 0 when it is not valid.
std::size_t sequence(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u) return 0;
  }
  if (length < 3) return length;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool beyond = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
  return overlong || beyond ? 0 : length;
}

}  // namespace

void LineReader::feed(std::string_view chunk) {
  while (!chunk.empty()) {
    const std::size_t end = chunk.find('\n');
    const std::string_view part = chunk.substr(0, end);
    const std::size_t room = kLineBytes - std::min(kLineBytes, line_.size());
    line_.append(part.substr(0, room));
    overlong_ = overlong_ || part.size() > room;
    if (end == std::string_view::npos) return;
    emit();
    chunk.remove_prefix(end + 1);
  }
}

void LineReader::finish() {
  if (!line_.empty()) emit();
}

void LineReader::emit() {
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  std::string shown = mask_(printable(line_));
  if (overlong_ || shown.size() > kShownBytes) {
    shown = printable(std::string_view(shown).substr(0, kShownBytes)) + " …";
  }
  line_.clear();
  overlong_ = false;
  sink_(std::move(shown));
}

void Tail::add(std::string_view line) {
  lines_.emplace_back(line);
  bytes_ += line.size() + 1;
  while (bytes_ > kTailBytes && lines_.size() > 1) {
    bytes_ -= lines_.front().size() + 1;
    lines_.pop_front();
  }
}

std::string Tail::text() const {
  std::string out;
  for (const std::string& line : lines_) out += line + "\n";
  return out;
}

std::string last_lines(std::string_view text) {
  if (text.size() <= kTailBytes) return printable(text);
  text.remove_prefix(text.size() - kTailBytes);
  const std::size_t line = text.find('\n');
  if (line != std::string_view::npos && line + 1 < text.size()) text.remove_prefix(line + 1);
  return printable(text);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence(text);
    if (length == 0) {
      out += '?';
      text.remove_prefix(1);
      continue;
    }
    const bool nul = text[0] == '\0';
    out.append(nul ? "?" : text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace pawl::executor
