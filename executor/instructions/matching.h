// Does an answer hold? Conditions, JSON paths and regular expressions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/result.h"
#include "planner/engine/answers.h"
#include "planner/plan/operation.h"

namespace pawl::executor {

/// Why `answer` to a query is not what is expected of it, in one sentence; empty when it is.
std::optional<std::string> unmet(const planner::Query& query, const planner::Expectation& expect,
                                 const planner::Answer& answer);

/// What asking a condition came to.
struct Verdict {
  std::optional<std::string> unmet;  // why it does not hold, in one sentence; empty when it holds
  planner::Answer answer;            // the one that says so; the last one when it holds
  bool by_program = false;           // the answer is a program's
  bool final = false;                // it does not hold, and the exit code says that it never will
  bool holds() const { return !unmet; }
  /// Neither yes nor no: a program that would know could not be asked.
  bool unknown() const { return by_program && !answer.ok; }
};
/// Asks its questions in their order, until one says that it does not hold.
Verdict judge(const planner::Condition& condition,
              const std::function<planner::Answer(const planner::Question&)>& ask);

/// Paths ("components.*", "items.0.state") with their wanted values against a JSON text. `*` stands for every
/// member and needs at least one. Empty when all hold, else the first that does not.
std::optional<std::string> json_mismatch(std::string_view body,
                                         const std::vector<std::pair<std::string, std::string>>& wanted);

/// An ECMAScript regular expression, tried on each line of a text (only the first 8 KiB of a line count).
class LinePattern {
 public:
  static lang::Result<LinePattern> compile(const std::string& expression);
  LinePattern(LinePattern&&) noexcept;
  LinePattern& operator=(LinePattern&&) noexcept;
  ~LinePattern();
  bool in_line(std::string_view line) const;
  bool in_text(std::string_view text) const;

 private:
  struct Compiled;
  explicit LinePattern(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace pawl::executor
