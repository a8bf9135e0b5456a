// Compiling a plan for a command: `plan` and `apply` do it the same way.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "cli/arguments.h"
#include "cli/exit_code.h"
#include "cli/observation.h"
#include "cli/workspace.h"
#include "planner/plans/compile.h"

namespace pawl::cli {

struct PlanRequest {
  std::string to;        // empty: the manifest's
  std::string at;        // empty: the working tree
  std::string snapshot;  // empty: look at the world
};

/// The plan, or the exit code after the reason has been printed.
struct Planned {
  std::unique_ptr<lang::FileReader> files;
  Workspace workspace;
  planner::Plan plan;
};
/// How the plan is made of what was found; `planner::compile` for an upgrade.
using Compiler = std::function<tl::expected<planner::Plan, planner::Refusal>(const planner::CompileInput&)>;
std::variant<Planned, Exit> make_plan(const Common& common, const PlanRequest& request,
                                      const Compiler& compiler = planner::compile);

}  // namespace pawl::cli
