#include "executor/instructions/told.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "executor/system/output.h"

namespace pawl::executor {
namespace {

constexpr std::size_t kShownBytes = 200;
constexpr std::size_t kShownKinds = 4;

std::string shortened(std::string_view text) {
  if (text.size() <= kShownBytes) return std::string(text);
  return printable(text.substr(0, kShownBytes)) + "…";
}

/// The lines that are not empty, without white space at their ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    const auto last = line.find_last_not_of(" \t\r");
    if (last != std::string_view::npos) lines.push_back(line.substr(0, last + 1));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string counted(std::int64_t number, const char* unit) {
  return fmt::format("{} {}{}", number, unit, number == 1 ? "" : "s");
}

std::string told_list(const std::vector<std::string_view>& lines) {
  if (lines.empty()) return "there is none";
  std::vector<std::pair<std::string_view, int>> kinds;  // in the order in which they were seen
  for (const std::string_view line : lines) {
    const auto known =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.first == line; });
    if (known == kinds.end())
      kinds.emplace_back(line, 1);
    else
      ++known->second;
  }
  if (lines.size() == 1) return "there is one, " + shortened(lines[0]);
  std::string text = "there are " + in_words(static_cast<int>(lines.size()));
  if (kinds.size() == 1) return text + " of " + shortened(kinds[0].first);
  for (std::size_t i = 0; i < std::min(kinds.size(), kShownKinds); ++i)
    text += ", " + in_words(kinds[i].second) + " of " + shortened(kinds[i].first);
  return text + (kinds.size() > kShownKinds ? ", …" : "");
}

/// The answer about a process of pawl's own. A fingerprint begins with the version it was started in.
std::string told_process(std::string_view answer) {
  const auto json = nlohmann::json::parse(answer.begin(), answer.end(), nullptr, false);
  const auto text = [&](const char* name) {
    const bool there = json.is_object() && json.contains(name) && json[name].is_string();
    return there ? json[name].get<std::string>() : std::string();
  };
  const std::string state = text("state");
  if (state != "running" && state != "foreign") return "no process runs";
  const std::string pid = json.contains("pid") ? json["pid"].dump() : "";
  if (state == "foreign") return "its process has ended, and pid " + pid + " belongs to another program now";
  const std::string fingerprint = text("fingerprint");
  return "process " + pid + " runs, started in " + fingerprint.substr(0, fingerprint.find(':'));
}

}  // namespace

std::string in_words(int number) {
  static constexpr std::array kWords{"no",    "one",   "two",  "three", "four",   "five",  "six",
                                     "seven", "eight", "nine", "ten",   "eleven", "twelve"};
  if (number < 0 || static_cast<std::size_t>(number) >= kWords.size()) return std::to_string(number);
  return kWords[static_cast<std::size_t>(number)];
}

std::string in_words(Duration duration) {
  using namespace std::chrono_literals;
  if (duration < 1s) return counted(duration.count(), "millisecond");
  const auto total = std::chrono::round<std::chrono::seconds>(duration).count();
  const auto hours = total / 3600, minutes = total / 60 % 60, seconds = total % 60;
  std::string text;
  for (const auto& [number, unit] : {std::pair(hours, "hour"), {minutes, "minute"}, {seconds, "second"}}) {
    if (number > 0) text += (text.empty() ? "" : " ") + counted(number, unit);
  }
  return text;
}

std::string told(const planner::Query& query, const planner::Expectation& expect, std::string_view answer) {
  if (std::holds_alternative<planner::InspectProcess>(query)) return told_process(answer);
  const std::vector<std::string_view> lines = lines_of(answer);
  if (expect.lines) return told_list(lines);
  if (lines.empty()) return "the answer is empty";
  const std::string last = shortened(lines.back());
  if (lines.size() == 1) return "the answer is `" + last + "`";
  return fmt::format("the answer has {} lines and ends with `{}`", lines.size(), last);
}

}  // namespace pawl::executor
