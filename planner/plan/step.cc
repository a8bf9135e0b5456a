#include "planner/plan/step.h"

#include <algorithm>

namespace pawl::planner {

std::string describe(const Recovery& recovery) {
  std::string out(name(recovery.kind));
  if (recovery.also_switch_back) out += ", switch back";
  if (!recovery.unknown.empty()) out += ": " + recovery.unknown;
  return out;
}

bool Effects::changes_anything() const {
  return writes_pin || !services.empty() || !migrates.empty() || !restores.empty() || !touches.empty() ||
         one_way || has_undo;
}

const ServiceEffect* Effects::on(std::string_view service) const {
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const ServiceEffect& each) { return each.service == service; });
  return found == services.end() ? nullptr : &*found;
}

}  // namespace pawl::planner
