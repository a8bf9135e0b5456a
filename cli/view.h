// What `apply` shows while it runs: steps live on a terminal, one line per event elsewhere and one for each
// that takes long, JSON lines with --json.
#pragma once

#include <memory>

#include "cli/arguments.h"
#include "executor/observer.h"
#include "planner/plan/plan.h"

namespace pawl::cli {

/// `plan` must outlive the view. The view's destructor leaves the terminal as it was.
std::unique_ptr<executor::RunObserver> make_view(const Common& common, const planner::Plan& plan);
/// The live view, for a terminal that understands ANSI escapes.
std::unique_ptr<executor::RunObserver> make_live_view(const planner::Plan& plan, bool colour, int width);
/// Lines for logs and CI. A step of which nothing was written for a while gets a line that says what it is
/// doing.
std::unique_ptr<executor::RunObserver> make_line_view(const planner::Plan& plan);

/// "replace  worker 1 of 3".
std::string step_title(const planner::Step& step);
/// "[ 8/15]": a step's number among all, aligned.
std::string step_number(std::uint32_t step, std::size_t of);

}  // namespace pawl::cli
