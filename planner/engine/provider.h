// The questions the planner has for an engine. A provider is a pure translator: it starts nothing, opens
// nothing, and answers from values. The same provider therefore works locally, over SSH, in a test with
// recorded answers, and on a machine without the engine. It never says on which machine something is asked or
// done: the planner does (scene/engine.h).
#pragma once

#include <map>
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
  HostAnswers answers;  // of the machine that the deployment is on

  const lang::Deployment& block() const { return stack[deployment]; }
  /// The services of this block, in manifest order.
  std::vector<lang::ServiceId> services() const;
};

/// What an engine is like, as far as a plan depends on it. The planner asks for these and never for the
/// engine's name; they may depend on the settings of the block.
struct Traits {
  enum class Moves {
    OneByOne,    // instance by instance, each service for itself
    StopsFirst,  // everything that moves is stopped, then started: StopService, then StartService
    AtOnce,      // the engine moves all services in one action: MoveDeployment
  };
  Moves moves = Moves::OneByOne;
  /// What the block would have to say for Moves::StopsFirst: "strategy = stop_all"; empty: the block
  /// cannot ask for it.
  std::string stops_first_when;
  /// A version that is not among EngineState::available can still be fetched.
  bool fetches = false;
  /// An instance sees the files and folders that were there when it started: one whose files have changed
  /// places must start again, a reload is not enough.
  bool mounts_at_start = false;
  /// The file in which the variables of the configuration are set, from the manifest's folder; empty: there
  /// is no such file.
  std::string env_file;
  /// What the engine itself says on stderr when it runs a program in a service, as an ECMAScript regular
  /// expression of lines; empty: nothing.
  std::string noise;
  /// How many steps of this engine run well at once: 1 … 64.
  int parallelism = 4;
};

/// One service as the configuration renders it for one version.
struct RenderedService {
  std::string service;      // Service::name
  std::string image;        // or program
  std::string fingerprint;  // equal exactly when nothing about the service changes
  int replicas = 1;
  std::vector<std::string> depends_on;  // manifest names
  std::string image_id{};               // what `image` means on the engine now; empty: unknown
  Properties properties{};              // what can be compared with Instance::properties
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
/// Brings all that these services need in `version`, and keeps what they run now, so that it is still there
/// for a way back.
struct FetchVersion {
  std::vector<lang::ServiceId> services;
  std::string version;
  /// For a way back: what the instances ran before (Instance::image_id), by Service::name. That, and nothing
  /// else that has its name by now, is what must start; nothing is built, and what runs now is not kept.
  std::map<std::string, std::string> ran{};
};
/// Writes the new version where the block's pin points.
struct WritePin {
  std::string from, to;
};
/// Lets the engine take notice of a pin that was just written, once for the whole deployment. Most engines
/// have nothing to do.
struct TakeUpPin {
  std::string from, version;
  bool back = false;  // to a version that ran before: nothing is built
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
/// Recreates every instance of the service at once (a single-instance service).
struct ReplaceService {
  lang::ServiceId service;
  std::string from, to;
};
/// Moves all of these services, in one action. Only asked of engines with Traits::Moves::AtOnce.
struct MoveDeployment {
  std::vector<lang::ServiceId> services;  // in the order in which they would move one by one
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
/// Sends the block's signal; an action of the manifest's own never comes here.
struct ReloadService {
  lang::ServiceId service;
};
/// Waits until `instances` instances run `version` (empty: any) and are healthy according to the engine.
struct AwaitService {
  lang::ServiceId service;
  std::string version;
  int instances = 1;
  Duration within{180'000};
  /// Ids (Instance::id) of instances that must be gone by then: what was replaced.
  std::vector<std::string> gone{};
  /// How long each must have run without interruption; 0: as long as the engine needs to tell.
  Duration held{0};
  /// The plan has started them: the engine must not have had to start one of them again since.
  bool fresh = false;
};
using EngineAction =
    std::variant<FetchVersion, WritePin, TakeUpPin, StopService, ReplaceInstance, ReplaceService,
                 MoveDeployment, StartService, RemoveService, ReloadService, AwaitService>;

/// What an action becomes.
struct Lowered {
  std::vector<Operation> operations;
  /// What the operations do, in a few words for the plan's table: "recreate in 1.5.0", "pull piprio:1.5.0".
  /// Not the commands themselves, which a reader finds in the step.
  std::string words;
};

/// Which instance of a service.
struct Replica {
  int number = 0;      // from 1; 0: whichever
  bool moved = false;  // it has been replaced since the snapshot was taken
};

/// In what a program runs.
enum class ProgramPlace {
  Running,  // in an instance that runs
  Fresh,    // in an instance of its own, made for it, that ends with it
};

/// What may go on although the process that asked for it was stopped, because the engine runs it.
struct LeftRunning {
  std::string what;  // "a container of migrate", "what was begun in api"
  std::optional<Query>
      names;            // answers with a line for each that still runs; nothing: the engine cannot be asked
  std::string command;  // stops the one whose name follows; without `names`, shows what runs there
};

/// One engine. Errors are the world's (lang::Error): a configuration that cannot be read, an engine that is
/// absent.
class Provider {
 public:
  virtual ~Provider() = default;
  /// "compose", "local", … as Deployment::kind().
  virtual std::string_view kind() const = 0;
  /// What a plan depends on. Needs no answers.
  virtual Traits traits(const DeploymentView& view) const = 0;

