// The invariants, one function each, asked whenever a step starts in a state that can be reached. What holds
// when each step starts, and can only get truer while it runs, holds in every state.
#pragma once

#include <optional>
#include <string>

#include "lang/diagnostic.h"
#include "planner/proof/facts.h"

namespace pawl::planner {

/// One broken invariant.
struct Violation {
  lang::DiagnosticKind rule;
  std::uint32_t step = 0;
  std::optional<std::uint32_t> other;  // a step that came too early or should have come before
  std::string what;                    // "changes the schema of main while worker still runs 1.4.0"
  std::string why, fix;
  std::vector<lang::Diagnostic::Note> notes;
};

/// Of a step alone.
Violation violation(lang::DiagnosticKind rule, std::uint32_t step, std::string what, std::string why,
                    std::string fix);

/// `moment`: with `step` already running; a step that is on no track is asked at its own.
using Rule = std::optional<Violation> (*)(const Facts& facts, std::uint32_t step, const Moment& moment);

std::optional<Violation> nothing_before_checks(const Facts&, std::uint32_t, const Moment&);  // 1
std::optional<Violation> backup_before_schema(const Facts&, std::uint32_t, const Moment&);   // 2
std::optional<Violation> everybody_can_read(const Facts&, std::uint32_t, const Moment&);     // 3
std::optional<Violation> one_out_at_once(const Facts&, std::uint32_t, const Moment&);        // 4
std::optional<Violation> schedulers_silent(const Facts&, std::uint32_t, const Moment&);      // 5
/// About `step`, should it fail at this moment.
std::optional<Violation> recovery_leads_home(const Facts&, std::uint32_t step, const Moment&);  // 6
/// About every operation of the step; the same in every state.
std::optional<Violation> safe_to_repeat(const Facts&, std::uint32_t step);  // 7

/// "step 6 (replace api ⟂ main)".
std::string step_name(const Plan& plan, std::uint32_t step);

}  // namespace pawl::planner
