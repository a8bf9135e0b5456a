// Pass `recover`: what a failure of each step leads to, and from where on there is no simple way back.
//
// The steps are walked in their order, and with them what may have happened by then: a step that fails may
// have done any part of its work. Switching back to the old version is enough while no schema has changed.
// Once one may have changed that cannot be migrated back, the old version is only reached through the backup
// of this plan; without one, only forward. The first such step is the point of no return.
//
// A step that runs beside others (an author's own step, most of all) may fail when any of them has begun:
// what leads back from it is what leads back from the last of them.
#include <algorithm>

#include "planner/pass/data_use.h"
#include "planner/pass/passes.h"
#include "planner/pass/tracks.h"

namespace pawl::planner {
namespace {

const lang::Database* database_named(const lang::Stack& stack, const std::string& name) {
  for (const lang::Database& database : stack.databases) {
    if (database.name == name) return &database;
  }
  return nullptr;
}

/// What may have happened to the deployment so far.
class Progress {
 public:
  Progress(const CompileInput& input, const Target& target)
      : stack_(*input.stack),
        to_(target.to),
        stays_(target.hop == lang::HopClass::Same),
        only_drilled_(input.stack->backup && input.stack->backup->drill) {
    note_earlier_run(input, target);
  }

  /// `changes`: the databases whose schema the step may change.
  void may_have_happened(const Step& step, const std::vector<std::string>& changes) {
    const Effects& effects = step.effects;
    const bool counts = !only_drilled_ || step.kind == StepKind::Drill;
    for (const std::string& name : effects.backs_up) {
      if (counts) backed_up_.push_back(name);
    }
    if (effects.changes_anything() && changed_by_.empty())
      changed_by_ = std::string(name(step.kind)) + " " + step.subject;
    for (const std::string& name : changes) note_migration(name);
    for (const ServiceEffect& each : effects.services) {
      if (each.rewrites && rewritten_.empty()) rewritten_ = each.service;
    }
    if (step.kind == StepKind::Custom && custom_.empty()) custom_ = step.subject;
  }

  /// Something has changed for good. What the files said before can be said again.
  bool beyond_return() const {
    return !stays_ || !rewritten_.empty() || !migrated_.empty() || !early_.empty();
  }

  Recovery recovery() const {
    Recovery out;
    if (!rewritten_.empty()) {
      out.kind = RecoveryKind::ForwardOnly;
      out.because = "the server of " + rewritten_ +
                    " may have changed its files, and nothing says that the one before can read them";
    } else if (!early_.empty() && !changed_by_.empty()) {
      out.kind = earlier_bundle_.empty() ? RecoveryKind::ForwardOnly : RecoveryKind::Restore;
      out.also_switch_back = out.kind == RecoveryKind::Restore;
      out.because = "an earlier upgrade did not finish, and database " + early_ + " may have the schema of " +
                    to_ + " since then; " +
                    (earlier_bundle_.empty() ? "no bundle from before it is known"
                                             : "bundle " + earlier_bundle_ + " is from before it");
    } else if (!migrated_.empty()) {
      out.kind = all_downgrade()   ? RecoveryKind::Downgrade
                 : all_backed_up() ? RecoveryKind::Restore
                                   : RecoveryKind::ForwardOnly;
      out.also_switch_back = out.kind != RecoveryKind::ForwardOnly;
      out.because = "database " + migrated_.front() + " may have the schema of " + to_;
      if (out.kind == RecoveryKind::ForwardOnly) out.because += ", and this plan makes no backup of it";
    } else if (!changed_by_.empty() && stays_) {
      out.kind = RecoveryKind::ForwardOnly;
      out.because =
          "pawl has no record of the configuration that ran before; to go back, put the files back as "
          "they were and plan again";
    } else if (!changed_by_.empty()) {
      out.kind = RecoveryKind::SwitchBack;
      out.because = "no schema has changed, so the old version still runs on this data";
    } else if (!custom_.empty()) {
      out.because = "what step " + custom_ + " did is not undone by pawl";
    }
    out.next = what_to_type_next(out.kind, !changed_by_.empty() || !migrated_.empty() || !custom_.empty());
    return out;
  }

 private:
  /// A backup made now would hold the new schema; only one that the earlier run made leads back.
  void note_earlier_run(const CompileInput& input, const Target& target) {
    const std::vector<std::string> ahead = schemas_ahead(stack_, *input.snapshot, target);
    if (ahead.empty()) return;
    early_ = ahead.front();
    for (const BundleState& bundle : input.snapshot->bundles) {
      if (bundle.version == target.from && earlier_bundle_.empty()) earlier_bundle_ = bundle.name;
    }
  }
  void note_migration(const std::string& name) {
    const lang::Database* database = database_named(stack_, name);
    if (database && std::find(migrated_.begin(), migrated_.end(), name) == migrated_.end())
      migrated_.push_back(name);
  }
  bool all_backed_up() const {
    return std::all_of(migrated_.begin(), migrated_.end(), [&](const std::string& name) {
      return std::find(backed_up_.begin(), backed_up_.end(), name) != backed_up_.end();
    });
  }
  /// Every schema that may have changed can be migrated back without losing anything.
  bool all_downgrade() const {
    return std::all_of(migrated_.begin(), migrated_.end(), [&](const std::string& name) {
      const lang::Database* database = database_named(stack_, name);
      return database && database->down && !database->down_loses_data;
    });
  }
  /// The one place that names a command: a failure is most often one that would happen again.
  static std::string what_to_type_next(RecoveryKind kind, bool changed) {
    if (!changed) return "pawl plan";
    return kind == RecoveryKind::ForwardOnly || kind == RecoveryKind::NothingToUndo ? "pawl apply --resume"
                                                                                    : "pawl rollback";
  }

  const lang::Stack& stack_;
  std::string to_;
  bool stays_;         // there is no other version to go back to
  bool only_drilled_;  // the manifest counts only backups that have been restored once
  std::vector<std::string> migrated_, backed_up_;
  std::string early_,
      earlier_bundle_;  // a database that an earlier run may have migrated, and the newest bundle from before
  std::string changed_by_, custom_;
  std::string rewritten_;  // a service whose data another server has been started on
};

/// The last step that may have begun when `step` fails: itself, or one that runs beside it.
std::uint32_t last_beside(const Tracks& tracks, std::uint32_t step) {
  std::uint32_t last = step;
  for (std::size_t t = 0; t < tracks.count(); ++t) {
    if (const std::uint32_t begun = tracks.beside(step, t); begun > 0)
      last = std::max(last, tracks[t][begun - 1]);
  }
  return last;
}

}  // namespace

void recover(const CompileInput& input, const Target& target, Plan& plan) {
  const std::vector<std::vector<std::string>> changes = schema_changes(*input.stack, target, plan);
  Progress progress(input, target);
  std::vector<Recovery> recoveries;
  std::vector<bool> matters;
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    progress.may_have_happened(plan.steps[i], changes[i]);
    recoveries.push_back(progress.recovery());
    matters.push_back(plan.steps[i].effects.changes_anything());
    const RecoveryKind kind = recoveries.back().kind;
    const bool beyond =
        progress.beyond_return() && (kind == RecoveryKind::Restore || kind == RecoveryKind::ForwardOnly);
    if (beyond && !plan.point_of_no_return) plan.point_of_no_return = StepId{i};
  }
  const Tracks tracks(plan.steps, matters);
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i)
    plan.steps[i].recovery = recoveries[last_beside(tracks, i)];
}

}  // namespace pawl::planner
