// Pass `expand`: what changed becomes abstract steps, each with what it does to the deployment and why it is
// there. No order yet beyond a default rank, and no operations.
#include <algorithm>

#include "planner/bundle/rebuild.h"
#include "planner/pass/data_use.h"
#include "planner/pass/drafts.h"
#include "planner/pass/passes.h"

namespace pawl::planner {
namespace {

using lang::Role;
using Kind = ServiceChange::Kind;

/// Collects drafts; the members below it read as the table of contents of an upgrade.
class Expansion {
 public:
  Expansion(const CompileInput& input, const Target& target, const PolicyDecision& policy,
            const Changes& changes)
      : input_(input),
        stack_(*input.stack),
        target_(target),
        policy_(policy),
        changes_(changes),
        one_way_(one_way_release(stack_, target)),
        unreadable_(stopped_for_one_way(stack_, target, changes)),
        drafts_(input, target, changes) {}

  std::vector<Draft> all() {
    checks();
    gates();
    if (moves_something()) {
      backup();
      drafts_.fetch();
    }
    drafts_.pin("A later restart comes back on the new version.");
    schedulers();
    migrations();
    services();
    if (moves_something()) drafts_.reloads();
    user_steps();
    drafts_.smoke("Confirms that " + hop() + " is done and everything is healthy.");
    forget_set_aside();
    if (goes_on_at_the_end()) drafts_.last_look();
    return drafts_.take();
  }

 private:
  Draft& add(StepKind kind, Task task, Rank rank, int index, std::string subject, std::string why,
             lang::Span span) {
    return drafts_.add(kind, std::move(task), rank, index, std::move(subject), std::move(why), span);
  }

  const ServiceChange& change(std::size_t service) const { return changes_.services[service]; }
  bool moves_something() const {
    return std::any_of(changes_.services.begin(), changes_.services.end(),
                       [](const ServiceChange& each) { return each.kind != Kind::Stays; });
  }
  /// Something comes after everything has been found healthy.
  bool goes_on_at_the_end() const {
    const auto is_late = [&](const lang::Check& check) {
      return check.phase == lang::Check::Phase::After && applies(check.on, target_.hop);
    };
    const auto is_last = [&](const lang::UserStep& step) {
      return applies(step.on, target_.hop) &&
             std::any_of(step.after.begin(), step.after.end(), [](const lang::Anchor& anchor) {
               const auto* phase = std::get_if<lang::Anchor::Phase>(&anchor.what);
               return phase && *phase == lang::Anchor::Phase::End;
             });
    };
    return std::any_of(stack_.checks.begin(), stack_.checks.end(), is_late) ||
           (target_.hop != lang::HopClass::Same &&
            std::any_of(stack_.steps.begin(), stack_.steps.end(), is_last));
  }
  std::string hop() const { return target_.from + " → " + target_.to; }

  // ------------------------------------------------------------ before anything changes

  void checks() {
    add(StepKind::Check, CheckServices{}, Rank::Check, 0, "every service",
        "Nothing is changed on a deployment that is not healthy.", stack_.span);
    for (std::size_t i = 0; i < stack_.checks.size(); ++i) {
      const lang::Check& check = stack_.checks[i];
      if (!applies(check.on, target_.hop)) continue;
      const bool before = check.phase == lang::Check::Phase::Before;
      add(before ? StepKind::Check : StepKind::Smoke, RunCheck{&check},
          before ? Rank::BeforeChecks : Rank::AfterChecks, static_cast<int>(i), check.name,
          before ? "The manifest wants this to hold before anything changes."
                 : "The manifest wants this to hold afterwards.",
          check.span);
    }
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      if (change(i).set_aside.empty()) continue;
      const Scene scene{stack_, *input_.providers, *input_.answers, *input_.snapshot, &target_};
      const Rebuild rebuild = rebuild_of(stack_, lang::ServiceId{i}, change(i).set_aside);
      add(StepKind::Check, Prepared{{check_rebuild(scene, rebuild), "its files can be set aside, room"}},
          Rank::BeforeChecks, static_cast<int>(stack_.checks.size() + i), stack_.services[i].name,
          "Nothing is stopped for files that cannot be set aside.", stack_.services[i].span);
    }
  }

  void gates() {
    for (std::size_t i = 0; i < stack_.gates.size(); ++i) {
      const lang::Gate& gate = stack_.gates[i];
      if (!applies(gate.on, target_.hop)) continue;
      add(StepKind::Gate, PassGate{&gate}, Rank::Gates, static_cast<int>(i), gate.name,
          "A gate of the manifest: it must hold before anything changes.", gate.span);
    }
  }

