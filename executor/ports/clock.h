// Time, so that a test can let it pass.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "executor/record/record.h"

namespace pawl::executor {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() = 0;  // wall clock
  virtual std::chrono::steady_clock::time_point steady() = 0;
  /// Returns early, with false, when stopped.
  virtual bool sleep(std::chrono::milliseconds duration, std::stop_token stop) = 0;
};

std::unique_ptr<Clock> make_clock();

}  // namespace pawl::executor
