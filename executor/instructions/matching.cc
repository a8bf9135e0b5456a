#include "executor/instructions/matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <regex>

#include "executor/instructions/short_name.h"
#include "executor/instructions/told.h"
#include "executor/system/reason.h"

namespace pawl::executor {
namespace {

using Json = nlohmann::json;

/// std::regex recurses once per character: a longer line could overflow the stack.
constexpr std::size_t kPatternBytes = 8 * 1024;
constexpr std::size_t kShownBytes = 200;

std::string shortened(std::string text) {
  if (text.size() > kShownBytes) text = text.substr(0, kShownBytes) + "…";
  return text;
}

std::string_view without_trailing_space(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

std::string as_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

const Json* member(const Json& value, std::string_view name) {
  if (value.is_object()) {
    const auto found = value.find(std::string(name));
    return found == value.end() ? nullptr : &*found;
  }
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  const bool number = error == std::errc() && end == name.data() + name.size();
  return value.is_array() && number && index < value.size() ? &value[index] : nullptr;
}

/// `done` is the part of the path that was followed, for the message.
std::optional<std::string> mismatch_at(const Json& value, std::string_view rest, const std::string& done,
                                       const std::string& wanted) {
  if (rest.empty()) {
    const std::string text = as_text(value);
    if (text == wanted) return std::nullopt;
    return fmt::format("{} is {}, not {}", done, shortened(text), wanted);
  }
  const auto dot = rest.find('.');
  const std::string_view head = rest.substr(0, dot);
  const std::string_view tail = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  const auto below = [&](const std::string& name) { return done.empty() ? name : done + "." + name; };
  if (head != "*") {
    const Json* next = member(value, head);
    if (!next) return fmt::format("{} is not in the answer", below(std::string(head)));
    return mismatch_at(*next, tail, below(std::string(head)), wanted);
  }
  if (!value.is_structured() || value.empty())
    return fmt::format("{} has no members", done.empty() ? "the answer" : done);
  for (const auto& [name, item] : value.items()) {
    if (auto why = mismatch_at(item, tail, below(name), wanted)) return why;
  }
  return std::nullopt;
}

int non_empty_lines(std::string_view text) {
  int count = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (!without_trailing_space(text.substr(0, end)).empty()) ++count;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return count;
}

/// Only whole paths: a limit that holds for "every member" would be a rule nobody has needed yet.
std::optional<std::string> too_small(std::string_view text,
                                     const std::vector<std::pair<std::string, std::uint64_t>>& limits) {
  if (limits.empty()) return std::nullopt;
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return "the answer is not JSON";
  for (const auto& [path, least] : limits) {
    const Json* value = &json;
    for (std::string_view rest = path; value && !rest.empty();) {
      const auto dot = rest.find('.');
      value = member(*value, rest.substr(0, dot));
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    if (!value || !value->is_number()) return fmt::format("{} is not a number in the answer", path);
    if (value->is_number_unsigned() ? value->get<std::uint64_t>() < least
                                    : value->get<double>() < static_cast<double>(least))
      return fmt::format("{} is {}, which is less than {}", path, value->dump(), least);
  }
  return std::nullopt;
}

/// A regular expression says nothing to whoever did not write it: why it does not hold is told by what was
/// seen.
bool holds(const planner::Expectation& expect, std::string_view text, std::optional<std::string>& mistake) {
  const auto found = [&](const std::string& expression) {
    const auto pattern = LinePattern::compile(expression);
    if (!pattern) mistake = pattern.error().what;
    return pattern && pattern->in_text(text);
  };
  if (expect.matches && !found(*expect.matches)) return false;
  if (expect.lacks && (found(*expect.lacks) || mistake)) return false;
  return !expect.lines || non_empty_lines(text) == *expect.lines;
}

std::optional<std::string> content_unmet(const planner::Query& query, const planner::Expectation& expect,
                                         const std::string& output) {
  const std::string_view text = without_trailing_space(output);
  if (expect.equals && text != *expect.equals) {
    return fmt::format("the answer is `{}`, not `{}`", shortened(std::string(text)), *expect.equals);
  }
  if (!planner::contains(text, expect.contains.shown())) return told(query, expect, text);
  std::optional<std::string> mistake;
  if (!holds(expect, text, mistake)) return mistake ? mistake : told(query, expect, text);
  if (auto why = json_mismatch(text, expect.json)) return why;
  return too_small(text, expect.at_least);
}

}  // namespace

struct LinePattern::Compiled {
  std::regex regex;
};

LinePattern::LinePattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
LinePattern::LinePattern(LinePattern&&) noexcept = default;
LinePattern& LinePattern::operator=(LinePattern&&) noexcept = default;
LinePattern::~LinePattern() = default;

lang::Result<LinePattern> LinePattern::compile(const std::string& expression) {
  try {
    return LinePattern(std::make_unique<Compiled>(Compiled{std::regex(expression)}));
  } catch (const std::regex_error&) {
    return lang::failure("`" + expression + "` is not a regular expression");
  }
}

bool LinePattern::in_line(std::string_view line) const {
  line = line.substr(0, kPatternBytes);
  try {
    return std::regex_search(line.begin(), line.end(), compiled_->regex);
  } catch (const std::regex_error&) {
    return false;  // too complex for this line
  }
}

bool LinePattern::in_text(std::string_view text) const {
  if (text.size() <= kPatternBytes && in_line(text)) return true;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (in_line(text.substr(0, end))) return true;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return false;
}

std::optional<std::string> json_mismatch(std::string_view body,
                                         const std::vector<std::pair<std::string, std::string>>& wanted) {
  if (wanted.empty()) return std::nullopt;
  const Json json = Json::parse(body.begin(), body.end(), nullptr, false);
  if (json.is_discarded()) return "the answer is not JSON";
  for (const auto& [path, value] : wanted) {
    try {
      if (auto why = mismatch_at(json, path, "", value)) return why;
    } catch (const Json::exception&) {
      return path + " is not text in UTF-8";
    }
  }
  return std::nullopt;
}

std::optional<std::string> unmet(const planner::Query& query, const planner::Expectation& expect,
                                 const planner::Answer& answer) {
  if (expect.silent) {
    if (!answer.ok) return std::nullopt;
    return "another process listens there; `ss -ltnp` shows which";
  }
  if (!answer.ok) return answer.error.empty() ? "it could not be asked" : answer.error;
  const bool command = std::holds_alternative<planner::QueryCommand>(query);
  const auto& codes = expect.exit_codes;
  if (command && std::find(codes.begin(), codes.end(), answer.exit_code) == codes.end()) {
    const std::string said = reason_in(answer.error, answer.output);
    const std::string name = short_name(std::get<planner::QueryCommand>(query).process);
    return said.empty() ? fmt::format("{} exited with {}", name, answer.exit_code)
                        : fmt::format("{} ({} exited with {})", said, name, answer.exit_code);
  }
  return content_unmet(query, expect, answer.output);
}

Verdict judge(const planner::Condition& condition,
              const std::function<planner::Answer(const planner::Question&)>& ask) {
  Verdict verdict;
  const auto look = [&](const planner::Question& question, const planner::Expectation& expect) {
    verdict.answer = ask(question);
    verdict.by_program = std::holds_alternative<planner::QueryCommand>(question.query);
    verdict.unmet = unmet(question.query, expect, verdict.answer);
    const auto& failed = expect.failed_codes;
    verdict.final = verdict.by_program && verdict.answer.ok &&
                    std::find(failed.begin(), failed.end(), verdict.answer.exit_code) != failed.end();
    return verdict.holds();
  };
  if (!look(condition.question, condition.expect)) return verdict;
  for (const planner::Clause& each : condition.also) {
    if (!look(each.question, each.expect)) break;
  }
  return verdict;
}

}  // namespace pawl::executor
