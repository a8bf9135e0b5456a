#include "planner/pass/stay_healthy.h"

#include <algorithm>

#include "planner/engine/shared.h"

namespace pawl::planner {
namespace {

/// Meanwhile it is asked at least that often: a longer `every` would see too little of it.
constexpr int kAsks = 5;

std::string and_list(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 < names.size() ? ", " : " and ") + names[i];
  return out;
}

}  // namespace

void StayHealthy::add(const std::string& service, const std::vector<Operation>& probes, Duration stay,
                      const std::optional<Condition>& hopeless) {
  if (stay.count() == 0) return;
  for (const Operation& each : probes) {
    const auto* probe = std::get_if<Await>(&each.instruction);
    if (!probe) continue;
    Together& all = by_time_[stay];
    if (all.services.empty()) {
      all.await = *probe;
      if (hopeless) all.await.hopeless = hopeless;
    } else {
      Condition& condition = all.await.condition;
      condition.also.push_back({probe->condition.question, probe->condition.expect});
      all.await.within = std::max(all.await.within, probe->within);
      all.await.every = std::max(all.await.every, probe->every);
    }
    if (all.services.empty() || all.services.back() != service) all.services.push_back(service);
    if (all.services.size() > 1) all.await.hopeless.reset();
  }
}

std::vector<Operation> StayHealthy::operations() const {
  std::vector<Operation> out;
  for (const auto& [stay, all] : by_time_) {
    Await await = all.await;
    await.condition.means =
        and_list(all.services) + (all.services.size() == 1 ? " stays healthy" : " stay healthy");
    await.stay = stay;
    await.within += stay;
    await.every = std::min(await.every, stay / kAsks);
    out.push_back(operation(std::move(await), Duration(0)));
  }
  return out;
}

}  // namespace pawl::planner
