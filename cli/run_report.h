// A run folded from its records, for status and show.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "executor/store/store.h"
#include "planner/plan/plan.h"

namespace pawl::cli {

struct StepReport {
  enum class State { Waiting, Running, Done, Failed };
  State state = State::Waiting;
  executor::Timestamp began = 0, ended = 0;
  std::string reason;
};

struct RunReport {
  executor::RunSummary summary;
  planner::Plan plan;
  std::vector<StepReport> steps;  // by step number
  std::string evidence;
  std::vector<executor::Record> records;
};

/// Errors: no such run, or a store or plan that cannot be read.
lang::Result<RunReport> fold_run(executor::StateStore& store, executor::RunId run);

/// "succeeded", "failed", "interrupted", "running" (a live owner holds the lock) or "died" (never ended,
/// nobody runs it).
std::string outcome(const executor::RunSummary& summary, bool live);
/// The run as text: header, one line per step, what to type next.
std::string render(const Common& common, const RunReport& report, bool live);
std::string render_json(const RunReport& report, bool live);

}  // namespace pawl::cli
