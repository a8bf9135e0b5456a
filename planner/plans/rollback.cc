// From where an upgrade stopped, back to the version it started from: the second half of every upgrade page,
// compiled. The order is fixed: what may still change a database stops first; then it is certain whether its
// schema has moved, and it stays, is migrated down, or is replaced by its backup; only then does the old
// version start, and never on data it cannot read.
//
// Only what the run changed is undone: services that run the new version, or that the run left stopped. What
// the failed version had to say is saved before it is taken away.
#include <algorithm>

#include "planner/bundle/backup.h"
#include "planner/bundle/rebuild.h"
#include "planner/bundle/restore.h"
#include "planner/pass/data_use.h"
#include "planner/pass/drafts.h"
#include "planner/pass/passes.h"
#include "planner/plans/rollback_notices.h"
#include "planner/plans/way_back.h"
#include "planner/proof/prove.h"
#include "planner/scene/ledgers.h"

namespace pawl::planner {
namespace {

using lang::Role;
using Kind = ServiceChange::Kind;

constexpr int kSavedLines = 5000;
constexpr const char* kSavedFolder = ".pawl/saved/{run}";

/// The deployment may be in any state, so only what a look at it tells counts here.
struct Alive {
  int running = 0;  // instances that are not stopped
  int known = 0;    // instances at all
};

Alive alive(const Snapshot& snapshot, const lang::Service& service) {
  Alive out;
  const ServiceState* state = snapshot.service(service.name);
  if (!state) return out;
  out.known = static_cast<int>(state->instances.size());
  out.running = state->running();
  return out;
}

class Rollback {
 public:
  Rollback(const CompileInput& input, const Target& target, const Changes& changes, const PastRun& past,
           const WayBack& way)
      : input_(input),
        stack_(*input.stack),
        target_(target),
        changes_(changes),
        past_(past),
        way_(way),
        scene_{stack_, *input.providers, *input.answers, *input.snapshot, &target},
        undeclared_(undeclared(stack_)),
        bundle_(way.bundle ? bundle_folder(stack_) + "/" + way.bundle->name : ""),
        drafts_(input, target, changes) {}

  Pass<std::vector<Draft>> all() {
    verify_bundle();
    confirm();
    save();
    drafts_.fetch(images_that_ran(past_));
    drafts_.pin("A later restart comes back on the old version.");
    stops();
    put_back();
    for (const DatabaseWay& each : way_.databases) {
      if (auto back = database(each); !back) return refuse(back.error());
    }
    for (const lang::FilesId id : way_.files) {
      if (auto back = files(id); !back) return refuse(back.error());
    }
    if (auto own = own_parts(); !own) return refuse(own.error());
    if (auto undone = undo(); !undone) return refuse(undone.error());
    services();
    drafts_.reloads();
    drafts_.smoke("Confirms that " + target_.to + " runs again and everything is healthy.");
    if (auto forgotten = forget(); !forgotten) return refuse(forgotten.error());
    return drafts_.take();
  }

 private:
  Draft& add(StepKind kind, Task task, Rank rank, Place place, std::string subject, std::string why,
             lang::Span span = {}) {
    return drafts_.add(kind, std::move(task), rank, place, std::move(subject), std::move(why), span);
  }

  const lang::Service& service(std::size_t i) const { return stack_.services[i]; }
  const ServiceChange& change(std::size_t i) const { return changes_.services[i]; }
  bool managed(std::size_t i) const { return service(i).on && !runs_once(service(i)); }

  // ------------------------------------------------------------ before anything changes

  void verify_bundle() {
    if (bundle_.empty()) return;
    add(StepKind::Check, Prepared{{{verify_operation(scene_, bundle_)}, ""}}, Rank::Check, 0, "bundle",
        "Nothing is changed before the backup is known to be intact.", stack_.backup->span);
  }

  void confirm() {
    if (!stack_.restore || (bundle_.empty() && way_.rebuilt.empty())) return;
    const std::string with = bundle_.empty() ? "the old files of " + stack_[way_.rebuilt.front().service].name
                                             : "the backup " + way_.bundle->name;
    const Ask ask{"This replaces data with " + with + ". Type " +
                      scene_.fill(stack_.restore->confirm).shown() + " to go on:",
                  scene_.fill(stack_.restore->confirm), "restore"};
    add(StepKind::Gate, Prepared{{{operation(ask, Duration(0))}, ""}}, Rank::Gates, 0, "restore",
        "The manifest wants a phrase typed before data is replaced.", stack_.restore->span);
  }

