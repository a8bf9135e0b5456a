// The passes after `changes`, in their order. Every pass is a function from what comes before it to its own
// part.
#pragma once

#include <vector>

#include "planner/pass/draft.h"

namespace pawl::planner {

Pass<std::vector<Draft>> expand(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                                const Changes& changes);
/// Sorts the drafts and fills in Step::needs. Refuses a cycle as a path, a step before the checks.
Pass<std::vector<Draft>> order(const CompileInput& input, std::vector<Draft> drafts);
/// Fills in operations, diagnose and summary of every step.
Pass<void> lower(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                 const Changes& changes, std::vector<Draft>& drafts);
/// Adds the drill after the backup, where the manifest asks for one.
Pass<void> add_drill(const CompileInput& input, const Target& target, std::vector<Draft>& drafts);
/// Fills in estimates with what they rest on, and the plan's totals.
void estimate(const CompileInput& input, const Target& target, Plan& plan);
/// Fills in recoveries and the point of no return.
void recover(const CompileInput& input, const Target& target, Plan& plan);
/// Facts about the whole plan (engine, notifications, availability, provenance, notices that need the steps),
/// and the id.
void seal(const CompileInput& input, const Target& target, const PolicyDecision& policy, Plan& plan);

}  // namespace pawl::planner
