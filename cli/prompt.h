// Asking the person at the terminal.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "planner/plan/operation.h"

namespace pawl::cli {

/// Both ends are a terminal.
bool interactive();
/// Prints the question and reads one line; empty at end of input or when not interactive.
std::optional<std::string> prompt(const std::string& question);
/// Answers gates and manual checks: those named by --yes at once, others by asking. `phrase` (--confirm) is
/// given where a phrase is wanted; whether it is the right one is for the executor to say.
std::function<std::optional<std::string>(const planner::Ask&)> answer_asks(
    std::vector<std::string> acknowledged, std::string phrase);

}  // namespace pawl::cli
