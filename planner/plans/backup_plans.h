// The plans around bundles: taking one, proving that one restores, putting one back. They are made of the
// same steps as an upgrade, shown, confirmed, journaled and resumed like one.
#pragma once

#include "planner/plans/compile.h"

namespace pawl::planner {

/// A new bundle of what runs, whatever its age.
tl::expected<Plan, Refusal> compile_backup(const CompileInput& input);
/// `bundle` by its name in the folder of bundles, for both.
tl::expected<Plan, Refusal> compile_drill(const CompileInput& input, const std::string& bundle);
/// Verify, ask for the phrase of `restore { confirm = … }`, stop what uses the data, restore every part, pin
/// the version of the bundle, start in that version, forget what was replaced.
tl::expected<Plan, Refusal> compile_restore(const CompileInput& input, const std::string& bundle);

}  // namespace pawl::planner
