// What the world answered, found by the question.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "planner/plan/operation.h"

namespace pawl::planner {

/// What a query came back with.
struct Answer {
  bool ok = false;     // it could be asked and (for probes) passed; a QueryCommand with any exit code is ok
  int exit_code = 0;   // QueryCommand
  std::string output;  // stdout, file text, response body
  std::string error;   // stderr, or why it could not be asked
};

/// Answers so far, found by the question that was asked.
class Answers {
 public:
  /// nullptr: not asked yet.
  const Answer* find(const Question& question) const;
  void add(const Question& question, Answer answer);

 private:
  std::map<std::string, Answer> by_question_;  // key: the canonical text of the question
};

/// The answers of one machine, found by the query alone: all that an engine sees of them, so that it works in
/// the same way wherever its deployment is.
class HostAnswers {
 public:
  /// `host`: the name of a `host` block; empty: this machine. Refers to `all`.
  HostAnswers(const Answers& all, std::string host = {}) : all_(&all), host_(std::move(host)) {}
  /// nullptr: not asked yet.
  const Answer* find(const Query& query) const { return all_->find(Question(query, host_)); }

 private:
  const Answers* all_;
  std::string host_;
};

}  // namespace pawl::planner
