// Abstract steps: what is to be done and why, before there is an order or an operation.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "planner/pass/changes.h"

namespace pawl::planner {

struct CheckServices {};
/// Operations that were made with the task; without words the first of them that changes something is shown.
struct Prepared {
  Lowered lowered;
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
  std::map<std::string, std::string> ran{};  // FetchVersion::ran
};
struct WritePins {};
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
/// All that moves of a deployment whose engine does not move it piece by piece (Traits::moves), as one step.
struct MoveTogether {
  lang::DeploymentId deployment;
  std::vector<lang::ServiceId> services;  // in the order in which they start
};
/// A server of which nothing reads the files starts on new ones: its content goes out, its files aside, and
/// the content into the new server.
struct RebuildIt {
  lang::ServiceId service;
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
using Task = std::variant<CheckServices, RunCheck, PassGate, TakeBackup, FetchImages, WritePins, StopIt,
                          ReplaceIt, MoveTogether, RebuildIt, StartIt, RemoveIt, MigrateWith, RunMigrator,
                          ReloadIt, SeedWith, PrewarmIt, SmokeServices, RunUserStep, Prepared>;

/// Where a step of pawl's own comes by default; smaller is earlier (order.cc explains the ranks).
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
  AfterChecks,
  LastLook
};

/// Where a service of that role comes by default.
Rank rank_of(lang::Role role);

/// Where a step comes among those of its rank.
struct Place {
  enum class Turn : int { First, Usual, Last };
  Place(int of_usual = 0) : index(of_usual) {}
  Place(Turn of, int of_turn = 0) : turn(of), index(of_turn) {}
  Turn turn = Turn::Usual;
  int index = 0;  // within the turn; mostly the place in the manifest
};

struct Draft {
  Step step;
  Task task;
  Rank rank = Rank::Custom;
  Place place;
  int part = 0;  // within the same service: replace, migrate, prewarm, seed
  lang::Span span;
};
std::vector<Step> steps_of(std::vector<Draft> drafts);

}  // namespace pawl::planner
