// What the passes of compile.cc hand to each other. Every pass is a function from what stands before it to
// its own part.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planner/compile.h"

namespace pawl::planner {

template <class T>
using Pass = tl::expected<T, Refusal>;

/// A refusal of the world with one reason.
tl::unexpected<Refusal> refuse(std::string what, std::string fix = {});
tl::unexpected<Refusal> refuse(lang::Error error);
/// "stack.pawl:12" as an Origin; nowhere for an unknown span.
Origin origin_of(const CompileInput& input, lang::Span span);
/// The engine of a deployment block as it was observed; nullptr when it was not.
const EngineState* engine_state(const CompileInput& input, lang::DeploymentId deployment);
/// A deployment's own provider, and what it may look at. unsupported() has made sure that there is one.
const Provider& provider_of(const CompileInput& input, lang::DeploymentId deployment);
View view_of(const CompileInput& input, lang::DeploymentId deployment);
/// `path` below `dir`, unless it is absolute or `dir` is empty.
std::string join(const std::string& dir, const std::string& path);
/// `text` with the references that planning knows (`version`, `from`, `to`, `class`, `instance`) filled in.
struct Target;
Text filled(const Text& text, const Target& target, int instance = 1);

// ---------------------------------------------------------------- target: which versions

struct Target {
  std::string from, to;  // as written
  lang::Version from_version, to_version;
  lang::HopClass hop = lang::HopClass::Same;
  std::string source;  // where `to` came from
  bool back = false;   // from the version of an upgrade to the one it started from
};
Pass<Target> choose_target(const CompileInput& input);
/// True when `text` names the same version as `version`.
bool is_version(const std::string& text, const lang::Version& version);

/// The version whose schema the data may have by now: `to` when a service that migrates runs it already,
/// because an earlier upgrade did not finish.
const std::string& data_version(const lang::Stack& stack, const Snapshot& snapshot, const Target& target);

// ---------------------------------------------------------------- policy: what this class of hop asks for

struct PolicyDecision {
  bool backup = true;
  lang::Span backup_skipped_by;  // known when a policy says skip
  bool migrations = true;        // schema changes are allowed
  lang::Span migrations_refused_by;
};
Pass<PolicyDecision> decide_policy(const CompileInput& input, const Target& target);
/// True when a block restricted to `classes` applies to the hop (empty: every class).
bool applies(const std::vector<lang::HopClass>& classes, lang::HopClass hop);

// ---------------------------------------------------------------- changes: what moves

/// As the manifest writes it: "postgres".
std::string_view engine_name(lang::Database::Engine engine);

/// One service, old configuration against new and against what runs.
struct ServiceChange {
  enum class Kind { Stays, Moves, Appears, Disappears };
  Kind kind = Kind::Stays;
  int replicas = 1;          // wanted in the new version
  int running = 0;           // instances that are there now
  std::vector<int> pending;  // numbers of the instances that are not there yet; all of them or a part
  std::string old_image, new_image;
  bool versioned = false;  // what it runs carries the version: its instances can be asked for it
  bool moves() const { return kind == Kind::Moves || kind == Kind::Appears; }
};
/// One deployment block, both renderings.
struct DeploymentChange {
  std::string from;  // what its pin said
  Rendering before, after;
};
struct Changes {
  std::vector<ServiceChange> services;        // by ServiceId
  std::vector<DeploymentChange> deployments;  // by DeploymentId
  std::vector<Operation> pins;                // edits that record the new version
  std::vector<Notice> notices;
  /// Databases whose schema may change, and by whom it is changed.
  std::vector<lang::DatabaseId> migrated;
  bool nothing() const;
};
Pass<Changes> find_changes(const CompileInput& input, const Target& target, const PolicyDecision& policy);
/// What the releases on the way say: missing and renamed variables, things to do by hand. Refuses what would
/// not start.
Pass<std::vector<Notice>> release_notices(const CompileInput& input, const Target& target,
                                          const Changes& changes);
/// The edits that write the new version down.
Pass<std::vector<Operation>> pin_edits(const CompileInput& input, const Target& target,
                                       const Changes& changes);
/// What a backup may take at most, in bytes; 0 when none is taken.
std::uint64_t backup_bytes(const CompileInput& input, const PolicyDecision& policy);
/// Room that it needs, in bytes: a drill unpacks it once more.
std::uint64_t backup_room(const CompileInput& input, const PolicyDecision& policy);
/// Refuses a deployment that is not healthy, a database that cannot be backed up, a folder too small for its
/// backup.
Pass<void> require_health(const CompileInput& input, const Changes& changes, const PolicyDecision& policy);
/// The same of the services alone, where nothing is to be upgraded: "nothing to do" would be cold comfort.
Pass<void> require_health_to_stay(const CompileInput& input, const Changes& changes);

// ---------------------------------------------------------------- expand: abstract steps

struct CheckServices {};
/// Operations that were made with the task.
struct Prepared {
  std::vector<Operation> operations;
  std::string summary;  // empty: the first operation that changes something
};
struct RunCheck {
  const lang::Check* check;
};
struct PassGate {
  const lang::Gate* gate;
};
struct TakeBackup {};
struct FetchImages {
  lang::DeploymentId deployment;
  std::vector<lang::ServiceId> services;
};
struct WritePin {};
struct StopIt {
  lang::ServiceId service;
};
/// One instance, or all of them when `of` is 1 or `together`.
struct ReplaceIt {
  lang::ServiceId service;
  int number = 1;
  int of = 1;
  bool last = true;
};
struct StartIt {
  lang::ServiceId service;
};
struct RemoveIt {
  lang::ServiceId service;
};
struct MigrateWith {
  lang::DatabaseId database;
};
struct RunMigrator {
  lang::ServiceId service;
};
struct ReloadIt {
  lang::ServiceId service;
};
struct SeedWith {
  lang::ServiceId service;
};
struct PrewarmIt {
  lang::ServiceId service;
};
struct SmokeServices {};
struct RunUserStep {
  const lang::UserStep* step;
};
using Task = std::variant<CheckServices, RunCheck, PassGate, TakeBackup, FetchImages, WritePin, StopIt,
                          ReplaceIt, StartIt, RemoveIt, MigrateWith, RunMigrator, ReloadIt, SeedWith,
                          PrewarmIt, SmokeServices, RunUserStep, Prepared>;

/// Where a step of pawl's own stands by default; smaller is earlier (order.cc explains the ranks).
enum class Rank : int {
  Check,
  BeforeChecks,
  Gates,
  Save,
  Backup,
  Fetch,
  Pin,
  Stop,
  Datastore,
  Undo,
  Restore,
  Migrate,
  Api,
  Worker,
  Scheduler,
  Service,
  Frontend,
  Proxy,
  Reload,
  Remove,
  Custom,
  Smoke,
  AfterChecks
};

/// Where a service of that role stands by default.
Rank rank_of(lang::Role role);
/// Runs once and ends: being stopped is its normal state.
bool runs_once(const lang::Service& service);

struct Draft {
  Step step;
  Task task;
  Rank rank = Rank::Custom;
  int index = 0;  // within the rank: manifest order
  int part = 0;   // within the same service: replace, migrate, prewarm, seed
  lang::Span span;
};
std::vector<Step> steps_of(std::vector<Draft> drafts);
Pass<std::vector<Draft>> expand(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                                const Changes& changes);

// ---------------------------------------------------------------- order, lower, estimate, recover, seal

/// Sorts the drafts and fills in Step::needs. Refuses a cycle as a path, a step before the checks.
Pass<std::vector<Draft>> order(const CompileInput& input, std::vector<Draft> drafts);
/// Fills in operations, diagnose and summary of every step.
Pass<void> lower(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                 const Changes& changes, std::vector<Draft>& drafts);
/// Adds the drill behind the backup, where the manifest asks for one.
Pass<void> add_drill(const CompileInput& input, const Target& target, std::vector<Draft>& drafts);
/// Fills in estimates, and the plan's totals.
void estimate(const CompileInput& input, Plan& plan);
/// Fills in recoveries and the point of no return.
void recover(const CompileInput& input, const Target& target, Plan& plan);
/// Walks every state that the plan can reach, with a failure and a crash in every step, and counts the steps
/// from whose failure the listed recovery leads home. Refuses a plan that breaks an invariant, with the
/// shortest way there. Takes upgrades and rollbacks; `ahead` names the databases whose schema may be that of
/// the newer version when the plan begins (schemas_ahead() in data_use.h tells what the snapshot shows).
Pass<std::uint32_t> prove(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                          const Plan& plan, const std::vector<std::string>& ahead);
/// Facts about the whole (engine, notifications, availability, provenance, notices that need the steps), and
/// the id.
void seal(const CompileInput& input, const Target& target, const PolicyDecision& policy, Plan& plan);

/// Words whose behaviour is not built yet, each with its span.
lang::Diagnostics unsupported(const CompileInput& input);

}  // namespace pawl::planner
