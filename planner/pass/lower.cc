// Pass `lower`: every abstract step becomes the operations that carry it out, most of them through the
// provider of its deployment. After this pass nothing is left to decide.
#include <algorithm>

#include "planner/bundle/backup.h"
#include "planner/bundle/rebuild.h"
#include "planner/pass/passes.h"
#include "planner/pass/stay_healthy.h"
#include "planner/plan/render.h"
#include "planner/scene/probes.h"

namespace pawl::planner {
namespace {

using Operations = std::vector<Operation>;

constexpr Duration kPreflight{10'000};  // something that is healthy says so soon
constexpr Duration kHealthy{180'000};   // a service that says no `within` itself
constexpr Duration kUserStep = std::chrono::hours(1);
/// At the end every instance must have run, and been healthy, for that long without interruption: what dies
/// and is started again, or answers by turns, has not been upgraded.
constexpr Duration kHeld{5'000};
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
    out_ = {};
    step_ = &draft.step;
    const Result<void> lowered = std::visit([&](const auto& task) { return lower(task); }, draft.task);
    if (!lowered) return lowered;
    step_->summary = out_.words.empty() ? fallback() : std::move(out_.words);
    step_->operations = std::move(out_.operations);
    return {};
  }

 private:
  // ------------------------------------------------------------ pieces

  Result<void> add(Result<Operations> more) {
    if (!more) return tl::unexpected(more.error());
    for (Operation& each : *more) out_.operations.push_back(std::move(each));
    return {};
  }
  /// Operations and their words, which come first in the step's own.
  Result<void> add(Result<Lowered> more) {
    if (!more) return tl::unexpected(more.error());
    say(more->words);
    return add(std::move(more->operations));
  }
  Result<void> engine(lang::ServiceId service, const EngineAction& action) {
    return add(scene_.engine_of(service)->lower(action));
  }
  /// "recreate in 1.5.0" and then ", healthy within 3m".
  void say(const std::string& words) {
    if (!words.empty()) out_.words += (out_.words.empty() ? "" : ", ") + words;
  }
  const lang::Service& service(lang::ServiceId id) const { return stack_[id]; }
  const ServiceChange& change(lang::ServiceId id) const { return changes_.services[id.value]; }

  /// What must hold of a service before its step is done.
  struct Wanted {
    std::string version;  // empty: any
    int instances = 1;
    std::optional<Duration> within{};
    Replica instance{};  // the one that moved, where not all did
    std::vector<std::string> gone{};
    Duration held{0};      // how long it must have run, and its health must have held, by then
    bool fresh = false;    // this plan has started it
    std::string speaks{};  // what `${version}` in its probes stands for; empty: the version that is wanted
  };
  /// How long an instance must have run before the next step: only where the manifest says so. At the end
  /// everything has to have run for a while.
  Duration held(lang::ServiceId id) const { return service(id).min_healthy.value_or(Duration(0)); }
  Duration limit(lang::ServiceId id) const {
    const lang::Service& of = service(id);
    return of.health && of.health->within ? *of.health->within : kHealthy;
  }
  struct Waited {
    lang::ServiceId service;
    Wanted wanted;
  };
  /// The engine's word, then the manifest's own probes.
  Result<void> healthy(lang::ServiceId id, const Wanted& wanted) { return all_healthy({{id, wanted}}); }
  /// Where probes must hold for a while, the engine is asked before, whether there is anything to wait for,
  /// and afterwards, when its instances are old enough: two waits at the same time.
  Result<void> all_healthy(const std::vector<Waited>& all) {
    StayHealthy held;
    for (const Waited& each : all) {
      auto probes = answers(each.service, each.wanted);
      if (!probes) return tl::unexpected(probes.error());
      Wanted now = each.wanted;
      now.held = Duration(0);
      if (!probes->empty() || each.wanted.held == now.held) {
        if (auto r = runs(each.service, now); !r) return r;
        // While it must stay healthy, what ends the engine's own wait ends that one: it was started again.
        held.add(service(each.service).name, *probes, each.wanted.held, last_hopeless());
      }
      if (auto r = add(std::move(probes)); !r) return r;
    }
    if (auto r = add(held.operations()); !r) return r;
    for (const Waited& each : all) {
      if (each.wanted.held.count() == 0) continue;
      if (auto r = runs(each.service, each.wanted); !r) return r;
    }
    return {};
  }

  /// The engine's word.
  Result<void> runs(lang::ServiceId id, const Wanted& wanted) {
    const Duration most = wanted.within.value_or(limit(id));
    const Duration enough = most < wanted.held ? most + wanted.held : most;
    auto up = scene_.engine_of(id)->lower(
        AwaitService{id, wanted.version, wanted.instances, enough, wanted.gone, wanted.held, wanted.fresh});
    if (!up) return tl::unexpected(up.error());
    return add(std::move(up->operations));
  }

  /// Why there would be no use in the wait that was added last.
  std::optional<Condition> last_hopeless() const {
    const auto* await =
        out_.operations.empty() ? nullptr : std::get_if<Await>(&out_.operations.back().instruction);
    return await ? await->hopeless : std::nullopt;
  }

  /// The manifest's own probes, each with one good answer.
  Result<Operations> answers(lang::ServiceId id, const Wanted& wanted) const {
    const lang::Service& of = service(id);
    Operations out;
    if (!of.health) return out;
    const Duration most = wanted.within.value_or(limit(id));
    lang::Probe probe = *of.health;
    if (wanted.within) probe.within = wanted.within;
    const Target spoken = speaking(wanted.speaks);
    Scene scene = scene_;
    scene.target = &spoken;
    for (const Replica instance : asked(probe, id, wanted)) {
      auto probes = probe_operations(probe, of.name, most, scene, instance);
      if (!probes) return tl::unexpected(probes.error());
      for (Operation& each : *probes) {
        auto* await = std::get_if<Await>(&each.instruction);
        if (await) await->hopeless = scene_.engine_of(id)->ended(id);
        out.push_back(std::move(each));
      }
    }
    return out;
  }

  Result<void> ready(lang::ServiceId id, const Wanted& wanted) {
    if (!service(id).ready) return {};
    for (const Replica instance : asked(*service(id).ready, id, wanted)) {
      if (auto r = add(probe_operations(*service(id).ready, service(id).name, kHealthy, scene_, instance));
          !r)
        return r;
    }
    return {};
  }
  /// A probe that every instance answers for itself is asked of each.
  static std::vector<Replica> asked(const lang::Probe& probe, lang::ServiceId id, const Wanted& wanted) {
    if (wanted.instance.number > 0 || wanted.instances < 2 || !asks_one_instance(probe, id))
      return {wanted.instance};
    std::vector<Replica> all;
    for (int number = 1; number <= wanted.instances; ++number) all.push_back({number, wanted.fresh});
    return all;
  }
  /// The target as a probe of a service sees it that runs `version`.
  Target speaking(const std::string& version) const {
    Target target = target_;
    if (!version.empty()) target.from = target.to = version;
    return target;
  }
  /// What it runs now, as far as is known.
  std::string running(lang::ServiceId id) const { return running_version(scene_, id); }

  Result<void> healthy_and_ready(lang::ServiceId id, const Wanted& wanted) {
    if (auto r = healthy(id, wanted); !r) return r;
    if (auto r = ready(id, wanted); !r) return r;
    say("healthy within " + render_duration(limit(id)));
    if (wanted.held.count() > 0) say("for " + render_duration(wanted.held));
    return {};
  }
  /// Ids of the instances that a step takes away; `number` 0: all of them.
  std::vector<std::string> replaced(lang::ServiceId id, int number) const {
    std::vector<std::string> ids;
    const ServiceState* state = scene_.snapshot.service(service(id).name);
    for (const Instance& each : state ? state->instances : std::vector<Instance>()) {
      if (number == 0 || each.number == number) ids.push_back(each.id);
    }
    return ids;
  }
  /// The engine's logs and state, and what the manifest's own probe answers: the engine's check only says no.
  void diagnose(lang::ServiceId id) {
    for (Question& question : scene_.engine_of(id)->diagnose(id, kEvidenceLines))
      step_->diagnose.push_back(std::move(question));
    if (!service(id).health) return;
    if (auto question = probe_question(*service(id).health, scene_); question && *question)
      step_->diagnose.push_back(std::move(**question));
  }
  /// A step in no words of its own: what is done first, of the operations that change something.
  std::string fallback() const {
    const Operations& all = out_.operations;
    for (const Operation& each : all) {
      if (!std::holds_alternative<Await>(each.instruction)) return render(each);
    }
    return all.empty() ? "" : render(all.front());
  }

  Result<void> lower(const Prepared& task) {
    out_ = task.lowered;
    return {};
  }

  // ------------------------------------------------------------ before anything changes

  Result<void> lower(const CheckServices&) {
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const lang::ServiceId id{i};
      const ServiceState* state = scene_.snapshot.service(stack_.services[i].name);
      if (!scene_.engine_of(id) || runs_once(stack_.services[i]) || !state || state->instances.empty())
        continue;
      Wanted wanted{"", static_cast<int>(state->instances.size()), kPreflight};
      wanted.speaks = running(id);
      if (auto r = healthy(id, wanted); !r) return r;
    }
    const std::size_t probes = out_.operations.size();
    say(std::to_string(probes) + (probes == 1 ? " probe" : " probes"));
    if (room_ == 0) return {};
    Await room;
    room.condition.question = DiskSpace{{}, bundle_folder(stack_)};
    room.condition.expect.at_least = {{"free", room_}};
    room.condition.means = "there is room for the backup";
    room.within = Duration(0);
    out_.operations.push_back(operation(std::move(room), kNoLimit));
    say("room for the backup");
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
      out_.operations.push_back(
          operation(Ask{scene_.fill(ask->instruction).shown(), {}, gate.name}, kNoLimit));
      return {};
    }
    if (const auto* action = std::get_if<lang::Action>(&gate.what))
      return add(action_operations(*action, gate.name, scene_));
    if (const auto* probe = std::get_if<lang::Probe>(&gate.what))
      return add(probe_operations(*probe, gate.name, kPreflight, scene_));
    return {};
  }

