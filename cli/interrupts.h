// Ctrl-C once: finish the running step and stop. Twice: stop now. Both leave a run that can be resumed.
#pragma once

#include <thread>

#include "executor/run.h"

namespace pawl::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP of this process end up in `interrupt`. Must be made before any
/// other thread is started, because threads inherit the signal mask.
class Interrupts {
 public:
  explicit Interrupts(executor::Interrupt& interrupt);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

 private:
  void listen();
  executor::Interrupt& interrupt_;
  int signals_ = -1;  // signalfd
  int quit_ = -1;     // eventfd
  std::thread listener_;
};

}  // namespace pawl::cli
