// A deployment's engine as the planner uses it: its provider together with what it may look at. Whatever the
// provider says becomes a question to, or an operation on, the host of the deployment; no provider knows
// where its deployment is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/engine/provider.h"

namespace pawl::planner {

/// A program and where it runs.
struct Program {
  Process process;
  std::string host{};  // name of a `host` block; empty: this machine
};
/// As a question; only programs that read.
Question ask(Program program);
/// As a change that is safe to repeat; `command` says the rest. `timeout` 0: none.
Operation run(Program program, Command command = {}, Duration timeout = Duration(600'000));

class DeploymentEngine {
 public:
  /// All of them outlive it. There must be a provider for the deployment (Providers::engine): lang refuses a
  /// manifest for an engine that is not built.
  DeploymentEngine(const lang::Stack& stack, lang::DeploymentId deployment, const Providers& providers,
                   const Answers& answers, const Snapshot& snapshot);

  std::vector<Question> configuration() const;
  std::vector<Question> queries() const;
  Result<void> read(Snapshot& snapshot) const { return provider_.read(view_, snapshot); }

  const std::string& host() const { return host_; }  // name of a `host` block; empty: this machine
  std::string title() const { return provider_.title(snapshot_); }
  Traits traits() const { return provider_.traits(view_); }
  Result<Rendering> render(std::string_view version) const;
  Result<Lowered> lower(const EngineAction& action) const;
  Result<Program> program(lang::ServiceId service, std::vector<Text> argv, ProgramPlace place,
                          const std::string& version, Replica instance) const;
  std::vector<Question> diagnose(lang::ServiceId service, int lines) const;
  std::optional<Condition> ended(lang::ServiceId service) const;
  Result<std::string> machine_path(lang::ServiceId service, std::string_view path) const {
    return provider_.machine_path(service, path, view_, snapshot_);
  }

 private:
  const Provider& provider_;
  const Snapshot& snapshot_;
  std::string host_;
  DeploymentView view_;
};

}  // namespace pawl::planner