  Result<void> lower(const TakeBackup&) { return add(backup_operations(scene_)); }

  Result<void> lower(const FetchImages& task) {
    return engine(task.services.front(), FetchVersion{task.services, target_.to, task.ran});
  }

  Result<void> lower(const WritePins&) {
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
    return engine(task.service, RemoveService{of.engine_name});
  }

  Result<void> lower(const ReplaceIt& task) {
    const lang::Service& of = service(task.service);
    diagnose(task.service);
    const bool single = task.of == 1;
    const EngineAction action =
        single ? EngineAction(ReplaceService{task.service, target_.from, target_.to})
               : EngineAction(ReplaceInstance{task.service, task.number, task.of, target_.from, target_.to});
    if (auto r = engine(task.service, action); !r) return r;
    if (change(task.service).drifts_only())
      out_.words = "recreate as the files say: " + describe(change(task.service).drift);
    if (runs_once(of)) return {};
    const int instances = single ? 1 : std::min(task.of, change(task.service).running);
    const bool whole = task.last && instances == task.of;
    const int number = single ? 0 : task.number;
    const Wanted wanted{
        whole ? target_.to : "",        instances,          std::nullopt, {number, number > 0},
        replaced(task.service, number), held(task.service), whole};
    if (auto r = healthy_and_ready(task.service, wanted); !r) return r;
    if (of.pause && !task.last) {
      out_.operations.push_back(operation(Wait{*of.pause, "pause before the next instance"}, kNoLimit));
      say("pause " + render_duration(*of.pause));
    }
    return {};
  }