  void backup() {
    if (!policy_.backup || !stack_.backup) return;
    Draft& draft = add(StepKind::Backup, TakeBackup{}, Rank::Backup, 0, "",
                       "The way back, should the new version not work.", stack_.backup->span);
    bool has_action = false;
    for (const auto& item : stack_.backup->of) {
      if (const auto* database = std::get_if<lang::DatabaseId>(&item)) {
        draft.step.effects.backs_up.push_back(stack_[*database].name);
      } else if (const auto* files = std::get_if<lang::FilesId>(&item)) {
        draft.step.effects.backs_up.push_back(stack_[*files].name);
      } else {
        has_action = true;
      }
    }
    // An action of the author's own may back up any database; that it does is theirs to say, and it leads
    // back where they say how.
    has_action = has_action && stack_.backup->restore.has_value();
    for (const lang::Database& database : stack_.databases) {
      std::vector<std::string>& names = draft.step.effects.backs_up;
      const bool listed = std::find(names.begin(), names.end(), database.name) != names.end();
      if (has_action && !listed) names.push_back(database.name);
    }
    for (const std::string& name : draft.step.effects.backs_up) {
      draft.step.subject += (draft.step.subject.empty() ? "" : " ") + name;
    }
    if (draft.step.subject.empty()) draft.step.subject = stack_.name.value;
  }

  // ------------------------------------------------------------ the services

  Traits::Moves moves_of(const lang::Service& service) const { return traits_of(input_, service).moves; }
  /// It moves in one step with all that moves of its deployment. An engine that stops and starts services one
  /// by one keeps a scheduler out of it, so that it starts last.
  bool together(std::size_t index) const {
    const lang::Service& service = stack_.services[index];
    if (!change(index).set_aside.empty()) return false;
    const Traits::Moves moves = moves_of(service);
    if (moves == Traits::Moves::OneByOne || !change(index).moves() || runs_once(service)) return false;
    return moves == Traits::Moves::AtOnce || service.role != Role::Scheduler;
  }
  /// A step of its own changes a schema between the end of the old instances and the start of the new ones.
  bool migrates_apart() const {
    const bool action =
        std::any_of(changes_.migrated.begin(), changes_.migrated.end(), [&](lang::DatabaseId id) {
          const auto& migrate = stack_[id].migrate;
          const auto* inside = migrate ? std::get_if<lang::ExecIn>(&migrate->how) : nullptr;
          return migrate && !(inside && change(inside->service.value).moves());
        });
    for (std::size_t i = 0; i < stack_.services.size(); ++i) {
      if (stack_.services[i].role == Role::Migrator && change(i).moves()) return true;
    }
    return action;
  }
  /// Works on what a server holds that gets new files.
  bool works_on_rebuilt(std::size_t index) const {
    const lang::Service& service = stack_.services[index];
    return changes_.rebuilds() && service.on && uses_databases(service) && !runs_once(service) &&
           change(index).set_aside.empty() && change(index).running > 0;
  }
  bool stops_first(const lang::Service& service, std::size_t index) const {
    if (works_on_rebuilt(index)) return true;
    if (service.role == Role::Scheduler) return change(index).moves() || schema_may_change();
    if (!service.on || change(index).kind != Kind::Moves) return false;
    if (!together(index)) return unreadable_[index];
    // What stops everything first stops it in its own step, unless something must happen in between.
    const bool in_its_step = moves_of(service) == Traits::Moves::StopsFirst;
    return migrates_apart() || (unreadable_[index] && !in_its_step);
  }

  bool schema_may_change() const {
    return !changes_.migrated.empty() || !changes_.undeclared.empty() || !changes_.undescribed.empty() ||
           (one_way_ && !stack_.databases.empty());
  }
  std::string why_stopped(const lang::Service& service, std::size_t index) const {
    if (service.role == Role::Scheduler) return "No new scheduled work starts while the deployment changes.";
    if (works_on_rebuilt(index))
      return "What its server holds moves to a new one, and nothing may change it meanwhile.";
    if (!unreadable_[index])
      return "Its schema is migrated by a step of its own, and nothing may use it meanwhile.";
    return "It cannot read the data of " + one_way_->version->text + ", which is one way (" +
           input_.sources->where(one_way_->span) + "), so it is stopped before the schema changes.";
  }

