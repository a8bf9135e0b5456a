// The questions the planner has for an engine. A provider is a pure translator: it starts nothing, opens
// nothing, and answers from values. The same provider therefore works locally, over SSH, in a test with
// recorded answers, and on a machine without the engine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lang/result.h"
#include "lang/stack.h"
#include "planner/engine/answers.h"
#include "planner/engine/data_provider.h"
#include "planner/plan/operation.h"
#include "planner/plan/snapshot.h"

namespace pawl::planner {

using lang::Result;

/// Everything a provider may look at: the checked stack, its own deployment block, and the configuration
/// files and engine facts it asked for.
struct DeploymentView {
  const lang::Stack& stack;
  lang::DeploymentId deployment;
  const Answers& answers;
};

/// One service as the configuration renders it for one version.
struct RenderedService {
  std::string service;      // Service::name
  std::string image;        // or program
  std::string fingerprint;  // equal exactly when nothing about the service changes
  int replicas = 1;
  std::vector<std::string> depends_on;  // manifest names
  bool operator==(const RenderedService&) const = default;
};

/// The configuration rendered for one version of the pin.
struct Rendering {
  std::vector<RenderedService> services;       // manifest order; only services of this deployment
  std::vector<std::string> unmanaged;          // in the configuration but not in the manifest
  std::vector<std::string> variables_missing;  // referenced, not set, no default
  std::vector<std::string> variables_set;      // names in the env file(s)
  std::vector<std::string> warnings;
};

// What a provider can be asked to carry out.
struct FetchVersion {
  std::vector<lang::ServiceId> services;
  std::string version;
};
struct StopService {
  lang::ServiceId service;
};
/// Stops and recreates instance `number` of `of` in the new version, leaving the others running.
struct ReplaceInstance {
  lang::ServiceId service;
  int number = 1;
  int of = 1;
  std::string from, to;
};
/// Recreates every instance of the service at once (a single-instance service, or strategy stop_all).
struct ReplaceService {
  lang::ServiceId service;
  std::string from, to;
};
struct StartService {
  lang::ServiceId service;
  std::string version;
};
/// Removes a service that the new configuration no longer has.
struct RemoveService {
  std::string engine_name;
};
struct RunInside {
  lang::ServiceId service;
  std::vector<Text> argv;
  std::string stdin_file, stdout_file;
};
struct RunOnce {
  lang::ServiceId service;
  std::vector<Text> argv;
  std::string version;
};
struct ReloadService {
  lang::ServiceId service;
};
/// Waits until all instances run `version` (empty: any) and are healthy by the engine's own word.
struct AwaitService {
  lang::ServiceId service;
  std::string version;
  int instances = 1;
  Duration within{180'000};
};
using EngineAction = std::variant<FetchVersion, StopService, ReplaceInstance, ReplaceService, StartService,
                                  RemoveService, RunInside, RunOnce, ReloadService, AwaitService>;

/// One engine. Errors are the world's (lang::Error): a configuration that cannot be read, an engine that is
/// absent.
class Provider {
 public:
  virtual ~Provider() = default;
  /// "compose", "local", … as Deployment::kind().
  virtual std::string_view kind() const = 0;

  /// Configuration files needed to render, given the answers so far; asked again until nothing new comes.
  /// These are answered from the working tree or a git revision.
  virtual std::vector<Query> configuration(const DeploymentView& view) const = 0;
  /// Questions to the engine, given the answers so far; asked again until nothing new comes (at most 8
  /// rounds).
  virtual std::vector<Query> queries(const DeploymentView& view) const = 0;
  /// What the answers say. Fills `engine` (except EngineState::pin) and `services` of this deployment.
  virtual Result<void> read(const DeploymentView& view, Snapshot& snapshot) const = 0;

  /// The configuration rendered with the pin at `version` (empty: as the files stand).
  virtual Result<Rendering> render(const DeploymentView& view, const Snapshot& snapshot,
                                   std::string_view version) const = 0;

  /// Operations that carry out one action. `snapshot` is the state the plan starts from.
  virtual Result<std::vector<Operation>> lower(const EngineAction& action, const DeploymentView& view,
                                               const Snapshot& snapshot) const = 0;
  /// A query that runs `argv` inside a running instance (for ledgers, sizes); only programs that read.
  virtual Result<Query> inside(lang::ServiceId service, std::vector<Text> argv, const DeploymentView& view,
                               const Snapshot& snapshot) const = 0;
  /// For the report when a step of this service failed: its state and its last `lines` log lines.
  virtual std::vector<Query> diagnose(lang::ServiceId service, int lines, const DeploymentView& view,
                                      const Snapshot& snapshot) const = 0;
  /// Holds when the service has ended by itself after it was started, so that waiting for its health is vain.
  /// Nothing: the engine cannot tell, or starts it again.
  virtual std::optional<Condition> ended(lang::ServiceId /*service*/, const DeploymentView& /*view*/,
                                         const Snapshot& /*snapshot*/) const {
    return std::nullopt;
  }
  /// How many steps of this engine run well at once: 1 … 64.
  virtual int parallelism() const = 0;
  /// "docker compose", "local processes": for the plan's first line.
  virtual std::string title(const Snapshot& snapshot) const = 0;
  /// What the engine itself says on stderr when it runs a program inside a service, as an ECMAScript regular
  /// expression of lines; empty: nothing.
  virtual std::string noise() const { return {}; }
};

/// The engines that are compiled in, found by kind. Values owned by the caller (cli).
struct Providers {
  std::vector<const Provider*> engines;
  std::vector<const DataProvider*> data;
  const Provider* engine(std::string_view kind) const;
  const DataProvider* database(lang::Database::Engine engine) const;
};

}  // namespace pawl::planner