  /// Stops, in the reverse order, what runs and was not stopped by a step before.
  Result<void> stop_all_of(const MoveTogether& task) {
    std::size_t stopped = 0;
    for (auto id = task.services.rbegin(); id != task.services.rend(); ++id) {
      if (step_->effects.on(service(*id).name)->down == 0) continue;
      auto stop = scene_.engine_of(*id)->lower(StopService{*id});
      if (!stop) return tl::unexpected(stop.error());
      if (auto r = add(std::move(stop->operations)); !r) return r;
      ++stopped;
    }
    if (stopped > 0) say("stop " + std::to_string(stopped) + (stopped == 1 ? " service" : " services"));
    return {};
  }

  Result<void> lower(const MoveTogether& task) {
    const lang::ServiceId first = task.services.front();
    const bool at_once = scene_.engine_of(first)->traits().moves == Traits::Moves::AtOnce;
    for (const lang::ServiceId id : task.services) diagnose(id);
    if (auto r = at_once ? engine(first, MoveDeployment{task.services, target_.from, target_.to})
                         : stop_all_of(task);
        !r)
      return r;
    Duration longest{0};
    std::vector<Waited> together;
    for (const lang::ServiceId id : task.services) {
      if (!at_once) {
        auto start = scene_.engine_of(id)->lower(StartService{id, target_.to});
        if (!start) return tl::unexpected(start.error());
        if (auto r = add(std::move(start->operations)); !r) return r;
      }
      const ServiceChange& what = change(id);
      const Wanted wanted{
          what.versioned ? target_.to : "", what.replicas, std::nullopt, {}, replaced(id, 0), held(id), true};
      longest = std::max(longest, limit(id));
      if (at_once) {
        together.push_back({id, wanted});
        continue;
      }
      if (auto r = healthy(id, wanted); !r) return r;
      if (auto r = ready(id, wanted); !r) return r;
    }
    if (auto r = all_healthy(together); !r) return r;
    for (const Waited& each : together) {
      if (auto r = ready(each.service, each.wanted); !r) return r;
    }
    if (!at_once) say("start them in " + target_.to);
    say("healthy within " + render_duration(longest));
    return {};
  }

