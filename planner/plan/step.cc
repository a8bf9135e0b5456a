#include "planner/plan/step.h"

#include "planner/plan/plan.h"

namespace pawl::planner {

std::string_view name(StepKind kind) {
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
  return "";
}

std::string_view name(RecoveryKind kind) {
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
  }
  return "";
}

std::string_view name(Purpose purpose) {
  switch (purpose) {
    case Purpose::Upgrade:
      return "upgrade";
    case Purpose::Rollback:
      return "rollback";
    case Purpose::Backup:
      return "backup";
    case Purpose::Drill:
      return "drill";
    case Purpose::Restore:
      return "restore";
  }
  return "";
}

std::string describe(const Recovery& recovery) {
  std::string out(name(recovery.kind));
  if (recovery.also_switch_back) out += ", switch back";
  return out;
}

bool Effects::changes_anything() const {
  return writes_pin || !takes_down.empty() || !moves.empty() || !stops.empty() || !starts.empty() ||
         !migrates.empty() || !restores.empty();
}

}  // namespace pawl::planner
