// Running a plan for a person: shown, asked about, run, reported. `apply`, `rollback` and the other commands
// that run plans share it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/exit_code.h"
#include "cli/make_plan.h"
#include "cli/workspace.h"
#include "executor/run.h"
#include "planner/plan/plan.h"

namespace pawl::cli {

/// What is going to be run, and where its records go.
struct Job {
  planner::Plan plan;
  std::string json;  // the plan's bytes, saved with the run
  std::optional<executor::RunId> resume;
  std::unique_ptr<executor::StateStore> store;  // empty: opened where the plan says
};

struct JobResult {
  Exit exit = Exit::Done;
  executor::RunId run = 0;  // 0: none began
  bool failed = false;      // a step failed; the run can be resumed or rolled back
  bool stale = false;       // refused, because the deployment had changed since the plan was made
};

Job job_of(planner::Plan plan);
/// Shows the job's plan, asks, runs it and says how it ended.
JobResult run_job(const Common& common, const RunChoices& choices, const Workspace& workspace, Job job);

/// The same for a plan that was just made.
Exit run_plan(const Common& common, const RunChoices& choices, Planned planned);

}  // namespace pawl::cli
