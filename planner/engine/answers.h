// What the world answered, found by the question.
#pragma once

#include <map>
#include <string>

#include "planner/plan/operation.h"

namespace pawl::planner {

/// What a query came back with.
struct Answer {
  bool ok = false;     // it could be asked and (for probes) passed; a QueryCommand with any exit code is ok
  int exit_code = 0;   // QueryCommand
  std::string output;  // stdout, file text, response body
  std::string error;   // stderr, or why it could not be asked
};

/// Answers so far, found by the query that was asked.
class Answers {
 public:
  /// nullptr: not asked yet.
  const Answer* find(const Query& query) const;
  void add(const Query& query, Answer answer);

 private:
  std::map<std::string, Answer> by_query_;  // key: kind and canonical rendering
};

}  // namespace pawl::planner
