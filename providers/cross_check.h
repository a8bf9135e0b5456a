// `pawl validate --cross-check`: pawl's reading of each deployment's configuration against that of the
// program which reads it as well. Only Compose files are read by somebody else.
#pragma once

#include <string>
#include <vector>

#include "lang/diagnostic.h"
#include "lang/stack.h"
#include "planner/engine/answers.h"

namespace pawl::providers {

struct CrossCheck {
  /// To be answered first, of this machine; then everything below is still to come.
  std::vector<planner::Query> questions;
  /// With whom each deployment was compared: "docker compose 2.40.3".
  std::vector<std::string> compared_with;
  std::vector<lang::Diagnostic> mistakes;
  bool nobody_to_ask = false;  // a mistake says which program is missing
};

/// `answers` hold the configuration files already.
CrossCheck cross_check(const lang::Stack& stack, const planner::Answers& answers);

}  // namespace pawl::providers
