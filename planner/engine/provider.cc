#include "planner/engine/provider.h"

namespace pawl::planner {

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
