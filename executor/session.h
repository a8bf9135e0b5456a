// The coordinator: one thread that decides what starts, commits what happened, and is the only one to change
// the state.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "executor/events.h"
#include "executor/journal.h"
#include "executor/notifier.h"
#include "executor/run.h"
#include "executor/workers.h"

namespace pawl::executor {

/// Which steps may start: those whose needs are all finished, smallest first.
class Ready {
 public:
  Ready(const planner::Plan& plan, const RunState& state);
  void finished(std::uint32_t step);
  bool empty() const { return ready_.empty(); }
  std::uint32_t take();

 private:
  std::vector<std::vector<std::uint32_t>> dependents_;
  std::vector<std::uint32_t> missing_;  // needs that are not finished
  std::set<std::uint32_t> ready_;
};

/// Runs the steps that are left, from the state a journal holds to an end.
class Session {
 public:
  Session(const planner::Plan& plan, World& world, StateStore& store, Clock& clock, RunObserver& observer,
          Interrupt& interrupt, const RunOptions& options, RunId run, RunState state);

  /// `began`: the fact that opens this session when it resumes a run; empty when the store has it already.
  RunResult go(std::optional<RunBegan> began);
  /// The lock is not ours any more: what runs is finished, nothing more starts. Any thread.
  void lose_lock(std::string why) { events_.send(LockLost{std::move(why)}); }

 private:
  void open(std::optional<RunBegan> began);
  void loop();
  void start_steps();
  void begin(std::uint32_t step);
  void begin_operation(std::uint32_t step, std::uint32_t operation, bool in_doubt);
  void remember_capture(const OperationDone& event);
  void take(std::vector<Event> events);
  void finish(std::uint32_t step);
  void fail(std::uint32_t step, std::string evidence);
  void commit_and_dispatch();

  void on(OperationDone& event);
  void on(Diagnosed& event);
  void on(Sampled& event);
  void on(Delivered& event);
  void on(LockLost& event);
  void on(Wake& event);

  bool may_start() const;
  bool may_go_on() const;
  RunEnded ending() const;
  RunResult close();
  Bindings bindings() const;
  Bindings bindings(std::uint32_t step, std::uint32_t operation) const;
  std::string title() const;
  std::string name_of(std::uint32_t step) const;

  const planner::Plan& plan_;
  World& world_;
  Clock& clock_;
  Interrupt& interrupt_;
  const std::size_t parallelism_;
  const bool sample_;
  SharedObserver observer_;
  Events events_;
  Journal journal_;
  Ready ready_;
  std::shared_ptr<const std::map<std::string, std::string>>
      values_;                                    // what References stand for, replaced as a whole
  std::vector<Task> tasks_;                       // to be dispatched once their start is durable
  std::size_t running_ = 0;                       // steps
  std::map<std::uint32_t, std::string> reasons_;  // of steps that are failing
  std::map<std::uint32_t, std::string> printed_;  // what the failed operation of such a step printed besides
  std::optional<std::uint32_t> failed_step_;
  std::string failure_, evidence_;
  std::optional<lang::Error> store_failure_;
  std::string lock_lost_;
  Notifier notifier_;
  Workers workers_;  // last: its threads use everything above
};

}  // namespace pawl::executor
