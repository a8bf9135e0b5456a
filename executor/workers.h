// The threads that carry out operations. They decide nothing: one task in, one event out.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "executor/events.h"
#include "executor/journal.h"
#include "planner/plan/plan.h"

namespace pawl::executor {

struct Task {
  enum class Kind { Perform, Diagnose };
  Kind kind = Kind::Perform;
  std::uint32_t step = 0, operation = 0;
  bool in_doubt = false;  // the operation may have happened already
  Bindings bindings;
};

class Workers {
 public:
  Workers(const planner::Plan& plan, World& world, SharedObserver& observer, Events& events,
          std::stop_token stop_now);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// A thread is started for a task that no idle one can take.
  void submit(Task task);

 private:
  void work(const std::stop_token& quit);
  void carry_out(const Task& task);
  Outcome outcome_of(const Task& task, const planner::Operation& operation);

  const planner::Plan& plan_;
  World& world_;
  SharedObserver& observer_;
  Events& events_;
  const std::stop_token stop_now_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<Task> tasks_;
  std::size_t idle_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace pawl::executor
