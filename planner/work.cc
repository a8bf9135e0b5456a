#include "planner/work.h"

namespace pawl::planner {

tl::unexpected<Refusal> refuse(lang::Error error) {
  Refusal refusal;
  refusal.reasons.push_back(std::move(error));
  return tl::unexpected<Refusal>(std::move(refusal));
}

tl::unexpected<Refusal> refuse(std::string what, std::string fix) {
  return refuse(lang::Error{std::move(what), std::move(fix)});
}

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

const Provider& provider_of(const CompileInput& input, lang::DeploymentId deployment) {
  return *input.providers->engine((*input.stack)[deployment].kind());
}

View view_of(const CompileInput& input, lang::DeploymentId deployment) {
  return {*input.stack, deployment, *input.answers};
}

std::string join(const std::string& dir, const std::string& path) {
  if (dir.empty() || path.starts_with('/')) return path;
  return dir.back() == '/' ? dir + path : dir + '/' + path;
}

Text filled(const Text& text, const Target& target, int instance) {
  const std::string hop(lang::name(target.hop));
  const std::string number = std::to_string(instance);
  return lang::fill(text, [&](const std::string& path) -> const std::string* {
    if (path == "version" || path == "to") return &target.to;
    if (path == "from") return &target.from;
    if (path == "class") return &hop;
    if (path == "instance") return &number;
    return nullptr;
  });
}

Rank rank_of(lang::Role role) {
  switch (role) {
    case lang::Role::Datastore:
      return Rank::Datastore;
    case lang::Role::Migrator:
      return Rank::Migrate;
    case lang::Role::Api:
      return Rank::Api;
    case lang::Role::Worker:
      return Rank::Worker;
    case lang::Role::Scheduler:
      return Rank::Scheduler;
    case lang::Role::Frontend:
      return Rank::Frontend;
    case lang::Role::Proxy:
      return Rank::Proxy;
    case lang::Role::Job:
    case lang::Role::None:
      return Rank::Service;
  }
  return Rank::Service;
}

bool runs_once(const lang::Service& service) {
  return service.role == lang::Role::Migrator || service.role == lang::Role::Job;
}

std::vector<Step> steps_of(std::vector<Draft> drafts) {
  std::vector<Step> steps;
  steps.reserve(drafts.size());
  for (Draft& draft : drafts) steps.push_back(std::move(draft.step));
  return steps;
}

const std::string& data_version(const lang::Stack& stack, const Snapshot& snapshot, const Target& target) {
  for (const lang::Service& service : stack.services) {
    const ServiceState* state = snapshot.service(service.name);
    if (service.migrates.empty() || !state) continue;
    for (const Instance& instance : state->instances) {
      if (is_version(instance.version, target.to_version)) return target.to;
    }
  }
  return target.from;
}

bool Changes::nothing() const {
  for (const ServiceChange& change : services) {
    if (change.kind != ServiceChange::Kind::Stays) return false;
  }
  return pins.empty();
}

}  // namespace pawl::planner
