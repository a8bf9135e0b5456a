// What the plans around bundles share.
#pragma once

#include "planner/plans/backup_plans.h"
#include "planner/plans/sequence.h"

namespace pawl::planner {

/// The input of such a plan: a bundle that is asked for is made, however young another one is.
struct Asked {
  explicit Asked(const CompileInput& given) : stack(*given.stack), input(given) {
    if (stack.backup) stack.backup->max_age.reset();
    input.stack = &stack;
  }
  Asked(const Asked&) = delete;

  lang::Stack stack;
  CompileInput input;
};

/// Refuses a manifest without a backup.
Pass<void> can_back_up(const CompileInput& input);
/// The bundle of that name, as it was observed.
Pass<const BundleState*> find_bundle(const CompileInput& input, const std::string& name);
/// Databases and file sets of a bundle.
std::vector<std::string> parts_of(const lang::Stack& stack);
/// The same in a line: "main objects config".
std::string names_of_parts(const lang::Stack& stack);

}  // namespace pawl::planner
