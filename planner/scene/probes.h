// What the manifest's probes and actions become: queries, waits and operations, through the engine where one
// is needed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/scene/target.h"

namespace pawl::planner {

/// All that is looked at to translate. `target` is nullptr while observing, when nothing is known to fill in.
struct Scene {
  const lang::Stack& stack;
  const Providers& providers;
  const Answers& answers;
  const Snapshot& snapshot;
  const Target* target = nullptr;

  const Provider* engine_of(lang::ServiceId service) const;
  DeploymentView view_of(lang::ServiceId service) const;
  Text fill(const Text& text) const;
  std::vector<Text> fill(const std::vector<Text>& texts) const;
};

/// The one question of a probe; nothing for those that are no question (the engine's own health, a person, a
/// log).
Result<std::optional<Query>> probe_query(const lang::Probe& probe, const Scene& scene);
/// The same with what it must answer, in words: "http://…/health answers 200".
Result<std::optional<Condition>> probe_condition(const lang::Probe& probe, const Scene& scene);
/// Waits until a probe holds, for as long as it says itself or else `within`; a person is asked as `name`.
/// Empty for the engine's own health.
Result<std::vector<Operation>> probe_operations(const lang::Probe& probe, const std::string& name,
                                                Duration within, const Scene& scene);

/// Carries out an action. `name` is what a person who must do it is asked as. Operations may be repeated
/// safely.
Result<std::vector<Operation>> action_operations(const lang::Action& action, const std::string& name,
                                                 const Scene& scene);

/// One operation without a `done_when`, safe to repeat. `timeout` 0: none.
Operation operation(Instruction instruction, Duration timeout = Duration(600'000));

}  // namespace pawl::planner
