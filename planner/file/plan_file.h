// The plan file: versioned JSON, documented in docs/plan-format.md, one writer and one reader.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/result.h"
#include "planner/plan/plan.h"

namespace pawl::planner {

/// Deterministic bytes; ends with a newline.
std::string write_plan(const Plan& plan);
/// Refuses, with what and how to fix it: not JSON, not a plan, another format version, a missing or mistyped
/// field, a step that needs a later one, an id that does not match the content.
lang::Result<Plan> read_plan(std::string_view json);
/// Where every secret of a written plan comes from ("env:NAME"), each once, sorted.
std::vector<std::string> secret_sources(std::string_view plan_json);
/// One operation as JSON and back, for journals.
std::string write_operation(const Operation& operation);
/// JSON Schema (2020-12) of plan files and of snapshots: `pawl schema plan|snapshot`.
std::string_view plan_schema();
std::string_view snapshot_schema();

}  // namespace pawl::planner
