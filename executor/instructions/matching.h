// Does an answer hold? Conditions, JSON paths and regular expressions.
#pragma once

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

/// Why `answer` is not what the condition wants, in one sentence; empty when it holds.
std::optional<std::string> unmet(const planner::Condition& condition, const planner::Answer& answer);

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
