#include "planner/engine/pins.h"

#include <algorithm>

#include "planner/engine/env_file.h"
#include "planner/engine/shared.h"

namespace pawl::planner::pins {
namespace {

Operation edit_file(EditFile file) {
  return operation(std::move(file), Duration(30'000));
}

Lowered one(EditFile file) {
  Lowered out;
  out.operations.push_back(edit_file(std::move(file)));
  out.words = render(out.operations.front().instruction);
  return out;
}

bool covers(const lang::ImageTagPin& pin, lang::ServiceId service) {
  return pin.services.empty() ||
         std::find(pin.services.begin(), pin.services.end(), service) != pin.services.end();
}

const RenderedService* rendered(const Rendering& rendering, const std::string& service) {
  const auto found = std::find_if(rendering.services.begin(), rendering.services.end(),
                                  [&](const RenderedService& each) { return each.service == service; });
  return found == rendering.services.end() ? nullptr : &*found;
}

}  // namespace

std::optional<Query> question(const lang::Deployment& block) {
  if (!block.pin) return std::nullopt;
  if (const auto* env = std::get_if<lang::EnvPin>(&block.pin->where))
    return ReadFile{join(block.dir, env->file), true, 1u << 20};
  if (const auto* link = std::get_if<lang::SymlinkPin>(&block.pin->where))
    return ReadLink{join(block.dir, link->link)};
  return std::nullopt;
}

PinState state(const lang::Deployment& block, const HostAnswers& answers) {
  const auto query = question(block);
  if (!query) return {};
  const Answer* answer = answers.find(*query);
  const std::string text = answer && answer->ok ? answer->output : "";
  if (const auto* env = std::get_if<lang::EnvPin>(&block.pin->where))
    return {join(block.dir, env->file) + ": " + env->name, env_value(text, env->name).value_or("")};
  const auto& link = std::get<lang::SymlinkPin>(block.pin->where);
  return {join(block.dir, link.link),
          matched(link.target, text.substr(0, text.find_last_not_of(" \r\n") + 1))};
}

Result<Lowered> edit(const lang::Deployment& block, const std::string& from, const std::string& to) {
  if (block.pin) {
    if (const auto* env = std::get_if<lang::EnvPin>(&block.pin->where))
      return one({join(block.dir, env->file), EditFile::EnvVariable{env->name}, from, to});
    if (const auto* link = std::get_if<lang::SymlinkPin>(&block.pin->where)) {
      const std::string old = from.empty() ? "" : with_version(link->target, from).shown();
      return one({join(block.dir, link->link), EditFile::SymbolicLink{}, old,
                  with_version(link->target, to).shown()});
    }
  }
  return lang::failure(
      "a " + std::string(block.kind()) + " deployment cannot write its version down like this",
      "Use pin = env(…) or symlink(…).");
}

Lowered edit_image_tags(const lang::ImageTagPin& pin, const Rendering& before, const Rendering& after,
                        const DeploymentView& view) {
  const std::string file = join(view.block().dir, pin.file);
  Lowered out;
  for (const lang::ServiceId id : view.services()) {
    const lang::Service& service = view.stack[id];
    const RenderedService* old_one = rendered(before, service.name);
    const RenderedService* new_one = rendered(after, service.name);
    if (!covers(pin, id) || !old_one || !new_one || old_one->image == new_one->image) continue;
    out.operations.push_back(
        edit_file({file, EditFile::YamlScalar{{"services", service.engine_name, "image"}}, old_one->image,
                   new_one->image}));
  }
  if (out.operations.size() == 1) out.words = render(out.operations.front().instruction);
  if (out.operations.size() > 1)
    out.words = file + ": the images of " + std::to_string(out.operations.size()) + " services";
  return out;
}

}  // namespace pawl::planner::pins
