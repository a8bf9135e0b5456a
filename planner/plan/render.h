// A plan for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "planner/plan/plan.h"

namespace pawl::planner {

struct RenderOptions {
  bool colour = false;
  int width = 120;        // columns, 60 … 400
  std::string plan_file;  // named in the last lines; empty: not saved
  /// What the last line proposes to type: the commands with the options that lead to this plan and no other.
  struct Next {
    std::string apply =
        "pawl apply";  // empty: only a saved plan can be run, or (with `plan`) nothing is next
    std::string plan = "pawl plan";
    std::string apply_file = "pawl apply";  // for a saved plan; its file is added
    std::string show = "pawl show";
  } next{};
};

/// The table of docs/plan-format.md: header, notices, steps, totals, what to type next.
std::string render_text(const Plan& plan, const RenderOptions& options);
/// One step in full: every operation exactly as it will run, conditions, timeouts, recovery, origin.
std::string render_step(const Plan& plan, StepId step, const RenderOptions& options);
/// "2m10s", "about" left to the caller; "0s" for zero.
std::string render_duration(Duration duration);
/// "12 kB", "1.5 MB", "120 GB", in powers of 1000.
std::string render_size(std::uint64_t bytes);

}  // namespace pawl::planner
