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
        one_way_(one_way_release(stack_, target)),
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
      if (!each.rebuilds) continue;
      rebuilt_ = each.service;
      backed_up_.insert(backed_up_.end(), effects.restores.begin(), effects.restores.end());
    }
    written_ = written_ || (!rebuilt_.empty() && may_write(effects));
    touched_.insert(touched_.end(), effects.touches.begin(), effects.touches.end());
    if (effects.one_way && final_.empty()) final_ = step.subject;
    if (step.kind == StepKind::Custom && !effects.unknown.empty()) custom_ = true;
  }

  /// Something has changed for good. What the files said before can be said again.
  bool beyond_return() const {
    return !stays_ || !rewritten_.empty() || !final_.empty() || !migrated_.empty() || !touched_.empty() ||
           !early_.empty() || written_;
  }

  Recovery recovery() const {
    Recovery out;
    if (!rewritten_.empty()) {
      out.kind = RecoveryKind::ForwardOnly;
      out.because = "the server of " + rewritten_ +
                    " may have changed its files, and nothing says that the one before can read them";
    } else if (!final_.empty()) {
      out.kind = RecoveryKind::ForwardOnly;
      out.because = "nothing undoes step " + final_ + ": the manifest says `one_way`";
    } else if (!early_.empty() && !changed_by_.empty()) {
      out.kind = earlier_bundle_.empty() ? RecoveryKind::ForwardOnly : RecoveryKind::Restore;
      out.also_switch_back = out.kind == RecoveryKind::Restore;
      out.because = "an earlier upgrade did not finish, and database " + early_ + " may have the schema of " +
                    to_ + " since then; " +
                    (earlier_bundle_.empty() ? "no bundle from before it is known"
                                             : "bundle " + earlier_bundle_ + " is from before it");
    } else if (!migrated_.empty() || !touched_.empty() || written_) {
      out.kind = all_downgrade()   ? RecoveryKind::Downgrade
                 : all_backed_up() ? RecoveryKind::Restore
                                   : RecoveryKind::ForwardOnly;
      out.also_switch_back = out.kind != RecoveryKind::ForwardOnly;
      out.because = written_ ? "the old files of " + rebuilt_ +
                                   " come back, and they do not hold "
                                   "what was written since"
                    : migrated_.empty() ? touched_.front() + " may hold something else than before"
                                        : "database " + migrated_.front() + " may have the schema of " + to_;
      if (out.kind == RecoveryKind::ForwardOnly) out.because += ", and this plan makes no backup of it";
    } else if (!rebuilt_.empty()) {
      out.kind = RecoveryKind::SwitchBack;
      out.because = "the files of the old " + rebuilt_ +
                    " are set aside as they were, and nothing has been "
                    "written since";
    } else if (!changed_by_.empty() && stays_) {
      out.kind = RecoveryKind::ForwardOnly;
      out.because =
          "pawl has no record of the configuration that ran before; to go back, put the files back as "
          "they were and plan again";
    } else if (!changed_by_.empty()) {
      out.kind = RecoveryKind::SwitchBack;
      out.because = "no schema has changed, so the old version still runs on this data";
    }
    out.next = what_to_type_next(out.kind, !changed_by_.empty() || !migrated_.empty() || custom_);
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
    const auto is_backed_up = [&](const std::string& name) {
      return std::find(backed_up_.begin(), backed_up_.end(), name) != backed_up_.end();
    };
    return std::all_of(migrated_.begin(), migrated_.end(), is_backed_up) &&
           std::all_of(touched_.begin(), touched_.end(), is_backed_up);
  }
  /// Every schema that may have changed can be migrated back without losing anything. What is one way is not
  /// migrated back, whatever can be.
  bool all_downgrade() const {
    return !one_way_ && touched_.empty() && rebuilt_.empty() &&
           std::all_of(migrated_.begin(), migrated_.end(), [&](const std::string& name) {
             const lang::Database* database = database_named(stack_, name);
             return database && database->down && !database->down_loses_data;
           });
  }
  /// Something starts that works on what a rebuilt server holds.
  bool may_write(const Effects& effects) const {
    if (!effects.migrates.empty() || !effects.touches.empty()) return true;
    return std::any_of(effects.services.begin(), effects.services.end(), [&](const ServiceEffect& each) {
      const auto found = std::find_if(stack_.services.begin(), stack_.services.end(),
                                      [&](const lang::Service& of) { return of.name == each.service; });
      return (each.moves || each.starts) && found != stack_.services.end() && uses_databases(*found);
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
  bool stays_;                    // there is no other version to go back to
  const lang::Release* one_way_;  // on the way; nullptr: none
  bool only_drilled_;             // the manifest counts only backups that have been restored once
  std::vector<std::string> migrated_, touched_, backed_up_;
  std::string early_,
      earlier_bundle_;  // a database that an earlier run may have migrated, and the newest bundle from before
  std::string changed_by_;
  bool custom_ = false;    // a step of the author's own, of which nothing is known
  std::string final_;      // a step that nothing undoes
  std::string rebuilt_;    // a service whose server has new files, and may have lost nothing
  bool written_ = false;   // what works on it may have started since
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

/// By step: what nobody speaks of and may have begun when it fails; empty: nothing. That is the first such
/// step that does not wait for it. Only those that wait for no other such step count: they begin first.
std::vector<std::string> open_questions(const std::vector<Step>& steps) {
  std::vector<std::string> out(steps.size());
  std::vector<bool> after_one(steps.size(), false);
  std::vector<std::uint32_t> first;  // the steps that begin first
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    out[i] = steps[i].effects.unknown;
    for (const StepId need : steps[i].needs) {
      after_one[i] = after_one[i] || after_one[need.value] || !out[need.value].empty();
    }
    if (!out[i].empty() && !after_one[i]) first.push_back(i);
  }
  // How many of them, one after the other from the first, wait for the step.
  std::vector<std::uint32_t> waiting(steps.size(), 0), seen(steps.size(), 0);
  for (std::uint32_t k = 0; k < first.size(); ++k) {
    std::vector<std::uint32_t> awaited{first[k]};
    while (!awaited.empty()) {
      const std::uint32_t step = awaited.back();
      awaited.pop_back();
      for (const StepId need : steps[step].needs) {
        if (seen[need.value] == k + 1) continue;
        seen[need.value] = k + 1;
        if (waiting[need.value] == k) ++waiting[need.value];
        awaited.push_back(need.value);
      }
    }
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (out[i].empty() && waiting[i] < first.size()) out[i] = steps[first[waiting[i]]].effects.unknown;
  }
  return out;
}

/// Where something that nobody speaks of may have begun, what is known of a way back is not enough.
void admit_unknown(std::vector<Step>& steps) {
  std::vector<std::string> open = open_questions(steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Recovery& recovery = steps[i].recovery;
    if (open[i].empty() || recovery.kind == RecoveryKind::ForwardOnly) continue;
    const std::string known = describe(recovery);
    recovery.because = open[i] + "; if that is nothing: " + known;
    recovery.kind = RecoveryKind::Unknown;
    recovery.also_switch_back = false;
    recovery.unknown = std::move(open[i]);
  }
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
  admit_unknown(plan.steps);
}

}  // namespace pawl::planner
