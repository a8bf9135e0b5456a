#include "executor/system/reason.h"

#include <algorithm>
#include <cctype>
#include <deque>
#include <iterator>
#include <span>

namespace pawl::executor {
namespace {

using Words = std::span<const std::string_view>;

// All in small letters: lines are compared that way.
constexpr std::string_view kLoud[] = {"error", "fatal", "panic:", "exception"};
constexpr std::string_view kTelling[] = {"fail",      "denied",      "refused",   "cannot",    "can't",
                                         "could not", "unable to",   "invalid",   "not found", "no such",
                                         "missing",   "no space",    "timed out", "timeout",   "abort",
                                         "unknown",   "not allowed", "too many",  "conflict",  "in use"};
/// Sentences about an end or an error that do not say what it was.
constexpr std::string_view kEmpty[] = {
    "encountered errors while",          "no error",    " 0 errors",        "without error",
    "traceback (most recent call last)", "stack trace", "more information", "--help"};
/// These say no more than the exit code itself, unless there is more in the line.
constexpr std::string_view kEnd[] = {"exit status", "exit code", "exited with", "returned non-zero"};
constexpr std::size_t kEndAlone = 60;

bool holds_one(const std::string& line, Words words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return line.find(word) != std::string::npos; });
}

std::string_view trimmed(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r\n") - begin + 1);
}

/// "Creating shop_api_1 ... error", " Container shop-api-1  Starting": how far it was, not why it went no
/// further.
bool is_progress(const std::string& line) {
  const auto dots = line.find(" ... ");
  return line.ends_with(" ...") ||
         (dots != std::string::npos && line.find(' ', dots + 5) == std::string::npos) ||
         ((line.starts_with("container ") || line.starts_with("network ") || line.starts_with("volume ")) &&
          line.find("  ") != std::string::npos && line.find(':') == std::string::npos);
}

/// 0: nothing; 1: that it ended; 2: something; 3: telling; 4: loud.
int weight_of(std::string_view text) {
  if (text.empty()) return 0;
  std::string line(text);
  std::transform(line.begin(), line.end(), line.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (is_progress(line)) return 0;
  if (holds_one(line, kEmpty) || (line.size() < kEndAlone && holds_one(line, kEnd))) return 1;
  return holds_one(line, kLoud) ? 4 : holds_one(line, kTelling) ? 3 : 2;
}

template <class Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    take(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

bool says_the_same(std::string_view line, std::string_view reason) {
  constexpr std::size_t kEnough = 24;
  if (line == reason) return true;
  const auto [in_line, in_reason] = std::mismatch(line.rbegin(), line.rend(), reason.rbegin(), reason.rend());
  const auto common = static_cast<std::size_t>(std::distance(line.rbegin(), in_line));
  return common >= kEnough && 2 * common >= reason.size();
}

}  // namespace

void Reason::add(Stream stream, std::string_view line) {
  line = trimmed(line);
  const int kind = weight_of(line);
  if (kind == 0) return;
  // Of lines that tell nothing in particular the last one counts, wherever it was printed.
  const int weight = 2 * kind + (kind > 2 && stream == Stream::Err ? 1 : 0);
  if (weight < weight_) return;
  weight_ = weight;
  text_ = line;
}

std::string reason_in(std::string_view err, std::string_view out) {
  Reason reason;
  each_line(out, [&](std::string_view line) { reason.add(Reason::Stream::Out, line); });
  each_line(err, [&](std::string_view line) { reason.add(Reason::Stream::Err, line); });
  return reason.text();
}

std::string printed_besides(std::string_view printed, std::string_view reason, std::size_t most) {
  std::deque<std::string_view> kept;
  each_line(printed, [&](std::string_view line) {
    if (trimmed(line).empty() || (!reason.empty() && says_the_same(trimmed(line), reason))) return;
    kept.push_back(line);
    if (kept.size() > most) kept.pop_front();
  });
  std::string out;
  for (const std::string_view line : kept) out += std::string(line) + "\n";
  return out;
}

}  // namespace pawl::executor
