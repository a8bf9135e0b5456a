// Parts of the plan file that other files of this folder need: the names of the formats, the id, one question
// as text.
#pragma once

#include <string>
#include <string_view>

#include "planner/plan/plan.h"

namespace pawl::planner {

inline constexpr std::string_view kPlanFormat = "pawl-plan";
inline constexpr std::string_view kSnapshotFormat = "pawl-snapshot";

/// SHA-256 of the plan as it is written, without the id itself.
std::string plan_id(const Plan& plan);
/// Equal exactly when the questions are equal.
std::string write_question(const Question& question);

}  // namespace pawl::planner
