#include "planner/engine/answers.h"

#include "planner/file/plan_text.h"

namespace pawl::planner {

const Answer* Answers::find(const Question& question) const {
  const auto found = by_question_.find(write_question(question));
  return found == by_question_.end() ? nullptr : &found->second;
}

void Answers::add(const Question& question, Answer answer) {
  by_question_[write_question(question)] = std::move(answer);
}

}  // namespace pawl::planner
