#include "planner/plan_text.h"
#include "planner/provider.h"

namespace pawl::planner {

const Answer* Answers::find(const Query& query) const {
  const auto found = by_query_.find(write_query(query));
  return found == by_query_.end() ? nullptr : &found->second;
}

void Answers::add(const Query& query, Answer answer) {
  by_query_[write_query(query)] = std::move(answer);
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
