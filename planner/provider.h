// The questions the planner has for an engine. A provider is a pure translator: it starts nothing, opens
// nothing, and answers from values. The same provider therefore works locally, over SSH, in a test with
// recorded answers, and on a machine without the engine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lang/result.h"
#include "lang/stack.h"
#include "planner/operation.h"
#include "planner/snapshot.h"
#include "planner/step.h"

namespace pawl::planner {

using lang::Result;

/// What a query came back with.
struct Answer {
  bool ok = false;     // it could be asked and (for probes) passed; a QueryCommand with any exit code is ok
  int exit_code = 0;   // QueryCommand
  std::string output;  // stdout, file text, response body
  std::string error;   // stderr, or why it could not be asked
};

/// Answers so far, found by the query that was asked.
class Answers {
 public:
  /// nullptr: not asked yet.
  const Answer* find(const Query& query) const;
  void add(const Query& query, Answer answer);

 private:
  std::map<std::string, Answer> by_query_;  // key: kind and canonical rendering
};

/// Everything a provider may look at: the checked stack, its own deployment block, and the configuration
/// files and engine facts it asked for.
struct View {
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
  virtual std::vector<Query> configuration(const View& view) const = 0;
  /// Questions to the engine, given the answers so far; asked again until nothing new comes (at most 8
  /// rounds).
  virtual std::vector<Query> queries(const View& view) const = 0;
  /// What the answers say. Fills `engine` (except EngineState::pin) and `services` of this deployment.
  virtual Result<void> read(const View& view, Snapshot& snapshot) const = 0;

  /// The configuration rendered with the pin at `version` (empty: as the files stand).
  virtual Result<Rendering> render(const View& view, const Snapshot& snapshot,
                                   std::string_view version) const = 0;

  /// Operations that carry out one action. `snapshot` is the state the plan starts from.
  virtual Result<std::vector<Operation>> lower(const EngineAction& action, const View& view,
                                               const Snapshot& snapshot) const = 0;
  /// A query that runs `argv` inside a running instance (for ledgers, sizes); only programs that read.
  virtual Result<Query> inside(lang::ServiceId service, std::vector<Text> argv, const View& view,
                               const Snapshot& snapshot) const = 0;
  /// For the report when a step of this service failed: its state and its last `lines` log lines.
  virtual std::vector<Query> diagnose(lang::ServiceId service, int lines, const View& view,
                                      const Snapshot& snapshot) const = 0;
  /// Holds when the service has ended by itself after it was started, so that waiting for its health is vain.
  /// Nothing: the engine cannot tell, or starts it again.
  virtual std::optional<Condition> ended(lang::ServiceId /*service*/, const View& /*view*/,
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

/// A program that must run where a database's server is: inside its service, or on this machine. Paths are
/// those of this machine, as in Command.
struct ServerProgram {
  std::vector<Text> argv;
  std::string stdin_file{}, stdout_file{}, capture{}, stderr_file{};
  std::string tolerates{};  // as in Process
};
/// One thing a data provider wants done. Instructions are carried out by this machine.
using DataStep = std::variant<ServerProgram, Instruction>;
/// A file beside a dump, filled by a program.
struct Companion {
  std::string suffix;  // ".create"
  std::vector<Text> argv;
};
/// A question to the server, or to this machine.
struct DataQuestion {
  std::variant<std::vector<Text>, Query> ask;
  Expectation expect;
  std::string means;
};

/// One database engine: how its ledger is read, its data dumped and a dump put back. An argv runs where the
/// server is (ServerProgram); the planner sees to that.
///
/// A restore goes: `beside` names a scratch database, `create` makes it, `load` fills it, and `swap` puts it
/// in the place of the one there is, which stays under a third name until `drop`. Every step may be repeated
/// after a kill in its middle, and `swap` is one step: at every moment the database is the old or the new.
class DataProvider {
 public:
  virtual ~DataProvider() = default;
  virtual lang::Database::Engine engine() const = 0;
  /// The argv that prints one applied migration a line, in order; empty when the database has no ledger, and
  /// for `exec(…)`, whose own action prints them.
  virtual std::vector<Text> ledger_argv(const lang::Database& database) const = 0;
  /// What its error holds when the ledger's table is not there, which means that nothing is applied.
  virtual std::string no_ledger() const { return {}; }
  /// The argv that prints the size in bytes, then the server's version, one a line.
  virtual std::vector<Text> size_argv(const lang::Database& database) const = 0;
  /// The argv that writes a whole, consistent dump to stdout.
  virtual std::vector<Text> dump_argv(const lang::Database& database) const = 0;
  /// Environment that those programs need on this machine: the password, which no command line may show.
  /// The caller adds it to Process::env; programs inside a service of an engine use that service's own.
  virtual std::vector<std::pair<std::string, Text>> env(const lang::Database& /*database*/) const {
    return {};
  }
  /// The file of the dump inside a bundle: "main.dump".
  virtual std::string dump_file(const lang::Database& database) const = 0;
  /// What else of the database goes into a bundle, beside the dump: how to make an empty one like it, what
  /// must not be there before the swap.
  virtual std::vector<Companion> companions(const lang::Database& /*database*/) const { return {}; }
  /// What tells a whole dump from one that ended early, asked right after it was made, and what writes its
  /// rows to `rows`, as census_argv prints them, as far as they can be counted. Both paths are on this
  /// machine.
  virtual std::vector<DataStep> check_dump(const std::string& path, const std::string& rows) const = 0;
  /// The argv that prints `table<TAB>rows`, one line a table, sorted; only tables whose rows a dump holds.
  virtual std::vector<Text> census_argv(const lang::Database& database) const = 0;

  /// The same database under a name that it has for a while only: as scratch ("new", "drill") or set aside
  /// ("old"). Its name holds `${run}`. Refuses what cannot be restored.
  virtual Result<lang::Database> beside(const lang::Database& database, std::string_view purpose) const = 0;
  /// An empty `scratch`, made as the bundle says; what an earlier attempt left under its name is removed, and
  /// what abandoned runs of more than a day ago have left for the same purpose. `stem` is the path of the
  /// database's files in the bundle, without their suffix.
  virtual std::vector<DataStep> create(const lang::Database& database, const lang::Database& scratch,
                                       const std::string& stem) const = 0;
  virtual std::vector<DataStep> load(const lang::Database& scratch, const std::string& dump) const = 0;
  virtual std::vector<DataStep> swap(const lang::Database& database, const lang::Database& scratch,
                                     const lang::Database& kept, const std::string& stem) const = 0;
  /// Holds when the swap has happened.
  virtual DataQuestion swapped(const lang::Database& database, const lang::Database& kept) const = 0;
  /// Removes a scratch or set-aside database for good; fine when it is not there.
  virtual std::vector<DataStep> drop(const lang::Database& database, const lang::Database& beside) const = 0;

  /// Reads what ledger_argv and size_argv printed (nullptr: not asked). A ledger table that is not there yet
  /// means that nothing is applied; a server that does not answer is said in `state`, not an Error.
  virtual Result<void> read(const lang::Database& database, const Answer* ledger, const Answer* size,
                            DatabaseState& state) const = 0;
};

/// The engines that are compiled in, found by kind. Values owned by the caller (cli).
struct Providers {
  std::vector<const Provider*> engines;
  std::vector<const DataProvider*> data;
  const Provider* engine(std::string_view kind) const;
  const DataProvider* database(lang::Database::Engine engine) const;
};

}  // namespace pawl::planner
