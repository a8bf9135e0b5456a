#include "planner/engine/provider.h"

namespace pawl::planner {

std::vector<lang::ServiceId> DeploymentView::services() const {
  std::vector<lang::ServiceId> ids;
  for (std::uint32_t i = 0; i < stack.services.size(); ++i) {
    if (stack.services[i].on == deployment) ids.push_back({i});
  }
  return ids;
}

const Provider* Providers::engine(std::string_view kind) const {
  for (const Provider* provider : engines) {
    if (provider->kind() == kind) return provider;
  }
  return nullptr;
}

const DataProvider* Providers::database(lang::Database::Engine engine) const {
  for (const DataProvider* provider : data) {
    if (provider->engine() == engine) return provider;
  }
  return nullptr;
}

}  // namespace pawl::planner
