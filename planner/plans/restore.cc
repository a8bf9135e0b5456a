// `pawl restore` as a plan.
#include "planner/bundle/restore.h"

#include <algorithm>

#include "planner/bundle/backup.h"
#include "planner/pass/drafts.h"
#include "planner/plans/bundle_plans.h"

namespace pawl::planner {
namespace {

using lang::Role;

/// Where a service comes in the order of starting; stopping goes the other way.
int start_rank(Role role) {
  switch (role) {
    case Role::Migrator:
      return 0;
    case Role::Api:
      return 1;
    case Role::Worker:
      return 2;
    case Role::Scheduler:
      return 3;
    case Role::None:
    case Role::Job:
      return 4;
    case Role::Frontend:
      return 5;
    case Role::Datastore:
    case Role::Proxy:
      return 6;
  }
  return 6;
}

/// Everything that may use the data, in the order in which it starts. Proxies stay, to answer meanwhile.
std::vector<lang::ServiceId> users_of_data(const lang::Stack& stack) {
  std::vector<lang::ServiceId> out;
  for (std::uint32_t i = 0; i < stack.services.size(); ++i) {
    const Role role = stack.services[i].role;
    if (role != Role::Datastore && role != Role::Proxy && stack.services[i].on) out.push_back({i});
  }
  std::stable_sort(out.begin(), out.end(), [&](lang::ServiceId a, lang::ServiceId b) {
    return start_rank(stack[a].role) < start_rank(stack[b].role);
  });
  return out;
}

class RestorePlan {
 public:
  RestorePlan(const CompileInput& input, const BundleState& bundle, Target target, Changes changes)
      : stack_(*input.stack),
        bundle_(bundle),
        path_(bundle_folder(stack_) + "/" + bundle.name),
        sequence_(input, std::move(target), std::move(changes)),
        drafts_(input, sequence_.target(), sequence_.changes()) {}

  Pass<Plan> compile() {
    verify();
    fetch();
    confirm();
    stop();
    if (auto restored = restore(); !restored) return tl::unexpected(restored.error());
    if (const Draft* pin = drafts_.pin("A later restart comes back on the version of the data."))
      changed(*pin);
    start();
    reload();
    changed(drafts_.smoke("Confirms that everything is healthy on the restored data."));
    if (auto forgot = forget(); !forgot) return tl::unexpected(forgot.error());
    Notice lost{"what was done since " + bundle_.taken_at + " is lost: " + names_of_parts(stack_) +
                    " become what bundle " + bundle_.name + " holds",
                {}};
    return sequence_.plan(Purpose::Restore, {std::move(lost)}, "pawl apply --resume");
  }

 private:
  lang::Span span() const { return stack_.restore ? stack_.restore->span : stack_.backup->span; }

  void verify() {
    sequence_.add(StepKind::Check, "bundle", "Nothing is stopped for a bundle that would not restore.",
                  {verify_operation(sequence_.scene(), path_)}, stack_.backup->span);
  }

  void fetch() {
    for (std::uint32_t d = 0; d < stack_.deployments.size(); ++d) {
      FetchImages task{lang::DeploymentId{d}, {}};
      for (const lang::ServiceId id : users_of_data(stack_)) {
        if (stack_[id].on == lang::DeploymentId{d} && stays(id)) task.services.push_back(id);
      }
      if (task.services.empty()) continue;
      const std::string subject = std::to_string(task.services.size()) + " services";
      sequence_.add(StepKind::Fetch, subject,
                    "Nothing is stopped before all that " + sequence_.target().to + " needs is here.",
                    Task(std::move(task)), stack_.deployments[d].span);
    }
  }

  void confirm() {
    if (!stack_.restore || stack_.restore->confirm.empty()) return;
    const Text phrase = sequence_.scene().fill(stack_.restore->confirm);
    Ask ask{"Everything since " + bundle_.taken_at + " will be lost. Type " + phrase.shown() + " to restore:",
            phrase, "restore"};
    sequence_.add(StepKind::Gate, "restore", "A restore is confirmed with the exact phrase.",
                  {operation(std::move(ask), Duration(0))}, stack_.restore->span);
  }

  void stop() {
    auto services = users_of_data(stack_);
    std::reverse(services.begin(), services.end());
    for (const lang::ServiceId id : services) {
      const int running = sequence_.changes().services[id.value].running;
      if (running == 0) continue;
      changed(drafts_.stop(id, Rank::Stop, 0, running, "Nothing may use data that is being replaced."));
    }
  }

  Pass<void> restore() {
    for (const auto& item : stack_.backup->of) {
      const auto* database = std::get_if<lang::DatabaseId>(&item);
      const auto* files = std::get_if<lang::FilesId>(&item);
      if (!database && !files) continue;
      auto operations = database ? restore_operations(sequence_.scene(), path_, *database)
                                 : restore_operations(sequence_.scene(), path_, *files);
      if (!operations) return refuse(operations.error());
      const std::string& name = database ? stack_[*database].name : stack_[*files].name;
      Step& step = sequence_.add(StepKind::Restore, name, "Becomes what it was at " + bundle_.taken_at + ".",
                                 std::move(*operations), span());
      step.summary = "from " + path_ + ", beside, compared, then swapped in";
      step.effects.restores = {name};
      changed(step);
    }
    return restore_by_action();
  }

