// What was seen, in words: numbers, durations, and the lines of an answer.
#pragma once

#include <string>
#include <string_view>

#include "executor/instructions/context.h"
#include "planner/plan/operation.h"

namespace pawl::executor {

/// "no", "one", … "twelve", "13".
std::string in_words(int number);
/// "3 minutes", "1 minute 30 seconds", "250 ms".
std::string in_words(Duration duration);
/// What `answer` to a query shows, when it is not what was expected. A list: "there is none", "there is one,
/// bugs-app:1.0.0", "there are three, two of bugs-app:1.0.0, one of bugs-app:1.1.0". A process: "no process
/// runs", "process 71 runs, started in 1.4.0". Anything else: "the answer is empty", "the answer is `ready`",
/// "the answer has 12 lines and ends with `ready`".
std::string told(const planner::Query& query, const planner::Expectation& expect, std::string_view answer);

}  // namespace pawl::executor
