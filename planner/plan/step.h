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
std::string_view name(StepKind kind);  // "check", "replace", …

/// What a step does to the deployment, for ordering, recovery analysis and the proof. Names are those of the
/// manifest.
struct Effects {
  bool writes_pin = false;
  std::string takes_down;             // service that is out while the step runs; empty: none
  int instances_down = 0;             // how many of its instances at most
  std::string moves;                  // service that runs the new version afterwards; empty: none
  std::string stops;                  // service that is stopped afterwards
  std::string starts;                 // service that is started (in the new version)
  std::vector<std::string> migrates;  // databases whose schema may change
  std::vector<std::string> backs_up;  // databases and file sets that have a bundle afterwards
  std::vector<std::string> restores;  // databases and file sets that hold what a bundle held afterwards
  bool changes_anything() const;
  bool operator==(const Effects&) const = default;
};

/// What leads back to the old version when this step fails.
/// `GoOn` is for plans that are themselves a way back: nothing is undone, the run is resumed.
enum class RecoveryKind { NothingToUndo, SwitchBack, Downgrade, Restore, ForwardOnly, GoOn };
std::string_view name(RecoveryKind kind);  // "nothing to undo", "switch back", …

struct Recovery {
  RecoveryKind kind = RecoveryKind::NothingToUndo;
  bool also_switch_back = false;  // "restore, switch back"
  std::string because;            // the step that makes it so: "database main may have the schema of 1.5.0"
  std::string next;               // the exact command to type after a failure here
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
  std::vector<Query> diagnose;
  Recovery recovery;
  Duration estimate{0};
  Origin origin;
  bool operator==(const Step&) const = default;
};

}  // namespace pawl::planner