  /// What an action of the author's own has saved, another one puts back.
  Pass<void> restore_by_action() {
    const auto is_action = [](const auto& item) { return std::holds_alternative<lang::Action>(item); };
    if (std::none_of(stack_.backup->of.begin(), stack_.backup->of.end(), is_action)) return {};
    const lang::Span own = stack_.backup->restore ? stack_.backup->restore->span : stack_.backup->span;
    auto operations = planner::restore_by_action(sequence_.scene(), bundle_, sequence_.where(own));
    if (!operations) return refuse(operations.error());
    Step& step = sequence_.add(StepKind::Restore, "own parts", "What the backup's own actions saved.",
                               std::move(operations->operations), stack_.backup->restore->span);
    step.summary = operations->words;
    changed(step);
    return {};
  }

  void start() {
    std::vector<std::vector<lang::ServiceId>> whole(stack_.deployments.size());
    for (const lang::ServiceId id : users_of_data(stack_)) {
      if (!stays(id) || runs_once(stack_[id])) continue;
      if (sequence_.traits(stack_[id]).moves == Traits::Moves::AtOnce) {
        whole[stack_[id].on->value].push_back(id);
        continue;
      }
      Step& step =
          sequence_.add(StepKind::Start, stack_[id].name, why_started(), Task(StartIt{id}), stack_[id].span);
      step.effects.services = {{.service = stack_[id].name, .moves = true, .starts = true}};
      changed(step);
    }
    for (std::uint32_t d = 0; d < whole.size(); ++d) {
      if (!whole[d].empty()) start_together(lang::DeploymentId{d}, std::move(whole[d]));
    }
  }

  std::string why_started() const {
    return "Back in " + sequence_.target().to + ", the version of the data.";
  }

  /// Services of an engine that moves them as a whole; they are stopped by now.
  void start_together(lang::DeploymentId deployment, std::vector<lang::ServiceId> services) {
    Effects effects;
    for (const lang::ServiceId id : services)
      effects.services.push_back({.service = stack_[id].name, .moves = true, .starts = true});
    const std::string subject =
        std::to_string(services.size()) + (services.size() == 1 ? " service" : " services");
    Step& step = sequence_.add(StepKind::Start, subject, why_started(),
                               Task(MoveTogether{deployment, std::move(services)}), stack_[deployment].span);
    step.effects = std::move(effects);
    changed(step);
  }

  /// Proxies find the services again. A container sees the folders that were there when it started, so one
  /// whose files may have changed places starts again.
  void reload() {
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const lang::ServiceId id{i};
      const lang::Service& service = stack_.services[i];
      if (service.role != Role::Proxy || !service.on) continue;
      if (restores_files() && sequence_.traits(service).mounts_at_start) {
        restart(id);
      } else if (can_reload(service)) {
        changed(drafts_.reload(id));
      }
    }
  }

  void restart(lang::ServiceId id) {
    const lang::Service& service = stack_[id];
    const std::string why = "Its files may have changed places, which it sees when it starts.";
    changed(drafts_.stop(id, Rank::Stop, 0, sequence_.changes().services[id.value].running, why));
    Step& started = sequence_.add(StepKind::Start, service.name, why, Task(StartIt{id}), service.span);
    started.effects.services = {{.service = service.name, .starts = true}};
    changed(started);
  }

  bool restores_files() const {
    const auto is_files = [](const auto& item) { return std::holds_alternative<lang::FilesId>(item); };
    return std::any_of(stack_.backup->of.begin(), stack_.backup->of.end(), is_files);
  }

  Pass<void> forget() {
    std::vector<Operation> all;
    for (const auto& item : stack_.backup->of) {
      const auto* database = std::get_if<lang::DatabaseId>(&item);
      const auto* files = std::get_if<lang::FilesId>(&item);
      if (!database && !files) continue;
      auto operations = database ? forget_replaced(sequence_.scene(), path_, *database)
                                 : forget_replaced(sequence_.scene(), path_, *files);
      if (!operations) return refuse(operations.error());
      for (Operation& each : *operations) all.push_back(std::move(each));
    }
    if (all.empty()) return {};
    changed(sequence_.add(StepKind::Custom, "forget what was replaced", "Everything runs again without it.",
                          std::move(all), span()));
    return {};
  }

  bool stays(lang::ServiceId id) const {
    return sequence_.changes().services[id.value].kind != ServiceChange::Kind::Disappears;
  }

  /// For a step that `drafts_` made; its place in the plan is decided here.
  void changed(const Draft& draft) { changed(sequence_.add(draft)); }
  /// From the first stop on, the way out is to go on: every part is the old or the bundle's, never half.
  static void changed(Step& step) {
    step.recovery.kind = RecoveryKind::ForwardOnly;
    step.recovery.because =
        "every part of the data is intact, the old or the bundle's; going on ends with the bundle's";
  }

  const lang::Stack& stack_;
  const BundleState& bundle_;
  std::string path_;
  Sequence sequence_;
  Drafts drafts_;
};

}  // namespace

tl::expected<Plan, Refusal> compile_restore(const CompileInput& given, const std::string& name) {
  const Asked asked(given);
  const CompileInput& input = asked.input;
  if (auto can = can_back_up(input); !can) return tl::unexpected(can.error());
  const auto bundle = find_bundle(input, name);
  if (!bundle) return tl::unexpected(bundle.error());
  auto target = running_target(input);
  if (!target) return tl::unexpected(target.error());
  const auto version = lang::Version::parse((*bundle)->version);
  if (!version) return refuse("Bundle " + name + " does not say which version its data has.", "");
  target->to = (*bundle)->version;
  target->to_version = *version;
  target->hop =
      lang::classify(target->from_version, *version, input.stack->scheme, input.stack->version_list);
  target->source = "bundle " + name;
  auto changes = render_target(input, *target);
  if (!changes) return tl::unexpected(changes.error());
  return RestorePlan(input, **bundle, std::move(*target), std::move(*changes)).compile();
}

}  // namespace pawl::planner
