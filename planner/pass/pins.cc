// The edits that write the new version where the manifest's pins point.
#include <algorithm>

#include "planner/pass/changes.h"

namespace pawl::planner {
namespace {

Operation edit(EditFile file) {
  Operation operation;
  operation.instruction = std::move(file);
  operation.timeout = Duration(30'000);
  return operation;
}

void add_image_tags(const CompileInput& input, const lang::ImageTagPin& pin, lang::DeploymentId id,
                    const DeploymentChange& change, std::vector<Operation>& edits) {
  const lang::Stack& stack = *input.stack;
  for (const RenderedService& before : change.before.services) {
    for (std::uint32_t i = 0; i < stack.services.size(); ++i) {
      const lang::Service& service = stack.services[i];
      if (service.name != before.service) continue;
      const bool named =
          std::find(pin.services.begin(), pin.services.end(), lang::ServiceId{i}) != pin.services.end();
      if (!pin.services.empty() && !named) continue;
      for (const RenderedService& after : change.after.services) {
        if (after.service != before.service || after.image == before.image) continue;
        const std::string& key = service.engine_name.empty() ? service.name : service.engine_name;
        edits.push_back(edit({join(stack[id].dir, pin.file), EditFile::YamlScalar{{"services", key, "image"}},
                              before.image, after.image}));
      }
    }
  }
}

}  // namespace

Pass<std::vector<Operation>> pin_edits(const CompileInput& input, const Target& target,
                                       const Changes& changes) {
  std::vector<Operation> edits;
  for (std::uint32_t i = 0; i < input.stack->deployments.size(); ++i) {
    const lang::Deployment& deployment = input.stack->deployments[i];
    const EngineState* engine = engine_state(input, lang::DeploymentId{i});
    if (!deployment.pin || !engine || is_version(engine->pin.value, target.to_version)) continue;
    if (const auto* env = std::get_if<lang::EnvPin>(&deployment.pin->where)) {
      edits.push_back(edit(
          {join(deployment.dir, env->file), EditFile::EnvVariable{env->name}, engine->pin.value, target.to}));
    } else if (const auto* tag = std::get_if<lang::ImageTagPin>(&deployment.pin->where)) {
      add_image_tags(input, *tag, lang::DeploymentId{i}, changes.deployments[i], edits);
    } else if (const auto* link = std::get_if<lang::SymlinkPin>(&deployment.pin->where)) {
      Target old = target;
      old.to = changes.deployments[i].from;
      edits.push_back(edit({join(deployment.dir, link->link), EditFile::SymbolicLink{},
                            filled(link->target, old).shown(), filled(link->target, target).shown()}));
    }
  }
  return edits;
}

}  // namespace pawl::planner
