// What a manifest says, checked and typed. A Stack is a value: blocks are vectors, references between them
// are typed ids (indices), every node carries the Span that declared it. Nothing in it needs checking again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lang/span.h"
#include "lang/text.h"
#include "lang/version.h"

namespace pawl::lang {

using Duration = std::chrono::milliseconds;

/// Index into one of Stack's vectors; `Tag` keeps ids of different vectors apart.
template <class Tag>
struct Id {
  std::uint32_t value = 0;
  auto operator<=>(const Id&) const = default;
};
using ServiceId = Id<struct Service>;
using DatabaseId = Id<struct Database>;
using FilesId = Id<struct FileSet>;
using HostId = Id<struct Host>;
using SourceTreeId = Id<struct SourceTree>;
using DeploymentId = Id<struct Deployment>;

// ---------------------------------------------------------------- ways to run something, and probes

/// `command("prog", args…)`: on the host (this machine, or `host`).
struct HostCommand {
  std::vector<Text> argv;
  std::optional<HostId> host;
};
/// `exec(service.x, "prog", …)`: inside a running instance of the service.
struct ExecIn {
  ServiceId service;
  std::vector<Text> argv;
};
/// `run(service.x, "prog", …)`: once, in a fresh instance of the new version.
struct RunIn {
  ServiceId service;
  std::vector<Text> argv;
};
/// `shell("…")`: through /bin/sh -c, because the author really wanted a pipe.
struct ShellCommand {
  Text script;
};
/// `manual("…")`: a person does it and says so.
struct ManualTask {
  Text instruction;
};

/// `http(url, status = 200, json = {…}, header = {…}, within = 30s, every = 1s)`.
struct HttpCheck {
  Text url;
  int status = 200;                                  // 100 … 599
  std::vector<std::pair<std::string, Text>> json;    // path ("components.*") → wanted value
  std::vector<std::pair<std::string, Text>> header;  // request headers
};
/// `tcp("host:port")`.
struct TcpCheck {
  Text address;
};
/// `log("until", fail = "pattern")`: ECMAScript regular expressions matched on each line the service prints.
struct LogCheck {
  std::string until;
  std::string fail;
};
/// `healthy()`: the engine's own health check of the service.
struct EngineHealth {};

struct Action {
  std::variant<HostCommand, ExecIn, RunIn, ShellCommand, ManualTask> how;
  Span span;
};

/// What an exit code of a program that is asked means: it holds; ask again; it never will.
enum class CodeMeaning { Done, Again, Failed };
std::string_view name(CodeMeaning meaning);

struct Probe {
  std::variant<HttpCheck, TcpCheck, LogCheck, ExecIn, HostCommand, ShellCommand, EngineHealth, ManualTask>
      how;
  std::optional<Duration> within;  // give up after this long
  std::optional<Duration> every;   // ask again after this long
  /// Programs only. `expect`: what its output must hold; empty: nothing. `codes`: 0 … 255, each once; of one
  /// that is not there, 0 is Done and the others are Again.
  Text expect;
  std::vector<std::pair<int, CodeMeaning>> codes;
  Span span;
};

/// A condition over the facts of a run (`when = downtime > 0s && class == major`), kept as its checked tree.
struct FactCondition {
  enum class Operator {
    Literal,
    Fact,
    Not,
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual
  };
  Operator op = Operator::Literal;
  std::string
      value;  // of a literal (its canonical text) or the name of a fact: "downtime", "class", "from", "to"
  std::vector<FactCondition> operands;
  Span span;
};

// ---------------------------------------------------------------- deployments and pins

/// `env(file, NAME)`: one variable of an env file.
struct EnvPin {
  std::string file;
  std::string name;
};
/// `image_tag(file, services = […])`: the tag of those services' images (all that have the running tag when
/// empty).
struct ImageTagPin {
  std::string file;
  std::vector<ServiceId> services;
};
/// `symlink(link, "releases/${version}")`.
struct SymlinkPin {
  std::string link;
  Text target;
};
/// `apt("package")`.
struct AptPin {
  std::string package;
};
/// `chart()`: the version of the Helm chart.
struct ChartPin {};
/// `source.x`: the ref of a source tree.
struct SourcePin {
  SourceTreeId source;
};

/// Where the version is written down.
struct Pin {
  std::variant<EnvPin, ImageTagPin, SymlinkPin, AptPin, ChartPin, SourcePin> where;
  Span span;
};

struct ComposeSettings {
  enum class Engine { Detect, Docker, Podman };
  enum class Images { Pull, Build };
  enum class Strategy { Ordered, StopAll };  // StopAll: down, then up
  Engine engine = Engine::Detect;
  Images images = Images::Pull;
  Strategy strategy = Strategy::Ordered;
  std::vector<Text> files;  // relative to dir; empty: the engine's default names
  std::vector<Text> profiles;
  std::string env_file;  // empty: .env
  std::string project;   // empty: from the files' `name:` or the folder, as Compose does
};

struct HelmSettings {
  Text release, chart, name_space;
  std::vector<Text> values;
  std::optional<Duration> timeout;
};

struct SystemdSettings {
  bool user = false;  // systemctl --user
};

/// Services as processes that pawl itself starts and stops.
struct LocalSettings {
  Text releases;         // folder of one version, default "releases/${version}"
  std::string run_dir;   // pid files and logs, default "run"
  std::string env_file;  // optional file of NAME=value lines for every service
};

struct PluginSettings {
  std::string program;  // the NAME of pawl-provider-NAME
  std::vector<std::pair<std::string, Text>> settings;
};

struct Deployment {
  std::variant<ComposeSettings, HelmSettings, SystemdSettings, LocalSettings, PluginSettings> engine;
  std::string label;  // empty for the unlabelled (default) one
  std::string dir;    // relative to the manifest's folder; empty: that folder
  std::optional<HostId> on;
  std::optional<Pin> pin;
  Span span;
  std::string_view kind() const;  // "compose", "helm", "systemd", "local", "plugin"
};

struct Host {
  std::string name;
  Text ssh;  // user@host[:port]
  Text dir;
  Span span;
};

struct SourceTree {
  enum class Method { Git, Tar, Rsync };
  std::string name;
  Method method = Method::Git;
  Text location;
  Text ref;
  std::optional<HostId> to;
  Span span;
};

// ---------------------------------------------------------------- services and data

enum class Role { None, Api, Worker, Scheduler, Frontend, Proxy, Migrator, Job, Datastore };
std::string_view name(Role role);

enum class ReplaceStrategy { Recreate, Surge, Rolling };

struct Service {
  std::string name;         // label of the block
  std::string engine_name;  // `name = "…"`: what the engine calls it; default: the label
  Role role = Role::None;
  std::optional<DeploymentId> on;  // set after checking; empty only when the stack has no deployment
  std::optional<Probe> health;
  std::optional<Probe> ready;
  std::optional<Duration> drain;        // grace between SIGTERM and SIGKILL when an instance is stopped
  std::optional<Duration> pause;        // after one instance is back, before the next one goes
  std::optional<Duration> min_healthy;  // how long an instance must have run before it counts as healthy
  std::optional<Action> reload;
  ReplaceStrategy strategy = ReplaceStrategy::Recreate;
  std::optional<int> instances;  // 1 … 1000; empty: what the engine's configuration says
  std::vector<ServiceId> after, before;
  std::vector<DatabaseId> migrates;
  bool says_migrates = false;  // `migrates` is written: `[]` says that it changes no schema
  std::optional<Action> seed;
  std::optional<Probe> prewarm;
  // provider specifics
  std::vector<Text> command;                      // local: argv
  std::vector<std::pair<std::string, Text>> env;  // local: extra environment
  std::optional<int> reload_signal;               // local: `reload = signal(HUP)`; a signal number 1 … 64
  Text image, unit, workload;
  Span span;
};

/// Runs once and ends, so that being stopped is its normal state.
bool runs_once(const Service& service);

struct Ledger {
  enum class Framework {
    Alembic,
    Prisma,
    Ecto,
    Rails,
    Django,
    Flyway,
    Liquibase,
    GolangMigrate,
    Table,
    Exec
  };
  Framework framework = Framework::Table;
  std::string table;           // Table: the table's name, `schema.table` allowed
  std::string column;          // Table: the column that names a migration
  std::optional<Action> exec;  // Exec: prints one applied migration a line
  Span span;
};

struct Database {
  enum class Engine { Postgres, Mysql, Mariadb, Sqlite, Custom };
  std::string name;  // label
  Engine engine = Engine::Postgres;
  std::optional<ServiceId> service;  // where the server runs; empty: reachable from the host
  std::optional<HostId> on;          // where its programs run, over SSH; empty: this machine
  Text workload;                     // helm: "statefulset/postgres"
  Text database;                     // `name = "…"`: the database's name inside the engine
  Text path;                         // sqlite: the file
  Text host, user, password;
  std::optional<int> port;  // 1 … 65535
  std::optional<Ledger> ledger;
  std::optional<Action> migrate;
  /// How to undo migrations. `never` (forward-only) and "not said" are both no action; `forward_only` tells
  /// them apart.
  std::optional<Action> down;
  bool forward_only = false;
  bool down_loses_data = false;
  /// What happens when its server comes back in a version that does not start on the files that are there.
  enum class Upgrade {
    InPlace,      // nothing: such a plan is refused
    DumpRestore,  // a new server is started on new files, and what the old one held is loaded into it
  };
  Upgrade upgrade = Upgrade::InPlace;
  std::optional<Located<std::uint64_t>> large;  // bytes
  Span span;
};

std::string_view name(Database::Engine engine);  // as the manifest writes it: "postgres"

struct FileSet {
  std::string name;
  std::vector<Text> paths;
  std::vector<Text> volumes;
  Span span;
};

struct Backup {
  std::vector<std::variant<DatabaseId, FilesId, Action>> of;
  Text to;                          // folder, relative to the manifest's; default "backups"
  std::optional<int> keep;          // 1 … 10000
  std::optional<Duration> max_age;  // a bundle younger than this is fresh enough
  bool drill = false;
  std::optional<Action> restore;  // for bundles made by actions
  Span span;
};

struct Restore {
  Text confirm;  // the exact phrase to type
  Span span;
};

// ---------------------------------------------------------------- versions and policy

struct Release {
  enum class Phase { None, Expand, Contract };
  struct NewVariable {
    std::string name;
    std::string description;
    std::optional<Text> default_value;
    Span span;
  };
  Located<Version> version;
  std::optional<Located<VersionRange>> from;
  bool stop = false;
  bool one_way = false;
  bool migrates = true;           // may change a schema
  std::optional<Duration> takes;  // from its start until it answers, migrations included
  Phase phase = Phase::None;
  std::optional<Located<Version>> after;
  std::optional<Action> backfilled;
  std::vector<NewVariable> env_add;
  std::vector<std::pair<std::string, std::string>> env_rename;  // old → new
  std::vector<std::string> env_remove;
  std::vector<Text> breaking;
  std::vector<Text> manual;
  Text notes;
  Text deprecated;
  Span span;
};

/// `on patch|minor|major|">= 2.0" { … }`.
struct Policy {
  enum class Backup { Require, Skip };
  enum class Migrations { Allow, Refuse };
  enum class Path { Direct, EveryMinor, EveryRelease };
  std::variant<HopClass, VersionRange> scope;
  std::optional<Backup> backup;
  std::optional<Migrations> migrations;
  std::optional<Path> path;
  std::optional<Located<Text>> refuse;  // the reason
  Span span;
};

// ---------------------------------------------------------------- gates, checks, steps

struct Gate {
  struct Rehearsed {
    Duration within;
  };
  std::string name;
  std::vector<HopClass> on;  // empty: every class
  std::variant<ManualTask /* ask */, Rehearsed, Action /* a program, once */,
               Probe /* asked until it holds */>
      what;
  Span span;
};

struct Check {
  enum class Phase { Before, After };
  std::string name;
  std::vector<HopClass> on;
  Phase phase = Phase::After;  // Before: also a preflight
  Probe run;
  Span span;
};

/// What a user's own step may be placed after or before: a service's move, a database's backup or migration,
/// another step, or a named phase of the upgrade.
struct Anchor {
  enum class Phase { Checks, Backup, Fetch, Pin, Migrations, Replaced, End };
  std::variant<ServiceId, DatabaseId, std::string /* step */, Phase> what;
  Span span;
};

struct UserStep {
  std::string name;
  Action run;
  std::vector<Anchor> after, before;
  std::vector<HopClass> on;
  bool idempotent = false;
  std::optional<Probe> done_when;
  std::optional<Duration> within;
  /// What it does to data. Where none of the four is written, nobody knows.
  std::vector<DatabaseId> migrates;                        // it may change their schema
  std::vector<std::variant<DatabaseId, FilesId>> touches;  // it may change what they hold
  bool one_way = false;                                    // it cannot be undone
  std::optional<Action> undo;                              // undoes it; run by a rollback
  bool says_effects = false;                               // one of the four is written
  Span span;
};

struct Window {
  std::vector<int> days;  // 0 = Sunday … 6; empty: every day
  int from_minute = 0;    // minutes after midnight, 0 … 1439
  int to_minute = 0;      // exclusive; below from_minute: past midnight
  std::string zone;       // IANA name; empty: the machine's zone
  Span span;
};

struct Downtime {
  std::optional<Probe> probe;         // `service.api.health` is copied in
  std::optional<ServiceId> probe_of;  // the service whose health it is
  std::optional<Duration> budget;
  Span span;
};

struct Notification {
  enum class Event { Planned, Started, Waiting, Failed, Finished };
  std::string name;
  std::vector<Event> on;  // empty: every event
  bool log = false;
  Text webhook;               // empty: none
  std::vector<Text> command;  // empty: none
  Text mail;
  std::optional<FactCondition> when;
  Span span;
};

struct StateSettings {
  Text sqlite_path;   // empty: .pawl/state.db beside the manifest
  Text postgres_url;  // empty: SQLite
  Span span;
};

struct Variable {
  enum class Type { String, Number, Bool, Time, Size, Version };
  std::string name;
  Type type = Type::String;
  std::string description;
  bool secret = false;
  std::optional<std::string> value;  // given or default, canonical text; empty for a secret one
  Span span;
};

struct Stack {
  Located<std::string> name;
  std::string description;
  std::optional<Located<Version>> version;  // the version wanted; empty: the newest the pin's source offers
  VersionScheme scheme = VersionScheme::Semver;
  std::vector<Version> version_list;  // VersionScheme::List only
  std::vector<Deployment> deployments;
  std::vector<Host> hosts;
  std::vector<SourceTree> sources;
  std::vector<Service> services;
  std::vector<Database> databases;
  std::vector<FileSet> files;
  std::optional<Backup> backup;
  std::optional<Restore> restore;
  std::vector<Release> releases;
  std::vector<Policy> policies;
  std::vector<Gate> gates;
  std::vector<Check> checks;
  std::vector<UserStep> steps;
  std::vector<Window> windows;
  std::optional<Downtime> downtime;
  std::vector<Notification> notifications;
  std::optional<StateSettings> state;
  std::vector<Variable> variables;
  Span span;  // the `stack` block

  const Service& operator[](ServiceId id) const { return services[id.value]; }
  const Database& operator[](DatabaseId id) const { return databases[id.value]; }
  const FileSet& operator[](FilesId id) const { return files[id.value]; }
  const Host& operator[](HostId id) const { return hosts[id.value]; }
  const SourceTree& operator[](SourceTreeId id) const { return sources[id.value]; }
  const Deployment& operator[](DeploymentId id) const { return deployments[id.value]; }
};

}  // namespace pawl::lang
