// Tells people, on a thread of its own: a slow webhook delays no step.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "executor/events.h"
#include "planner/plan/plan.h"

namespace pawl::executor {

class Notifier {
 public:
  Notifier(const planner::Plan& plan, World& world, Events& events, Bindings bindings,
           std::stop_token stop_now);
  /// Queues a message for everybody who wants that event ("started", "waiting", "failed", "finished").
  void tell(const std::string& event, const std::string& message);
  /// Waits until everything is delivered or given up.
  void flush();

 private:
  struct Message {
    std::string event;
    planner::Operation operation;
  };
  void work(const std::stop_token& quit);
  void deliver(const Message& message);

  const planner::Plan& plan_;
  World& world_;
  Events& events_;
  const Bindings bindings_;
  const std::stop_token stop_now_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Message> messages_;
  bool busy_ = false;
  std::jthread thread_;  // last: it uses everything above; only there when somebody wants to be told
};

}  // namespace pawl::executor