  /// Logs and state of what runs the new version, as files: the containers they belong to will be gone.
  void save() {
    std::vector<Operation> out;
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      if (!managed(i) || change(i).kind != Kind::Moves) continue;
      const lang::ServiceId id{i};
      int number = 0;
      for (const Question& question : scene_.engine_of(id)->diagnose(id, kSavedLines)) {
        const auto* asked = std::get_if<QueryCommand>(&question.query);
        if (!asked) continue;
        Command command;
        command.stdout_file =
            std::string(kSavedFolder) + "/" + service(i).name + "." + std::to_string(++number) + ".txt";
        command.accept = {0, 1};  // a container that is gone has no log, and that is no reason to stay
        out.push_back(run({asked->process, question.host}, std::move(command), Duration(60'000)));
      }
    }
    if (out.empty()) return;
    out.insert(out.begin(), operation(MakeFolder{kSavedFolder}, Duration(30'000)));
    add(StepKind::Save, Prepared{{std::move(out), std::string("logs and state → ") + kSavedFolder}},
        Rank::Save, 0, "what ran " + target_.from,
        "Otherwise what the failed version had to say would be gone with its containers.");
  }

  // ------------------------------------------------------------ what may write

  /// Its start had begun and did not end well: it may be migrating at this moment.
  bool may_be_migrating(std::size_t i) const {
    if (may_migrate(stack_, service(i), undeclared_).empty()) return false;
    for (std::size_t s = 0; s < past_.plan->steps.size(); ++s) {
      const Effects& effects = past_.plan->steps[s].effects;
      const ServiceEffect* effect = effects.on(service(i).name);
      const bool its = effect && effect->moves && !effects.migrates.empty();
      if (its && past_.steps[s] == PastRun::Step::Begun) return true;
    }
    return false;
  }

  bool stops_first(std::size_t i) const {
    if (!managed(i) || alive(*input_.snapshot, service(i)).running == 0) return false;
    if (change(i).kind == Kind::Disappears) return false;
    if (may_be_migrating(i)) return true;
    if (rebuilt(i)) return true;
    if (!way_.touches_data() || service(i).role == Role::Datastore) return false;
    // A container sees the folders that were there when it started, so even a proxy starts again after files.
    return service(i).role != Role::Proxy ||
           (!way_.files.empty() && traits_of(input_, service(i)).mounts_at_start);
  }

  /// A step of the run that had begun and says how it is undone. `own`: the manifest's; nullptr: it has none
  /// by now.
  struct Undone {
    std::size_t step;
    const lang::UserStep* own;
  };
  std::vector<Undone> undone() const {
    std::vector<Undone> out;
    for (std::size_t s = 0; s < past_.plan->steps.size(); ++s) {
      const Step& step = past_.plan->steps[s];
      if (!step.effects.has_undo || past_.steps[s] == PastRun::Step::NotBegun) continue;
      const auto own =
          std::find_if(stack_.steps.begin(), stack_.steps.end(),
                       [&](const lang::UserStep& each) { return each.name == step.subject && each.undo; });
      out.push_back({s, own == stack_.steps.end() ? nullptr : &*own});
    }
    return out;
  }

  /// A `down` action, or the `undo` of a step, runs inside it, so it stops last.
  bool undoes_inside(std::size_t i) const {
    const auto runs_inside = [&](const lang::Action& action) {
      const auto* inside = std::get_if<lang::ExecIn>(&action.how);
      return inside && inside->service.value == i;
    };
    const std::vector<Undone> steps = undone();
    return std::any_of(steps.begin(), steps.end(),
                       [&](const Undone& each) { return each.own && runs_inside(*each.own->undo); }) ||
           std::any_of(way_.databases.begin(), way_.databases.end(), [&](const DatabaseWay& way) {
             return way.kind == DatabaseWay::Kind::Down && runs_inside(*stack_[way.database].down);
           });
  }

  void stops() {
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      if (!stops_first(i)) continue;
      const bool after_down = undoes_inside(i);
      drafts_.stop(lang::ServiceId{i}, after_down ? Rank::Undo : Rank::Stop,
                   after_down ? Place(Place::Turn::Last) : stop_place(service(i).role),
                   alive(*input_.snapshot, service(i)).running,
                   way_.touches_data()
                       ? "Nothing writes while its data goes back."
                       : "It may be changing a schema; after this it is certain whether it did.");
    }
  }

  // ------------------------------------------------------------ data

  Result<void> database(const DatabaseWay& way) {
    switch (way.kind) {
      case DatabaseWay::Kind::Watch:
        watch(way);
        return {};
      case DatabaseWay::Kind::Down:
        return down(way);
      case DatabaseWay::Kind::Restore:
        return way.by_action ? Result<void>() : restore(way);
      case DatabaseWay::Kind::PutBack:  // with its server
        return {};
    }
    return {};
  }

  bool rebuilt(std::size_t i) const {
    return std::any_of(way_.rebuilt.begin(), way_.rebuilt.end(),
                       [&](const RebuiltServer& each) { return each.service.value == i; });
  }
  /// The old files of servers that have new ones.
  void put_back() {
    for (const RebuiltServer& each : way_.rebuilt) {
      const lang::Service& of = stack_[each.service];
      const Rebuild rebuild = rebuild_of(stack_, each.service, each.folder);
      if (each.finished)
        add(StepKind::Check, Prepared{{{files_are_aside(scene_, rebuild, past_.stamp)}, ""}}, Rank::Check,
            static_cast<int>(each.service.value), of.name + "'s old files",
            "Nothing is stopped for files that are not there any more.", of.span);
      Draft& draft = add(StepKind::Restore,
                         Prepared{{planner::put_back(scene_, rebuild, past_.stamp),
                                   "its old files in their place again: " + each.folder}},
                         Rank::Stop, Place::Turn::Last, of.name,
                         "Its server has new files since, which " + target_.to + " does not read.", of.span);
      for (const lang::DatabaseId id : rebuild.databases)
        draft.step.effects.restores.push_back(stack_[id].name);
    }
  }

  /// Holds while the ledger is what it was before the upgrade.
  std::optional<Operation> ledger_as_before(const DatabaseWay& way) const {
    const lang::Database& database = stack_[way.database];
    auto question = ledger_question(database, scene_);
    if (!question || !way.ledger_known) return std::nullopt;
    Await await;
    await.condition.question = std::move(*question);
    std::string rows;
    for (const std::string& row : way.ledger) rows += (rows.empty() ? "" : "\n") + row;
    await.condition.expect.equals = rows;
    // Without a table, nothing has been applied: the programs say so with an error.
    if (rows.empty()) await.condition.expect.exit_codes = {0, 1, 3};
    await.condition.means = "the ledger of " + database.name + " is as it was in " + target_.to;
    await.within = Duration(0);
    return operation(std::move(await), Duration(60'000));
  }

  void watch(const DatabaseWay& way) {
    auto unmoved = ledger_as_before(way);
    if (!unmoved) return;
    const lang::Database& database = stack_[way.database];
    add(StepKind::Wait, Prepared{{{std::move(*unmoved)}, "its ledger has not moved"}}, Rank::Restore,
        static_cast<int>(way.database.value), database.name,
        "Only then does " + target_.to +
            " start on this data; otherwise make a new rollback, which restores it.",
        database.span);
  }

  /// The code that knows how to undo something is that of the version which did it.
  Result<Lowered> in_the_newer_version(const lang::Action& action, const std::string& subject) const {
    Target newer = target_;
    std::swap(newer.from, newer.to);
    const Scene scene{stack_, *input_.providers, *input_.answers, *input_.snapshot, &newer};
    return action_operations(action, subject, scene);
  }

  Result<void> down(const DatabaseWay& way) {
    const lang::Database& database = stack_[way.database];
    const lang::Action& action = *database.down;
    auto operations = in_the_newer_version(action, database.name);
    if (!operations) return tl::unexpected(operations.error());
    for (Operation& each : operations->operations) {
      each.timeout = Duration(0);
      fill_ledger(each, way);
    }
    if (auto unmoved = ledger_as_before(way)) {
      for (Operation& each : operations->operations) {
        each.repeat = Repeat::IfNotDone;
        each.done_when = std::get<Await>(unmoved->instruction).condition;
      }
      operations->operations.push_back(std::move(*unmoved));
    }
    // Inside a running service it needs that service, which stops after it (stops()).
    const bool inside = std::holds_alternative<lang::ExecIn>(action.how);
    Draft& draft =
        add(StepKind::Migrate, Prepared{std::move(*operations)}, inside ? Rank::Undo : Rank::Restore,
            static_cast<int>(way.database.value), database.name + " down",
            "The manifest says how its migrations are undone, and " + way.because + ".", database.down->span);
    (inside ? draft.step.effects.migrates : draft.step.effects.restores) = {database.name};
    return {};
  }

  /// `${ledger.before}` in a `down` action: where the ledger stood before the upgrade.
  static void fill_ledger(Operation& operation, const DatabaseWay& way) {
    auto* command = std::get_if<Command>(&operation.instruction);
    if (!command || way.ledger.empty()) return;
    for (Text& word : command->process.argv) {
      word = lang::fill(word, [&](const std::string& path) -> const std::string* {
        return path == "ledger.before" ? &way.ledger.back() : nullptr;
      });
    }
  }

  Result<void> restore(const DatabaseWay& way) {
    const lang::Database& database = stack_[way.database];
    auto operations = restore_operations(scene_, bundle_, way.database);
    if (!operations) return tl::unexpected(operations.error());
    if (auto unmoved = ledger_as_before(way)) operations->push_back(std::move(*unmoved));
    Draft& draft = add(StepKind::Restore,
                       Prepared{{std::move(*operations), "from " + bundle_ + ": beside, compare, swap"}},
                       Rank::Restore, static_cast<int>(way.database.value), database.name,
                       target_.to + " cannot be relied on to read the schema of " + target_.from + ", and " +
                           way.because + ".",
                       database.span);
    draft.step.effects.restores = {database.name};
    return {};
  }

  /// Databases that an action of the manifest's own has saved: one action puts them all back.
  Result<void> own_parts() {
    std::vector<std::string> names;
    std::string because;
    std::vector<Operation> ledgers;
    for (const DatabaseWay& each : way_.databases) {
      if (each.kind != DatabaseWay::Kind::Restore || !each.by_action) continue;
      names.push_back(stack_[each.database].name);
      if (because.empty()) because = each.because;
      if (auto unmoved = ledger_as_before(each)) ledgers.push_back(std::move(*unmoved));
    }
    if (names.empty()) return {};
    const lang::Span span = stack_.backup->restore->span;
    auto lowered = restore_by_action(scene_, *way_.bundle, input_.sources->where(span));
    if (!lowered) return tl::unexpected(lowered.error());
    for (Operation& each : ledgers) lowered->operations.push_back(std::move(each));
    Draft& draft = add(
        StepKind::Restore, Prepared{std::move(*lowered)}, Rank::Restore, Place(Place::Turn::Last),
        "own parts",
        target_.to + " cannot be relied on to read the schema of " + target_.from + ", and " + because + ".",
        span);
    draft.step.effects.restores = std::move(names);
    return {};
  }

  Result<void> files(lang::FilesId id) {
    const std::string& name = stack_[id].name;
    auto operations = restore_operations(scene_, bundle_, id);
    if (!operations) return tl::unexpected(operations.error());
    Draft& draft = add(StepKind::Restore,
                       Prepared{{std::move(*operations), "from " + bundle_ + ": beside, then exchanged"}},
                       Rank::Restore, Place(Place::Turn::Last, static_cast<int>(id.value)), name,
                       "A step of the manifest's own may have changed what it holds.", stack_[id].span);
    draft.step.effects.restores = {name};
    return {};
  }

  /// The steps of the author's own that had begun and say how they are undone, the last one first.
  Result<void> undo() {
    for (const auto& [s, own] : undone()) {
      if (!own)
        return lang::failure("Step " + past_.plan->steps[s].subject + " of run " +
                             std::to_string(past_.number) +
                             " must be undone, and the manifest does not say how any more.");
      const auto* inside = std::get_if<lang::ExecIn>(&own->undo->how);
      if (inside && alive(*input_.snapshot, stack_[inside->service]).running == 0)
        return lang::failure("Step " + own->name + " of run " + std::to_string(past_.number) +
                                 " is undone inside " + stack_[inside->service].name +
                                 ", which does not run.",
                             "Start " + stack_[inside->service].name + ", then: pawl rollback");
      auto operations = in_the_newer_version(*own->undo, own->name);
      if (!operations) return tl::unexpected(operations.error());
      for (Operation& each : operations->operations) {
        each.timeout = own->within.value_or(Duration(0));
        if (!std::holds_alternative<Ask>(each.instruction)) each.repeat = Repeat::Safe;
      }
      Draft& draft = add(StepKind::Custom, Prepared{std::move(*operations)}, Rank::Undo,
                         Place(Place::Turn::First, -static_cast<int>(s)), own->name + " undone",
                         "The manifest says how it is undone, and it had begun.", own->undo->span);
      draft.step.effects.has_undo = true;
    }
    return {};
  }

  Result<void> forget() {
    std::vector<Operation> out;
    for (const lang::FilesId id : way_.files) {
      auto more = forget_replaced(scene_, bundle_, id);
      if (!more) return tl::unexpected(more.error());
      for (Operation& each : *more) out.push_back(std::move(each));
    }
    for (const DatabaseWay& way : way_.databases) {
      if (way.kind != DatabaseWay::Kind::Restore || way.by_action) continue;
      auto more = forget_replaced(scene_, bundle_, way.database);
      if (!more) return tl::unexpected(more.error());
      for (Operation& each : *more) out.push_back(std::move(each));
    }
    for (const RebuiltServer& each : way_.rebuilt) {
      for (Operation& gone : forget_newer(scene_, rebuild_of(stack_, each.service, each.folder), past_.stamp))
        out.push_back(std::move(gone));
    }
    if (out.empty()) return {};
    add(StepKind::Restore, Prepared{{std::move(out), ""}}, Rank::AfterChecks, Place::Turn::Last, "clean up",
        "The replaced data is kept until everything runs again.");
    return {};
  }

  // ------------------------------------------------------------ services

  void services() {
    std::vector<std::vector<lang::ServiceId>> whole(stack_.deployments.size());
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      if (!managed(i)) continue;
      if (change(i).kind == Kind::Disappears) {
        remove(i);
      } else if (moves_at_once(i)) {
        if (stops_first(i) || change(i).moves()) whole[service(i).on->value].push_back({i});
      } else if (stops_first(i) || change(i).kind == Kind::Appears) {
        start(i);
      } else {
        if (change(i).kind == Kind::Moves)
          drafts_.replace(lang::ServiceId{i}, "It runs " + target_.from + ".");
        const Alive now = alive(*input_.snapshot, service(i));
        if (now.running < change(i).replicas && !replaces_all(i)) start(i);
      }
    }
    for (std::uint32_t d = 0; d < whole.size(); ++d) {
      if (!whole[d].empty())
        drafts_.together(lang::DeploymentId{d}, whole[d], "Its engine moves the deployment as a whole.");
    }
  }
  bool moves_at_once(std::uint32_t i) const {
    return traits_of(input_, service(i)).moves == Traits::Moves::AtOnce;
  }

  bool replaces_all(std::uint32_t i) const {
    const auto wanted = static_cast<std::size_t>(change(i).replicas);
    return change(i).kind == Kind::Moves && change(i).pending.size() == wanted &&
           change(i).running >= change(i).replicas;
  }

  void remove(std::uint32_t i) {
    if (change(i).running == 0) return;
    drafts_.remove(lang::ServiceId{i}, Rank::Remove, target_.to + " does not have it.");
  }

  void start(std::uint32_t i) { drafts_.start(lang::ServiceId{i}, "It runs in " + target_.to + " again."); }

  const CompileInput& input_;
  const lang::Stack& stack_;
  const Target& target_;
  const Changes& changes_;
  const PastRun& past_;
  const WayBack& way_;
  Scene scene_;
  std::vector<lang::DatabaseId> undeclared_;
  std::string bundle_;
  Drafts drafts_;
};

Pass<Target> target_of(const PastRun& past, const lang::Stack& stack) {
  const auto from = lang::Version::parse(past.plan->to), to = lang::Version::parse(past.plan->from);
  if (!from || !to)
    return refuse("Run " + std::to_string(past.number) + " does not say which versions it lay between.");
  Target target;
  target.from = past.plan->to;
  target.to = past.plan->from;
  target.from_version = *from;
  target.to_version = *to;
  target.hop = lang::classify(*from, *to, stack.scheme, stack.version_list);
  target.source = "run " + std::to_string(past.number);
  target.back = true;
  return target;
}

/// Some runs have no other version to go back to, or have started a server that may have changed its files
/// for good.
Pass<void> can_go_back(const PastRun& past) {
  const std::string run = "Run " + std::to_string(past.number);
  const bool rebuilds = std::any_of(past.plan->steps.begin(), past.plan->steps.end(), [](const Step& step) {
    return std::any_of(step.effects.services.begin(), step.effects.services.end(),
                       [](const ServiceEffect& each) { return each.rebuilds; });
  });
  if (past.plan->from == past.plan->to && !rebuilds)
    return refuse(run + " stayed in " + past.plan->to + ": it only brought what runs to what the files say.",
                  "To go back, put the files back as they were, and then: pawl plan");
  for (std::size_t s = 0; s < past.plan->steps.size(); ++s) {
    if (past.steps[s] == PastRun::Step::NotBegun) continue;
    if (past.plan->steps[s].effects.one_way)
      return refuse(run + " has begun step " + past.plan->steps[s].subject +
                        ", which nothing undoes: the manifest says `one_way`.",
                    "Go on with the run: pawl apply --resume");
    for (const ServiceEffect& each : past.plan->steps[s].effects.services) {
      if (!each.rewrites) continue;
      return refuse(
          run + " has started " + each.service +
              " in another image, whose server may have changed its files " +
              "for good; nothing says that the one before can read them.",
          "Go on with the run: pawl apply --resume. If its data must come back, restore a backup into a " +
              std::string("server that can read it."));
    }
  }
  return {};
}

/// The old files come back, so the old server must: where the files of the deployment name its image and no
/// pin does, only whoever keeps them can bring that name back.
Pass<void> old_servers_are_asked_for(const CompileInput& input, const PastRun& past, const Changes& changes,
                                     const WayBack& way) {
  for (const RebuiltServer& each : way.rebuilt) {
    const lang::Service& service = (*input.stack)[each.service];
    const ServiceState* before = past.plan->snapshot.service(service.name);
    const std::string& wanted = changes.services[each.service.value].new_image;
    if (!before || before->instances.empty() || before->instances.front().image == wanted) continue;
    const std::string& ran = before->instances.front().image;
    return refuse("What leads back are the files of " + ran + ", and the files of the deployment ask for " +
                      wanted + " for " + service.name + ".",
                  "Let them say " + ran + " again (git can bring the old line back), then: pawl rollback");
  }
  return {};
}

/// The databases whose schema may be newer than the version that comes back.
std::vector<std::string> moved_on(const lang::Stack& stack, const WayBack& way) {
  std::vector<std::string> names;
  for (const DatabaseWay& each : way.databases) {
    if (each.kind != DatabaseWay::Kind::Watch) names.push_back(stack[each.database].name);
  }
  return names;
}

/// A way back is not undone: once it has changed something, it goes on where it stopped.
void resume_everywhere(Plan& plan) {
  bool changed = false;
  for (Step& step : plan.steps) {
    changed = changed || step.effects.changes_anything();
    const bool look_again = !changed || step.kind == StepKind::Wait;
    step.recovery.kind = changed ? RecoveryKind::GoOn : RecoveryKind::NothingToUndo;
    step.recovery.because = changed ? "each step of the way back may be repeated" : "";
    step.recovery.next = look_again ? "pawl rollback" : "pawl apply --resume";
  }
}

}  // namespace

tl::expected<Plan, Refusal> compile_rollback(const CompileInput& input, const PastRun& past,
                                             bool lossy_down) {
  const auto target = target_of(past, *input.stack);
  if (!target) return tl::unexpected(target.error());
  if (auto can = can_go_back(past); !can) return tl::unexpected(can.error());
  const auto way = find_way_back(input, past, lossy_down);
  if (!way) return tl::unexpected(way.error());
  PolicyDecision policy;
  policy.backup = false;
  const auto changes = find_changes(input, *target, policy);
  if (!changes) return tl::unexpected(changes.error());
  if (auto fine = old_servers_are_asked_for(input, past, *changes, *way); !fine)
    return tl::unexpected(fine.error());
  auto expanded = Rollback(input, *target, *changes, past, *way).all();
  if (!expanded) return tl::unexpected(expanded.error());
  auto drafts = order(input, std::move(*expanded));
  if (!drafts) return tl::unexpected(drafts.error());
  if (auto lowered = lower(input, *target, policy, *changes, *drafts); !lowered)
    return tl::unexpected(lowered.error());

  Plan plan;
  plan.purpose = Purpose::Rollback;
  plan.undoes = past.number;
  plan.to = target->to;
  plan.steps = steps_of(std::move(*drafts));
  note_way_back(input, past, *changes, *way, plan);
  estimate(input, *target, plan);
  resume_everywhere(plan);
  const auto proved = prove(input, *target, policy, plan, moved_on(*input.stack, *way));
  if (!proved) return tl::unexpected(proved.error());
  plan.proved = *proved;
  seal(input, *target, policy, plan);
  return plan;
}

}  // namespace pawl::planner
