// What is healthy must stay so: probes that go on being asked for a while, those of several services
// together.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "planner/plan/operation.h"

namespace pawl::planner {

class StayHealthy {
 public:
  /// Those of `probes` that are waits must hold for `stay` without a break; nothing for no time. `hopeless`:
  /// when the engine gives the service up, instead of what the probes say. It ends the wait of one service
  /// alone: where several are waited for, none is given up before the time is over.
  void add(const std::string& service, const std::vector<Operation>& probes, Duration stay,
           const std::optional<Condition>& hopeless);
  /// One wait for each time: services are healthy together, and the upgrade waits for them only once.
  std::vector<Operation> operations() const;

 private:
  struct Together {
    Await await;
    std::vector<std::string> services;
  };
  std::map<Duration, Together> by_time_;
};

}  // namespace pawl::planner
