#include "planner/engine/answers.h"

#include "planner/file/plan_text.h"

namespace pawl::planner {

const Answer* Answers::find(const Query& query) const {
  const auto found = by_query_.find(write_query(query));
  return found == by_query_.end() ? nullptr : &found->second;
}

void Answers::add(const Query& query, Answer answer) {
  by_query_[write_query(query)] = std::move(answer);
}

}  // namespace pawl::planner
