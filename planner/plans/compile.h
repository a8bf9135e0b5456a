// Stack + Snapshot + target → Plan, as a list of passes. Deterministic: same inputs, same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "planner/scene/input.h"
#include "planner/scene/refusal.h"

namespace pawl::planner {

/// A plan (perhaps empty: nothing to do) or why there is none.
tl::expected<Plan, Refusal> compile(const CompileInput& input);

/// What an upgrade that has run did, as far as the way back depends on it: its plan, and from its records
/// which steps had begun. cli makes it; this folder knows no records.
struct PastRun {
  enum class Step : std::uint8_t { NotBegun, Begun, Finished };
  std::int64_t number = 0;  // of the run
  const Plan* plan = nullptr;
  std::string stamp;        // what `{run}` stood for: "20261121-143005", in UTC
  std::vector<Step> steps;  // by StepId
};

/// The way back from where the deployment is now (`input.snapshot`) to the version the run started from, as a
/// plan of purpose Rollback. `lossy_down`: a `down` action may be used although it loses data. Refuses when
/// there is no way back, and says what there is instead. `input.to` is ignored.
tl::expected<Plan, Refusal> compile_rollback(const CompileInput& input, const PastRun& past, bool lossy_down);

}  // namespace pawl::planner