  /// Schedulers are stopped before the schema may change; so is what could not read the new one, and, with an
  /// engine that stops first, everything that moves.
  void schedulers() {
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const lang::Service& service = stack_.services[i];
      if (!stops_first(service, i) || change(i).running == 0) continue;
      drafts_.stop(lang::ServiceId{i}, Rank::Stop, stop_place(service.role), change(i).running,
                   why_stopped(service, i));
    }
  }

  /// Files that earlier upgrades have set aside lead back from those, and no longer once this one has
  /// succeeded.
  void forget_set_aside() {
    std::vector<lang::ServiceId> seen;
    for (const lang::Database& database : stack_.databases) {
      const DatabaseState* state = input_.snapshot->database(database.name);
      if (!database.service || !state || state->server.set_aside.empty()) continue;
      if (std::find(seen.begin(), seen.end(), *database.service) != seen.end()) continue;
      seen.push_back(*database.service);
      const lang::Service& service = stack_[*database.service];
      const Scene scene{stack_, *input_.providers, *input_.answers, *input_.snapshot, &target_};
      std::vector<Operation> gone =
          planner::forget_set_aside(scene, *database.service, state->server.set_aside);
      const std::string words = "remove " + state->server.set_aside.front() +
                                (state->server.set_aside.size() > 1 ? " and others" : "");
      drafts_.add(StepKind::Custom, Prepared{{std::move(gone), words}}, Rank::AfterChecks, Place::Turn::Last,
                  "forget old files of " + service.name,
                  "An earlier upgrade has set them aside, and this one has succeeded without them.",
                  database.span);
    }
  }

  static bool contains(const std::vector<lang::DatabaseId>& databases, lang::DatabaseId id) {
    return std::find(databases.begin(), databases.end(), id) != databases.end();
  }
  /// The databases whose schema may change when this service starts in the new version, by name.
  std::vector<std::string> migrated_by(std::size_t service) const {
    std::vector<std::string> out;
    for (const lang::DatabaseId id :
         change(service).silent ? changes_.undeclared : stack_.services[service].migrates) {
      if (contains(changes_.migrated, id)) out.push_back(stack_[id].name);
    }
    return out;
  }
  /// What nobody says about its start, where no backup makes up for it; empty: nothing.
  std::string unsaid_of(std::size_t service) const {
    if (!change(service).silent) return "";
    if (stack_.databases.empty()) return "nothing says who migrates";
    for (const lang::DatabaseId id : changes_.undeclared) {
      if (!contains(changes_.migrated, id)) return "nothing says who migrates " + stack_[id].name;
    }
    if (!changes_.undescribed.empty())
      return "nothing says who migrates " + stack_[changes_.undescribed.front()].name;
    return "";
  }
  /// What starting these services in the new version may do to data.
  void note_data(Draft& draft, const std::vector<lang::ServiceId>& services) const {
    Effects& effects = draft.step.effects;
    for (const lang::ServiceId id : services) {
      for (std::string& name : migrated_by(id.value)) {
        if (std::find(effects.migrates.begin(), effects.migrates.end(), name) == effects.migrates.end())
          effects.migrates.push_back(std::move(name));
      }
      if (effects.unknown.empty()) effects.unknown = unsaid_of(id.value);
    }
    draft.step.subject = subject(draft.step.subject, effects.migrates);
  }
  /// "api ⟂ main": which service, and which databases change with it.
  static std::string subject(const std::string& service, const std::vector<std::string>& databases) {
    std::string out = service;
    for (std::size_t i = 0; i < databases.size(); ++i) out += (i == 0 ? " ⟂ " : ", ") + databases[i];
    return out;
  }

  void migrations() {
    for (const lang::DatabaseId id : changes_.migrated) {
      const lang::Database& database = stack_[id];
      if (!database.migrate) continue;
      // Inside a running service the migration's code is that of the service, so the service moves first.
      const auto* inside = std::get_if<lang::ExecIn>(&database.migrate->how);
      const bool follows = inside && change(inside->service.value).moves();
      const Rank rank = follows ? rank_of(stack_[inside->service].role) : Rank::Migrate;
      const int index =
          follows ? static_cast<int>(inside->service.value) : 10'000 + static_cast<int>(id.value);
      Draft& draft = add(StepKind::Migrate, MigrateWith{id}, rank, index, database.name,
                         "The manifest says how " + database.name + " is migrated.", database.migrate->span);
      draft.part = 1;
      draft.step.effects.migrates = {database.name};
    }
  }