  /// Configuration files needed to render, given the answers so far; asked again until nothing new comes.
  /// These are answered from the working tree or a git revision.
  virtual std::vector<Query> configuration(const DeploymentView& view) const = 0;
  /// Questions to the engine, given the answers so far; asked again until nothing new comes (at most
  /// kMostRounds of observe.h).
  virtual std::vector<Query> queries(const DeploymentView& view) const = 0;
  /// What the answers say. Fills the EngineState and the ServiceStates of this deployment.
  virtual Result<void> read(const DeploymentView& view, Snapshot& snapshot) const = 0;

  /// The configuration rendered with the pin at `version` (empty: as the files stand).
  virtual Result<Rendering> render(const DeploymentView& view, const Snapshot& snapshot,
                                   std::string_view version) const = 0;

  /// Operations that carry out one action. `snapshot` is the state the plan starts from.
  virtual Result<Lowered> lower(const EngineAction& action, const DeploymentView& view,
                                const Snapshot& snapshot) const = 0;
  /// The process that runs `argv` in `service`, in an instance that is as in `version` (empty: as it runs).
  /// An empty `argv` is the service's own program (ProgramPlace::Fresh only). Whether it may be repeated, its
  /// files and its time limit are the caller's.
  virtual Result<Process> program(lang::ServiceId service, std::vector<Text> argv, ProgramPlace place,
                                  const std::string& version, Replica instance, const DeploymentView& view,
                                  const Snapshot& snapshot) const = 0;
  /// For the report when a step of this service failed: its state and its last `lines` log lines.
  virtual std::vector<Query> diagnose(lang::ServiceId service, int lines, const DeploymentView& view,
                                      const Snapshot& snapshot) const = 0;
  /// Holds when the service has ended by itself after it was started, so that waiting for its health is
  /// pointless. Nothing: the engine cannot tell, or starts it again.
  virtual std::optional<Condition> ended(lang::ServiceId /*service*/, const DeploymentView& /*view*/,
                                         const Snapshot& /*snapshot*/) const {
    return std::nullopt;
  }
  /// What `stopped`, a process that this provider made, may have left at work when it was stopped from
  /// outside. Nothing: whatever it began ends with it.
  virtual std::optional<LeftRunning> left_running(const Process& /*stopped*/) const { return std::nullopt; }
  /// Where on its machine lies what an instance of `service` sees as `path`, an absolute folder; an error
  /// where that ends with the instance, or is not known.
  virtual Result<std::string> machine_path(lang::ServiceId /*service*/, std::string_view path,
                                           const DeploymentView& /*view*/,
                                           const Snapshot& /*snapshot*/) const {
    return lang::failure("nothing says where on its machine " + std::string(path) + " lies");
  }
  /// "docker compose", "local processes": for the plan's first line.
  virtual std::string title(const Snapshot& snapshot) const = 0;
};

/// The engines that are compiled in, found by kind. Values owned by the caller (cli).
struct Providers {
  std::vector<const Provider*> engines;
  std::vector<const DataProvider*> data;
  const Provider* engine(std::string_view kind) const;
  const DataProvider* database(lang::Database::Engine engine) const;
};

}  // namespace pawl::planner
