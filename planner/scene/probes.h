// What the manifest's probes and actions become: queries, waits and operations, through the engine where one
// is needed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "planner/engine/shared.h"
#include "planner/scene/target.h"

namespace pawl::planner {

/// All that is looked at to translate. `target` is nullptr while observing, when nothing is known to fill in.
struct Scene {
  const lang::Stack& stack;
  const Providers& providers;
  const Answers& answers;
  const Snapshot& snapshot;
  const Target* target = nullptr;
  /// What further references stand for, such as `bundle` in the actions of a backup.
  std::map<std::string, Text> known{};

  /// Of the deployment that the service is part of; nothing for a service that is part of none.
  std::optional<DeploymentEngine> engine_of(lang::ServiceId service) const;
  /// `instance`: what `${instance}` stands for.
  Text fill(const Text& text, int instance = 1) const;
  std::vector<Text> fill(const std::vector<Text>& texts, int instance = 1) const;
  /// A program in a service of a deployment, through its engine; see Provider::program.
  Result<Program> program(lang::ServiceId service, const std::vector<Text>& argv, ProgramPlace place,
                          Replica instance = {}) const;
};

/// The one question of a probe; nothing for those that are not a question (the engine's own health, a person,
/// a log). `instance`: the one that is asked.
Result<std::optional<Question>> probe_question(const lang::Probe& probe, const Scene& scene,
                                               Replica instance = {});
/// What the answer of a probe must look like: the exit codes and the text of a program.
Expectation probe_expectation(const lang::Probe& probe, const Scene& scene, int instance = 1);
/// The question with what it must answer, also in words: "http://…/health answers 200".
Result<std::optional<Condition>> probe_condition(const lang::Probe& probe, const Scene& scene,
                                                 Replica instance = {});
/// A text of the probe holds `${reference}`.
bool mentions(const lang::Probe& probe, std::string_view reference);
bool mentions(const lang::Action& action, std::string_view reference);
/// Each instance of the service answers for itself: the probe names `${instance}`, or runs in the service.
bool asks_one_instance(const lang::Probe& probe, lang::ServiceId service);
/// What the service runs according to the snapshot: what its instances say, else the pin of its deployment;
/// empty: nothing says it.
std::string running_version(const Scene& scene, lang::ServiceId service);
/// Waits until a probe holds, for as long as it says itself, or else for `within`; a person is asked as
/// `name`. Empty for the engine's own health.
Result<std::vector<Operation>> probe_operations(const lang::Probe& probe, const std::string& name,
                                                Duration within, const Scene& scene, Replica instance = {});

/// Carries out an action. `name` is the name under which a person who must do it is asked. Operations may be
/// repeated safely: a reload, a migration tool with a ledger. A step of the author's own says otherwise
/// itself.
Result<Lowered> action_operations(const lang::Action& action, const std::string& name, const Scene& scene);

}  // namespace pawl::planner