  Result<void> lower(const RebuildIt& task) {
    diagnose(task.service);
    const Rebuild rebuild = rebuild_of(stack_, task.service, change(task.service).set_aside);
    if (auto r = add(take_out(scene_, rebuild)); !r) return r;
    auto stop = scene_.engine_of(task.service)->lower(StopService{task.service});
    if (!stop) return tl::unexpected(stop.error());
    if (auto r = add(std::move(stop->operations)); !r) return r;
    if (auto r = add(set_aside(scene_, rebuild)); !r) return r;
    auto start = scene_.engine_of(task.service)->lower(StartService{task.service, target_.to});
    if (!start) return tl::unexpected(start.error());
    if (auto r = add(std::move(start->operations)); !r) return r;
    const Wanted wanted{"", 1, std::nullopt, {}, replaced(task.service, 0), held(task.service), true};
    if (auto r = healthy(task.service, wanted); !r) return r;
    if (auto r = ready(task.service, wanted); !r) return r;
    if (auto r = add(take_in(scene_, rebuild)); !r) return r;
    say("dump, files aside, start " + change(task.service).new_image + " on new ones, load, compare");
    return {};
  }

  Result<void> lower(const StartIt& task) {
    diagnose(task.service);
    if (auto r = engine(task.service, StartService{task.service, target_.to}); !r) return r;
    if (runs_once(service(task.service))) return {};
    const ServiceChange& what = change(task.service);
    const bool only_number = what.drifts_only() && what.running > 0;  // those that are there go on running
    if (only_number) out_.words = "as the files say: " + describe(what.drift);
    return healthy_and_ready(
        task.service, {target_.to, what.replicas, std::nullopt, {}, {}, held(task.service), !only_number});
  }

  Result<void> lower(const RunMigrator& task) {
    diagnose(task.service);
    auto program = scene_.program(task.service, {}, ProgramPlace::Fresh);
    if (!program) return tl::unexpected(program.error());
    // Killed in the middle it runs again, as it does when it is restarted: what its ledger has is skipped.
    out_.operations.push_back(run(std::move(*program), {}, kNoLimit));
    say("run once in " + target_.to);
    return ready(task.service, {});
  }

  Result<void> lower(const MigrateWith& task) {
    const lang::Database& database = stack_[task.database];
    if (auto r = add(action_operations(*database.migrate, database.name, scene_)); !r) return r;
    for (Operation& each : out_.operations) each.timeout = kNoLimit;
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
    for (Operation& each : out_.operations) {
      if (std::holds_alternative<Ask>(each.instruction)) continue;
      each.timeout = step.within.value_or(kUserStep);
      each.repeat = step.idempotent ? Repeat::Safe : done ? Repeat::IfNotDone : Repeat::Never;
      if (done) each.done_when = done;
    }
    return {};
  }

  Result<void> lower(const SmokeServices&) {
    std::vector<Waited> all;
    Duration shortest = Duration::max(), longest{0};
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const lang::ServiceId id{i};
      const ServiceChange& what = changes_.services[i];
      if (!scene_.engine_of(id) || runs_once(stack_.services[i]) ||
          what.kind == ServiceChange::Kind::Disappears)
        continue;
      const Duration enough = stack_.services[i].min_healthy.value_or(kHeld);
      shortest = std::min(shortest, enough);
      longest = std::max(longest, enough);
      const Wanted wanted{
          what.versioned ? target_.to : "", what.replicas, std::nullopt, {}, {}, enough, what.moves(),
          what.versioned ? "" : running(id)};
      all.push_back({id, wanted});
    }
    if (auto r = all_healthy(all); !r) return r;
    const std::size_t services = all.size();
    say(std::to_string(services) + (services == 1 ? " service" : " services") + " healthy");
    say("in " + target_.to);
    if (longest.count() > 0 && services > 0)
      say("for " + render_duration(shortest) + (shortest < longest ? " or longer" : ""));
    return {};
  }

  const lang::Stack& stack_;
  const Target& target_;
  const Changes& changes_;
  std::uint64_t room_;
  Scene scene_;
  Step* step_ = nullptr;
  Lowered out_;
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
