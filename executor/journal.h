// Facts on their way to the store. What is committed together shares one durable write; only then is it
// folded into the state and shown.
#pragma once

#include <mutex>
#include <vector>

#include "executor/observer.h"
#include "executor/ports/clock.h"
#include "executor/record/fold.h"
#include "executor/store/store.h"

namespace pawl::executor {

/// The observer, one call at a time: records come from the coordinator, progress from the workers.
class SharedObserver {
 public:
  explicit SharedObserver(RunObserver& observer) : observer_(observer) {}
  void record(const Record& record) {
    const std::lock_guard lock(mutex_);
    observer_.record(record);
  }
  void progress(std::uint32_t step, std::string_view line) {
    const std::lock_guard lock(mutex_);
    observer_.progress(step, line);
  }

 private:
  std::mutex mutex_;
  RunObserver& observer_;
};

class Journal {
 public:
  Journal(const planner::Plan& plan, StateStore& store, Clock& clock, SharedObserver& observer, RunId run,
          RunState state)
      : plan_(plan), store_(store), clock_(clock), observer_(observer), run_(run), state_(std::move(state)) {}

  /// Notes a fact for the next commit.
  void add(Fact fact) { add(std::move(fact), clock_.now()); }
  void add(Fact fact, Timestamp at) { pending_.push_back(Record{run_, 0, at, std::move(fact)}); }
  bool has_pending() const { return !pending_.empty(); }
  /// Makes everything noted durable, folds it, shows it. When the store fails, what has happened stays noted
  /// for another try, and what was only about to start is forgotten: it must not start.
  lang::Result<void> commit();

  const RunState& state() const { return state_; }
  RunId run() const { return run_; }

 private:
  const planner::Plan& plan_;
  StateStore& store_;
  Clock& clock_;
  SharedObserver& observer_;
  const RunId run_;
  RunState state_;
  std::vector<Record> pending_;
};

}  // namespace pawl::executor
