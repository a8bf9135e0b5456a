#include "planner/scene/engine.h"

#include <utility>

#include "planner/engine/shared.h"

namespace pawl::planner {
namespace {

std::string host_of(const lang::Stack& stack, lang::DeploymentId deployment) {
  const auto& on = stack[deployment].on;
  return on ? stack[*on].name : "";
}

std::vector<Question> on_host(std::vector<Query> queries, const std::string& host) {
  std::vector<Question> out;
  out.reserve(queries.size());
  for (Query& query : queries) out.emplace_back(std::move(query), host);
  return out;
}

}  // namespace

Question ask(Program program) {
  return {QueryCommand{std::move(program.process)}, std::move(program.host)};
}

Operation run(Program program, Command command, Duration timeout) {
  command.process = std::move(program.process);
  Operation out = operation(std::move(command), timeout);
  out.host = std::move(program.host);
  return out;
}

DeploymentEngine::DeploymentEngine(const lang::Stack& stack, lang::DeploymentId deployment,
                                   const Providers& providers, const Answers& answers,
                                   const Snapshot& snapshot)
    : provider_(*providers.engine(stack[deployment].kind())),
      snapshot_(snapshot),
      host_(host_of(stack, deployment)),
      view_{stack, deployment, {answers, host_}} {}

std::vector<Question> DeploymentEngine::configuration() const {
  return on_host(provider_.configuration(view_), host_);
}

std::vector<Question> DeploymentEngine::queries() const {
  return on_host(provider_.queries(view_), host_);
}

Result<Rendering> DeploymentEngine::render(std::string_view version) const {
  return provider_.render(view_, snapshot_, version);
}

Result<Lowered> DeploymentEngine::lower(const EngineAction& action) const {
  auto lowered = provider_.lower(action, view_, snapshot_);
  if (!lowered || host_.empty()) return lowered;
  for (Operation& each : lowered->operations) each = planner::on_host(std::move(each), host_);
  return lowered;
}

Result<Program> DeploymentEngine::program(lang::ServiceId service, std::vector<Text> argv, ProgramPlace place,
                                          const std::string& version, Replica instance) const {
  auto process = provider_.program(service, std::move(argv), place, version, instance, view_, snapshot_);
  if (!process) return tl::unexpected(process.error());
  return Program{std::move(*process), host_};
}

std::vector<Question> DeploymentEngine::diagnose(lang::ServiceId service, int lines) const {
  return on_host(provider_.diagnose(service, lines, view_, snapshot_), host_);
}

std::optional<Condition> DeploymentEngine::ended(lang::ServiceId service) const {
  auto condition = provider_.ended(service, view_, snapshot_);
  return condition ? std::optional(planner::on_host(std::move(*condition), host_)) : std::nullopt;
}

}  // namespace pawl::planner
