// Samples the declared endpoint the whole time, so that a run reports measured unavailability, not a guess.
#pragma once

#include <thread>

#include "executor/events.h"
#include "executor/ports/clock.h"
#include "planner/plan/plan.h"

namespace pawl::executor {

class Prober {
 public:
  /// Asks on a fixed schedule (a late answer does not shift the next question) and sends each change as
  /// Sampled, dated at the question. The first answer counts as a change.
  Prober(const planner::Availability& availability, World& world, Clock& clock, Events& events);

 private:
  std::jthread thread_;
};

}  // namespace pawl::executor
