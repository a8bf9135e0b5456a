// One node of the plan's DAG.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/plan/operation.h"

namespace pawl::planner {

/// Index into Plan::steps. People count from 1: step number = value + 1.
struct StepId {
  std::uint32_t value = 0;
  auto operator<=>(const StepId&) const = default;
};

enum class StepKind {
  Check,
  Gate,
  Window,
  Backup,
  Drill,
  Fetch,
  Pin,
  Stop,
  Migrate,
  Replace,
  Start,
  Reload,
  Wait,
  Seed,
  Prewarm,
  Smoke,
  Notify,
  Custom,
  Restore,
  Save
};
/// The one table of names, for people and for plan files. A kind without a case does not compile; see
/// names.h.
constexpr std::string_view name(StepKind kind) {
  switch (kind) {
    case StepKind::Check:
      return "check";
    case StepKind::Gate:
      return "gate";
    case StepKind::Window:
      return "window";
    case StepKind::Backup:
      return "backup";
    case StepKind::Drill:
      return "drill";
    case StepKind::Fetch:
      return "fetch";
    case StepKind::Pin:
      return "pin";
    case StepKind::Stop:
      return "stop";
    case StepKind::Migrate:
      return "migrate";
    case StepKind::Replace:
      return "replace";
    case StepKind::Start:
      return "start";
    case StepKind::Reload:
      return "reload";
    case StepKind::Wait:
      return "wait";
    case StepKind::Seed:
      return "seed";
    case StepKind::Prewarm:
      return "prewarm";
    case StepKind::Smoke:
      return "smoke";
    case StepKind::Notify:
      return "notify";
    case StepKind::Custom:
      return "step";
    case StepKind::Restore:
      return "restore";
    case StepKind::Save:
      return "save";
  }
  return {};
}

/// What a step does to one service.
struct ServiceEffect {
  std::string service;    // name in the manifest
  int down = 0;           // how many of its instances are out while the step runs, at most
  bool moves = false;     // it runs the new version afterwards; with `down`, that many of its instances do
  bool stops = false;     // it is stopped afterwards
  bool starts = false;    // all of it is started
  bool rewrites = false;  // it keeps data and starts in another image, which may change its files for good
  bool rebuilds = false;  // it starts on new files, and its old ones are set aside whole
  bool operator==(const ServiceEffect&) const = default;
};

/// What a step does to the deployment, for ordering, recovery analysis and the proof. Names are those of the
/// manifest.
struct Effects {
  bool writes_pin = false;
  std::vector<ServiceEffect> services;  // each service once
  std::vector<std::string> migrates;    // databases whose schema may change
  std::vector<std::string> backs_up;    // databases and file sets that have a bundle afterwards
  std::vector<std::string> restores;    // databases and file sets that hold what a bundle held afterwards
  std::vector<std::string> touches;     // databases and file sets whose content may change otherwise
  bool one_way = false;                 // nothing undoes it: the manifest says so
  bool has_undo = false;                // the manifest says how it is undone
  /// What nobody says about it although the way back depends on it, as the table tells it: "nothing says who
  /// migrates main". Empty: nothing is open.
  std::string unknown;
  bool changes_anything() const;
  /// What happens to a service; nullptr: nothing.
  const ServiceEffect* on(std::string_view service) const;
  bool operator==(const Effects&) const = default;
};

/// What leads back to the old version when this step fails.
/// `GoOn` is for plans that are themselves a way back: nothing is undone, the run is resumed.
/// `Unknown`: nobody says what a step that may have begun by then changes, so no way back can be proved.
enum class RecoveryKind { NothingToUndo, SwitchBack, Downgrade, Restore, ForwardOnly, GoOn, Unknown };
constexpr std::string_view name(RecoveryKind kind) {
  switch (kind) {
    case RecoveryKind::NothingToUndo:
      return "nothing to undo";
    case RecoveryKind::SwitchBack:
      return "switch back";
    case RecoveryKind::Downgrade:
      return "downgrade";
    case RecoveryKind::Restore:
      return "restore";
    case RecoveryKind::ForwardOnly:
      return "forward only";
    case RecoveryKind::GoOn:
      return "resume";
    case RecoveryKind::Unknown:
      return "unknown";
  }
  return {};
}

struct Recovery {
  RecoveryKind kind = RecoveryKind::NothingToUndo;
  bool also_switch_back = false;  // "restore, switch back"
  std::string because;            // the step that makes it so: "database main may have the schema of 1.5.0"
  std::string next;               // the exact command to type after a failure here
  std::string unknown{};          // Unknown: what nobody says (Effects::unknown)
  bool operator==(const Recovery&) const = default;
};
std::string describe(const Recovery& recovery);  // "restore, switch back"

/// Where the manifest asked for something.
struct Origin {
  std::string file;
  std::uint32_t line = 0;  // 0: nowhere (built in)
  bool operator==(const Origin&) const = default;
};

struct Step {
  StepKind kind = StepKind::Custom;
  std::string subject;  // "api ⟂ main", "worker 1 of 3", "every service"
  std::string summary;  // what the table shows under `runs`
  std::string why;      // why the step is there, one sentence
  Effects effects;
  std::vector<StepId> needs;  // sorted; all smaller than this step's own id
  std::vector<Operation> operations;
  /// Asked when the step fails, for the report: logs of the service, its state.
  std::vector<Question> diagnose;
  Recovery recovery;
  Duration estimate{0};
  std::string rests_on;  // "what 1.4.0 → 1.5.0 took here", "what is stated for 1.7.0"; empty: a guess
  Origin origin;
  bool operator==(const Step&) const = default;
};

}  // namespace pawl::planner
