// What a plan is compiled from.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lang/load.h"
#include "planner/plan/plan.h"
#include "planner/scene/engine.h"

namespace pawl::planner {

/// How long a step took in an earlier run, and which versions that run went between.
struct Measured {
  Duration took{0};
  std::string from, to;
};

struct CompileInput {
  const lang::Sources* sources = nullptr;
  const lang::Stack* stack = nullptr;  // loaded with lang::Unbuilt::Refuse
  const Providers* providers = nullptr;
  const Answers* answers = nullptr;  // configuration files at least
  const Snapshot* snapshot = nullptr;
  std::optional<std::string> to;  // --to
  Provenance provenance;
  std::int64_t unfinished = 0;  // number of the newest run of the stack when it has not finished; 0: it has
  /// Steps of earlier runs by "kind subject", those of the newest run first; may be empty.
  std::map<std::string, std::vector<Measured>> history;
};

/// "stack.pawl:12" as an Origin; nowhere for an unknown span.
Origin origin_of(const CompileInput& input, lang::Span span);
/// The engine of a deployment block as it was observed; nullptr when it was not.
const EngineState* engine_state(const CompileInput& input, lang::DeploymentId deployment);
DeploymentEngine engine_of(const CompileInput& input, lang::DeploymentId deployment);
/// Of the service's own deployment; the defaults for a service that has none.
Traits traits_of(const CompileInput& input, const lang::Service& service);

}  // namespace pawl::planner
