// A run of a plan in a world in memory, with a store on disk.
#pragma once

#include "executor/run.h"
#include "fixtures.h"

namespace pawl::executor::testing {

inline planner::Operation named(const std::string& name, planner::Repeat repeat = planner::Repeat::Safe) {
  planner::Operation it = operation(command({name}));
  it.repeat = repeat;
  return it;
}
inline Outcome good() {
  Outcome outcome;
  outcome.ok = true;
  return outcome;
}
inline Outcome bad(const std::string& error) {
  Outcome outcome;
  outcome.error = error;
  outcome.exit_code = 1;
  return outcome;
}

class Run : public ::testing::Test {
 protected:
  RunResult go(const planner::Plan& plan, RunOptions options = {}) {
    Interrupt interrupt;
    return go(plan, interrupt, std::move(options));
  }
  RunResult go(const planner::Plan& plan, Interrupt& interrupt, RunOptions options = {}) {
    planner::Plan sealed = plan;
    sealed.id = planner::plan_id(sealed);
    return run(sealed, planner::write_plan(sealed), world, *store, *clock, observer, interrupt, options);
  }
  TempFolder folder;
  MemoryWorld world;
  Recorder observer;
  std::unique_ptr<Clock> clock = make_clock();
  std::unique_ptr<StateStore> store = std::move(*open_sqlite_store(folder.path("state.db")));
};

}  // namespace pawl::executor::testing
