#include "planner/scene/input.h"

namespace pawl::planner {

Origin origin_of(const CompileInput& input, lang::Span span) {
  if (!span.known()) return {};
  return {input.sources->file(span.source).name, input.sources->position(span).line};
}

const EngineState* engine_state(const CompileInput& input, lang::DeploymentId deployment) {
  const std::string& label = (*input.stack)[deployment].label;
  for (const EngineState& engine : input.snapshot->engines) {
    if (engine.deployment == label) return &engine;
  }
  return nullptr;
}

DeploymentEngine engine_of(const CompileInput& input, lang::DeploymentId deployment) {
  return {*input.stack, deployment, *input.providers, *input.answers, *input.snapshot};
}

Traits traits_of(const CompileInput& input, const lang::Service& service) {
  return service.on ? engine_of(input, *service.on).traits() : Traits{};
}

}  // namespace pawl::planner
