// SIGTERM, SIGINT and SIGHUP as values. Made first thing in main, before any thread: the signals stay blocked
// everywhere and are only ever read here, so they work alike for a child of a shell and for PID 1 of a
// container.
#pragma once

#include <chrono>

namespace piprio {

class Signals {
 public:
  enum class What { None, Stop, Reload };

  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Waits for a signal for at most `duration`; None when none came. Once stopping, returns Stop at once.
  What wait(std::chrono::milliseconds duration);
  /// Waits until a signal comes.
  What wait();
  /// Whether a stop was asked for, now or earlier. Swallows a pending reload.
  bool stopping() { return wait(std::chrono::milliseconds(0)) == What::Stop; }

 private:
  What poll_once(int timeout_ms);
  int file_;
  bool stopping_ = false;
};

}  // namespace piprio
