// What the threads of a run tell its one coordinator.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "executor/observer.h"
#include "executor/ports/world.h"

namespace pawl::executor {

struct OperationDone {
  std::uint32_t step, operation;
  Outcome outcome;
};
struct Diagnosed {
  std::uint32_t step;
  std::string evidence;
};
struct Sampled {
  Timestamp at;
  Sample sample;
};
struct Delivered {
  Notified notified;
};
struct LockLost {
  std::string why;
};
/// Look around: an interrupt was requested.
struct Wake {};

using Event = std::variant<OperationDone, Diagnosed, Sampled, Delivered, LockLost, Wake>;

/// Many senders, one receiver.
class Events {
 public:
  void send(Event event) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(event));
    }
    arrived_.notify_one();
  }
  /// Everything that has arrived, in order; waits for the first.
  std::vector<Event> receive() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !waiting_.empty(); });
    return std::exchange(waiting_, {});
  }
  std::vector<Event> receive_now() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Event> waiting_;
};

}  // namespace pawl::executor
