// Whether what runs is what the files ask for, in the version that runs.
#pragma once

#include <string>
#include <vector>

#include "planner/pass/changes.h"

namespace pawl::planner {

struct ServiceDrift {
  std::string service;  // name in the manifest
  std::vector<Difference> differences;
  bool unknown = false;  // of an instance nobody knows with which configuration it was started
};
struct DriftReport {
  std::string version;                 // that runs
  std::vector<Difference> pins;        // that name another version; `property` is their place
  std::vector<ServiceDrift> services;  // those that differ or are not known, in the order of the manifest
  std::vector<Notice> notices;         // what is left as it is
  bool any() const;
};
/// `input.to` is ignored. Refuses when nothing says which version runs.
Pass<DriftReport> find_drift(const CompileInput& input);

}  // namespace pawl::planner
