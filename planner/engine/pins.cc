#include "planner/engine/pins.h"

#include "planner/engine/env_file.h"
#include "planner/engine/shared.h"

namespace pawl::planner::pins {
namespace {

Lowered one(EditFile file) {
  Lowered out;
  out.operations.push_back(operation(std::move(file), Duration(30'000)));
  out.words = render(out.operations.front().instruction);
  return out;
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

}  // namespace pawl::planner::pins