  void services() {
    std::vector<std::vector<lang::ServiceId>> whole(stack_.deployments.size());
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const lang::Service& service = stack_.services[i];
      if (change(i).kind == Kind::Disappears && change(i).running > 0) {
        // It could not read the new schema, or would write to a server that goes.
        const bool first = (one_way_ || changes_.rebuilds()) && uses_databases(service);
        drafts_.remove(lang::ServiceId{i}, first ? Rank::Stop : Rank::Remove,
                       "The configuration of " + target_.to + " no longer has it.");
      } else if (!change(i).set_aside.empty()) {
        rebuild(i);
      } else if (service.role == Role::Migrator) {
        if (change(i).moves()) migrator(i);
      } else if (together(i)) {
        whole[service.on->value].push_back({i});
      } else if (stops_first(service, i) || change(i).kind == Kind::Appears) {
        start(i, why_started(i));
      } else if (change(i).kind == Kind::Moves) {
        replace(i);
      }
      if (change(i).moves()) afterwards(i);
    }
    for (std::uint32_t d = 0; d < whole.size(); ++d) {
      if (!whole[d].empty()) move_together(lang::DeploymentId{d}, whole[d]);
    }
  }

  std::string why_started(std::uint32_t i) const {
    if (stops_first(stack_.services[i], i) && stack_.services[i].role == Role::Scheduler)
      return "Scheduled work goes on.";
    if (change(i).kind == Kind::Appears && !change(i).drift.empty())
      return "The files ask for it, and nothing of it is there.";
    return "It runs in the new version from here on.";
  }

  void move_together(lang::DeploymentId deployment, const std::vector<lang::ServiceId>& services) {
    const bool at_once = moves_of(stack_[services.front()]) == Traits::Moves::AtOnce;
    Draft& draft = drafts_.together(
        deployment, services,
        at_once ? "Its engine moves the deployment as a whole."
                : "The deployment is stopped as a whole before anything of it starts again.");
    note_data(draft, services);
  }

  void migrator(std::uint32_t i) {
    const lang::Service& service = stack_.services[i];
    Draft& draft = add(StepKind::Migrate, RunMigrator{lang::ServiceId{i}}, Rank::Migrate, static_cast<int>(i),
                       service.name, "It runs once, in the new version, before anything that relies on it.",
                       service.span);
    note_data(draft, {lang::ServiceId{i}});
    draft.step.effects.services = {{.service = service.name, .moves = true}};
  }

  void start(std::uint32_t i, std::string why) {
    Draft& draft = drafts_.start(lang::ServiceId{i}, std::move(why));
    if (change(i).moves()) note_data(draft, {lang::ServiceId{i}});
  }

  void rebuild(std::uint32_t i) {
    const lang::Service& service = stack_.services[i];
    Draft& draft = add(StepKind::Replace, RebuildIt{lang::ServiceId{i}}, Rank::Datastore, static_cast<int>(i),
                       service.name,
                       "The new server does not start on the files of the old one; the manifest says "
                       "`upgrade = dump_restore`.",
                       service.span);
    Effects& effects = draft.step.effects;
    effects.services = {{.service = service.name, .down = 1, .moves = true, .rebuilds = true}};
    for (const lang::DatabaseId id : rebuild_of(stack_, lang::ServiceId{i}, "").databases)
      effects.restores.push_back(stack_[id].name);
    draft.step.subject = subject(service.name, effects.restores);
  }

  std::string why_replaced(const ServiceChange& what) const {
    const std::string differs = "What runs is not what the files ask for: " + describe(what.drift) + ".";
    if (what.drifts_only()) return differs;
    const std::string moves =
        "Its configuration differs between " + target_.from + " and " + target_.to + ".";
    return what.drift.empty() ? moves : moves + " " + differs;
  }

  /// Instances that are there are replaced one after the other; then their number is brought to what is
  /// wanted.
  void replace(std::uint32_t i) {
    const ServiceChange& what = change(i);
    Draft* first = drafts_.replace(lang::ServiceId{i}, why_replaced(what));
    if (first) note_data(*first, {lang::ServiceId{i}});
    const bool single = what.replicas <= 1 && what.running <= 1;
    if (!single && what.replicas != what.running) {
      start(i, "The configuration of " + target_.to + " wants " + std::to_string(what.replicas) + " of it.");
    }
  }

  void afterwards(std::uint32_t i) {
    const lang::Service& service = stack_.services[i];
    if (service.prewarm) {
      Draft& draft = add(StepKind::Prewarm, PrewarmIt{lang::ServiceId{i}}, rank_of(service.role),
                         static_cast<int>(i), service.name,
                         "The manifest wants it warm before anything relies on it.", service.prewarm->span);
      draft.part = 2;
    }
    if (service.seed && !change(i).drifts_only()) {
      Draft& draft =
          add(StepKind::Seed, SeedWith{lang::ServiceId{i}}, rank_of(service.role), static_cast<int>(i),
              service.name, "The manifest wants its data seeded in every new version.", service.seed->span);
      draft.part = 3;
    }
  }

  /// They are steps of an upgrade: a plan that stays in its version only brings what runs to what the files
  /// say.
  void user_steps() {
    if (target_.hop == lang::HopClass::Same) return;
    for (std::size_t i = 0; i < stack_.steps.size(); ++i) {
      const lang::UserStep& step = stack_.steps[i];
      if (!applies(step.on, target_.hop)) continue;
      Draft& draft = add(StepKind::Custom, RunUserStep{&step}, Rank::Custom, static_cast<int>(i), step.name,
                         "A step of the manifest's own.", step.span);
      note_said(step, draft.step.effects);
    }
  }
  /// What the manifest says that a step of its own does.
  void note_said(const lang::UserStep& step, Effects& effects) const {
    if (!step.says_effects) effects.unknown = "nothing says what " + step.name + " changes";
    for (const lang::DatabaseId id : step.migrates) effects.migrates.push_back(stack_[id].name);
    effects.one_way = step.one_way;
    effects.has_undo = step.undo.has_value();
    for (const auto& each : step.touches) {
      const auto* database = std::get_if<lang::DatabaseId>(&each);
      effects.touches.push_back(database ? stack_[*database].name
                                         : stack_[std::get<lang::FilesId>(each)].name);
    }
  }

  const CompileInput& input_;
  const lang::Stack& stack_;
  const Target& target_;
  const PolicyDecision& policy_;
  const Changes& changes_;
  const lang::Release* one_way_;  // of the releases on the way; nullptr: none
  std::vector<bool> unreadable_;  // by ServiceId: stopped because of it
  Drafts drafts_;
};

