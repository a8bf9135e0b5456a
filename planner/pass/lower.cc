// Pass `lower`: every abstract step becomes the operations that carry it out, most of them through the
// provider of its deployment. After this pass nothing is left to decide.
#include <algorithm>

#include "planner/bundle/backup.h"
#include "planner/pass/passes.h"
#include "planner/pass/silence.h"
#include "planner/plan/render.h"
#include "planner/scene/probes.h"

namespace pawl::planner {
namespace {

using Operations = std::vector<Operation>;

constexpr Duration kPreflight{10'000};  // something that is healthy says so soon
constexpr Duration kHealthy{180'000};   // a service that says no `within` itself
constexpr Duration kUserStep = std::chrono::hours(1);
constexpr int kEvidenceLines = 20;
constexpr Duration kNoLimit{0};  // a migration that goes on is not shot by a clock

class Lowering {
 public:
  Lowering(const CompileInput& input, const Target& target, const PolicyDecision& policy,
           const Changes& changes)
      : stack_(*input.stack),
        target_(target),
        changes_(changes),
        room_(backup_room(input, policy)),
        scene_{stack_, *input.providers, *input.answers, *input.snapshot, &target} {}

  Result<void> operator()(Draft& draft) {
    out_.clear();
    step_ = &draft.step;
    const Result<void> lowered = std::visit([&](const auto& task) { return lower(task); }, draft.task);
    if (!lowered) return lowered;
    step_->operations = std::move(out_);
    if (step_->summary.empty()) step_->summary = summary();
    return {};
  }

 private:
  // ------------------------------------------------------------ pieces

  Result<void> add(Result<Operations> more) {
    if (!more) return tl::unexpected(more.error());
    for (Operation& each : *more) out_.push_back(std::move(each));
    return {};
  }
  Result<void> engine(lang::ServiceId service, const EngineAction& action) {
    const Provider* provider = scene_.engine_of(service);
    return add(provider->lower(action, scene_.view_of(service), scene_.snapshot));
  }
  /// Only where one instance is all there is: the others of several may answer.
  Result<void> silent_before_start(lang::ServiceId id) {
    const ServiceChange& what = change(id);
    if (what.replicas > 1 || what.running > 1) return {};
    return await_silence(id, scene_, out_);
  }
  const lang::Service& service(lang::ServiceId id) const { return stack_[id]; }
  const ServiceChange& change(lang::ServiceId id) const { return changes_.services[id.value]; }

  /// The engine's word, then the manifest's own probes. `version` empty: any.
  Result<void> healthy(lang::ServiceId id, const std::string& version, int instances,
                       std::optional<Duration> within) {
    const lang::Service& of = service(id);
    const Duration limit = within.value_or(of.health && of.health->within ? *of.health->within : kHealthy);
    if (auto r = engine(id, AwaitService{id, version, instances, limit}); !r) return r;
    if (!of.health) return {};
    lang::Probe probe = *of.health;
    if (within) probe.within = within;
    auto probes = probe_operations(probe, of.name, limit, scene_);
    if (!probes) return tl::unexpected(probes.error());
    for (Operation& each : *probes) {
      auto* await = std::get_if<Await>(&each.instruction);
      if (await) await->hopeless = scene_.engine_of(id)->ended(id, scene_.view_of(id), scene_.snapshot);
    }
    return add(std::move(probes));
  }
  Result<void> ready(lang::ServiceId id) {
    if (!service(id).ready) return {};
    return add(probe_operations(*service(id).ready, service(id).name, kHealthy, scene_));
  }
  /// The engine's logs and state, and what the manifest's own probe answers: the engine's check only says no.
  void diagnose(lang::ServiceId id) {
    step_->diagnose = scene_.engine_of(id)->diagnose(id, kEvidenceLines, scene_.view_of(id), scene_.snapshot);
    if (!service(id).health) return;
    if (auto query = probe_query(*service(id).health, scene_); query && *query)
      step_->diagnose.push_back(std::move(**query));
  }
  std::string within_text(lang::ServiceId id) const {
    const lang::Service& of = service(id);
    return "healthy within " +
           render_duration(of.health && of.health->within ? *of.health->within : kHealthy);
  }

  /// The step in a few words: what is done first, of the operations that change something.
  std::string summary() const {
    for (const Operation& each : step_->operations) {
      if (!std::holds_alternative<Await>(each.instruction)) return render(each.instruction);
    }
    return step_->operations.empty() ? "" : render(step_->operations.front().instruction);
  }
  void summarise(const std::string& then) {
    std::string first;
    for (const Operation& each : out_) {
      if (!std::holds_alternative<Await>(each.instruction) && first.empty()) first = render(each.instruction);
    }
    step_->summary = first + (first.empty() || then.empty() ? "" : "; ") + then;
  }

  Result<void> lower(const Prepared& task) {
    out_ = task.operations;
    step_->summary = task.summary;
    return {};
  }

  // ------------------------------------------------------------ before anything changes

  Result<void> lower(const CheckServices&) {
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const lang::ServiceId id{i};
      const ServiceState* state = scene_.snapshot.service(stack_.services[i].name);
      if (!scene_.engine_of(id) || runs_once(stack_.services[i]) || !state || state->instances.empty())
        continue;
      if (auto r = healthy(id, "", static_cast<int>(state->instances.size()), kPreflight); !r) return r;
    }
    const std::size_t probes = out_.size();
    step_->summary = std::to_string(probes) + (probes == 1 ? " probe" : " probes");
    if (room_ == 0) return {};
    Await room;
    room.condition.query = DiskSpace{{}, bundle_folder(stack_)};
    room.condition.expect.free_at_least = room_;
    room.condition.means = "there is room for the backup";
    room.within = Duration(0);
    out_.push_back(operation(std::move(room), kNoLimit));
    step_->summary += ", room for the backup";
    return {};
  }

  Result<void> lower(const RunCheck& task) {
    const bool before = task.check->phase == lang::Check::Phase::Before;
    return add(
        probe_operations(task.check->run, task.check->name, before ? kPreflight : Duration(30'000), scene_));
  }

  Result<void> lower(const PassGate& task) {
    const lang::Gate& gate = *task.gate;
    if (const auto* ask = std::get_if<lang::ManualTask>(&gate.what)) {
      out_.push_back(operation(Ask{scene_.fill(ask->instruction).shown(), {}, gate.name}, kNoLimit));
      return {};
    }
    if (const auto* action = std::get_if<lang::Action>(&gate.what))
      return add(action_operations(*action, gate.name, scene_));
    if (const auto* probe = std::get_if<lang::Probe>(&gate.what))
      return add(probe_operations(*probe, gate.name, kPreflight, scene_));
    return {};
  }

  /// What is written down beside the dumps, to compare a restored one with.
  static bool is_a_count(const std::string& file) {
    return file.ends_with(kCensusBefore) || file.ends_with(kCensusAfter) || file.ends_with(kLedger);
  }

  Result<void> lower(const TakeBackup&) {
    if (auto r = add(backup_operations(scene_)); !r) return r;
    std::string first;
    for (const Operation& each : out_) {
      if (const auto* command = std::get_if<Command>(&each.instruction);
          command && first.empty() && !is_a_count(command->stdout_file)) {
        Command shown = *command;
        shown.stdout_file.clear();
        shown.stderr_file.clear();
        first = render(Instruction(shown));
      }
    }
    const bool sealed = std::any_of(out_.begin(), out_.end(), [](const Operation& each) {
      return std::holds_alternative<SealBundle>(each.instruction);
    });
    if (first.empty()) first = "tar";
    step_->summary = sealed ? first + " … → " + bundle_path(scene_) : first;
    return {};
  }

  Result<void> lower(const FetchImages& task) {
    return add(scene_.engine_of(task.services.front())
                   ->lower(FetchVersion{task.services, target_.to}, scene_.view_of(task.services.front()),
                           scene_.snapshot));
  }

  Result<void> lower(const WritePin&) {
    out_ = changes_.pins;
    return {};
  }

  // ------------------------------------------------------------ services

  Result<void> lower(const StopIt& task) {
    diagnose(task.service);
    return engine(task.service, StopService{task.service});
  }

  Result<void> lower(const RemoveIt& task) {
    const lang::Service& of = service(task.service);
    return engine(task.service, RemoveService{of.engine_name.empty() ? of.name : of.engine_name});
  }

  Result<void> lower(const ReplaceIt& task) {
    const lang::Service& of = service(task.service);
    diagnose(task.service);
    const bool single = task.of == 1;
    const EngineAction action =
        single ? EngineAction(ReplaceService{task.service, target_.from, target_.to})
               : EngineAction(ReplaceInstance{task.service, task.number, task.of, target_.from, target_.to});
    if (auto r = engine(task.service, action); !r) return r;
    if (runs_once(of)) return {};
    if (auto r = silent_before_start(task.service); !r) return r;
    const int instances = single ? 1 : std::min(task.of, change(task.service).running);
    const bool whole = task.last && instances == task.of;
    if (auto r = healthy(task.service, whole ? target_.to : "", instances, std::nullopt); !r) return r;
    if (auto r = ready(task.service); !r) return r;
    std::string then = within_text(task.service);
    if (of.pause && !task.last) {
      out_.push_back(operation(Wait{*of.pause, "pause before the next instance"}, kNoLimit));
      then += "; pause " + render_duration(*of.pause);
    }
    summarise(then);
    return {};
  }

  Result<void> lower(const StartIt& task) {
    diagnose(task.service);
    if (auto r = engine(task.service, StartService{task.service, target_.to}); !r) return r;
    if (runs_once(service(task.service))) return {};
    if (auto r = silent_before_start(task.service); !r) return r;
    if (auto r = healthy(task.service, target_.to, change(task.service).replicas, std::nullopt); !r) return r;
    if (auto r = ready(task.service); !r) return r;
    summarise(within_text(task.service));
    return {};
  }

  Result<void> lower(const RunMigrator& task) {
    diagnose(task.service);
    if (auto r = engine(task.service, RunOnce{task.service, {}, target_.to}); !r) return r;
    // Killed in its middle it runs again, as it does when it is restarted: what its ledger has is skipped.
    for (Operation& each : out_) {
      each.timeout = kNoLimit;
      each.repeat = Repeat::Safe;
    }
    return ready(task.service);
  }

  Result<void> lower(const MigrateWith& task) {
    const lang::Database& database = stack_[task.database];
    if (auto r = add(action_operations(*database.migrate, database.name, scene_)); !r) return r;
    for (Operation& each : out_) each.timeout = kNoLimit;
    return {};
  }

  Result<void> lower(const ReloadIt& task) {
    const lang::Service& of = service(task.service);
    if (auto r = of.reload ? add(action_operations(*of.reload, of.name, scene_))
                           : engine(task.service, ReloadService{task.service});
        !r) {
      return r;
    }
    diagnose(task.service);
    return {};
  }

  Result<void> lower(const PrewarmIt& task) {
    return add(
        probe_operations(*service(task.service).prewarm, service(task.service).name, kHealthy, scene_));
  }
  Result<void> lower(const SeedWith& task) {
    return add(action_operations(*service(task.service).seed, service(task.service).name, scene_));
  }

  // ------------------------------------------------------------ the author's own, and the end

  Result<void> lower(const RunUserStep& task) {
    const lang::UserStep& step = *task.step;
    if (auto r = add(action_operations(step.run, step.name, scene_)); !r) return r;
    std::optional<Condition> done;
    if (step.done_when) {
      auto condition = probe_condition(*step.done_when, scene_);
      if (!condition) return tl::unexpected(condition.error());
      done = std::move(*condition);
    }
    for (Operation& each : out_) {
      if (std::holds_alternative<Ask>(each.instruction)) continue;
      each.timeout = step.within.value_or(kUserStep);
      each.repeat = step.idempotent ? Repeat::Safe : done ? Repeat::IfNotDone : Repeat::Never;
      if (done) each.done_when = done;
    }
    return {};
  }

  Result<void> lower(const SmokeServices&) {
    int services = 0;
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const lang::ServiceId id{i};
      const ServiceChange& what = changes_.services[i];
      if (!scene_.engine_of(id) || runs_once(stack_.services[i]) ||
          what.kind == ServiceChange::Kind::Disappears)
        continue;
      if (auto r = healthy(id, what.versioned ? target_.to : "", what.replicas, std::nullopt); !r) return r;
      ++services;
    }
    step_->summary =
        std::to_string(services) + (services == 1 ? " service" : " services") + " healthy, in " + target_.to;
    return {};
  }

  const lang::Stack& stack_;
  const Target& target_;
  const Changes& changes_;
  std::uint64_t room_;
  Scene scene_;
  Step* step_ = nullptr;
  Operations out_;
};

}  // namespace

Pass<void> lower(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                 const Changes& changes, std::vector<Draft>& drafts) {
  Lowering lowering(input, target, policy, changes);
  for (Draft& draft : drafts) {
    if (auto lowered = lowering(draft); !lowered) return refuse(lowered.error());
  }
  return {};
}

}  // namespace pawl::planner
