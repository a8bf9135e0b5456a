// The edits that write the new version where the manifest's pins point, and what lets the engines take
// notice.
#include "planner/pass/changes.h"

namespace pawl::planner {

Pass<Lowered> pin_edits(const CompileInput& input, const Target& target) {
  Lowered out;
  for (std::uint32_t i = 0; i < input.stack->deployments.size(); ++i) {
    const lang::DeploymentId id{i};
    const EngineState* state = engine_state(input, id);
    if (!(*input.stack)[id].pin || !state || is_version(state->pin.value, target.to_version)) continue;
    const DeploymentEngine engine = engine_of(input, id);
    for (const EngineAction& action : {EngineAction(WritePin{state->pin.value, target.to}),
                                       EngineAction(TakeUpPin{state->pin.value, target.to, target.back})}) {
      auto lowered = engine.lower(action);
      if (!lowered) return refuse(lowered.error());
      for (Operation& each : lowered->operations) out.operations.push_back(std::move(each));
      if (!lowered->words.empty()) out.words += (out.words.empty() ? "" : ", ") + lowered->words;
    }
  }
  return out;
}

}  // namespace pawl::planner