/// No schema changes, and no step of the author's own changes data, without a backup of that, unless the
/// policy of the class says so in writing.
Pass<void> require_backups(const CompileInput& input, const PolicyDecision& policy, const Changes& changes,
                           const std::vector<Draft>& drafts) {
  if (!policy.backup) return {};
  std::vector<std::string> covered;
  for (const Draft& draft : drafts) {
    covered.insert(covered.end(), draft.step.effects.backs_up.begin(), draft.step.effects.backs_up.end());
  }
  for (const lang::DatabaseId id : changes.migrated) {
    const lang::Database& database = (*input.stack)[id];
    if (std::find(covered.begin(), covered.end(), database.name) != covered.end()) continue;
    const auto& backup = input.stack->backup;
    const bool by_action =
        backup && !backup->restore && std::any_of(backup->of.begin(), backup->of.end(), [](const auto& item) {
          return std::holds_alternative<lang::Action>(item);
        });
    if (by_action)
      return refuse(
          "The schema of database " + database.name +
              " may change, and nothing says how what the backup's action saves is put back (" +
              input.sources->where(backup->span) + ").",
          "Say it in the backup block: restore = command(…), or restore = manual(\"…\") for a person.");
    return refuse("The schema of database " + database.name + " may change, and no backup covers it (" +
                      input.sources->where(database.span) + ").",
                  "Add database." + database.name +
                      " to `of` of the backup block, or say in a policy that this class needs none: on minor "
                      "{ backup = skip }");
  }
  for (const Draft& draft : drafts) {
    for (const std::string& name : draft.step.effects.touches) {
      if (std::find(covered.begin(), covered.end(), name) != covered.end()) continue;
      return refuse("Step " + draft.step.subject + " may change what " + name +
                        " holds, and no backup covers it (" + input.sources->where(draft.span) + ").",
                    "Add " + name +
                        " to `of` of the backup block, say how the step is undone with `undo`, or that "
                        "nothing undoes it with `one_way = true`.");
    }
  }
  return {};
}

}  // namespace

Pass<std::vector<Draft>> expand(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                                const Changes& changes) {
  std::vector<Draft> drafts = Expansion(input, target, policy, changes).all();
  if (auto covered = require_backups(input, policy, changes, drafts); !covered)
    return tl::unexpected(covered.error());
  return drafts;
}

}  // namespace pawl::planner
