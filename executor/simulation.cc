#include "executor/simulation.h"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <set>
#include <utility>

#include "executor/store/memory_store.h"

namespace pawl::executor {
namespace {

/// No program ends with it, so no question can count it as a yes or as final.
constexpr int kNoExitCode = 256;

using planner::Step;
using Replica = SimulatedWorld::Replica;
using Schema = SimulatedWorld::Schema;

class Silent final : public RunObserver {
 public:
  void record(const Record&) override {}
};

Outcome succeeded() {
  Outcome outcome;
  outcome.ok = true;
  return outcome;
}

SimulatedWorld beginning(const planner::Plan& plan) {
  SimulatedWorld world;
  for (const planner::ServiceState& service : plan.snapshot.services) {
    for (const planner::Instance& each : service.instances) {
      world.services[service.service].push_back(
          {each.version.empty() ? "?" : each.version, each.health != planner::Health::Stopped});
    }
  }
  for (const Step& step : plan.steps) {
    // A rollback begins where an upgrade has left the schema.
    for (const std::string& name : step.effects.restores) world.schemas[name] = Schema::New;
    for (const std::string& name : step.effects.migrates) world.schemas[name] = Schema::Old;
  }
  world.pin = plan.from;
  return world;
}

/// What a step does to the world: when it begins, and when it is done.
class StepByStep {
 public:
  StepByStep(const planner::Plan& plan, SimulatedWorld& world) : plan_(plan), world_(world) {}

  void begin(const Step& step) {
    const planner::Effects& effects = step.effects;
    for (const planner::ServiceEffect& each : effects.services) take_down(each);
    for (const std::string& name : effects.migrates) {
      if (world_.schemas[name] == Schema::Old) world_.schemas[name] = Schema::Between;
    }
    for (const std::string& name : effects.restores) {
      if (const auto found = world_.schemas.find(name); found != world_.schemas.end())
        found->second = Schema::Between;
    }
  }

  void finish(const Step& step) {
    const planner::Effects& effects = step.effects;
    if (effects.writes_pin) world_.pin = plan_.to;
    for (const planner::ServiceEffect& each : effects.services) leave(each);
    for (const std::string& name : effects.migrates) world_.schemas[name] = Schema::New;
    for (const std::string& name : effects.restores) world_.schemas[name] = Schema::Old;
  }

 private:
  /// The instance whose turn it is: the first that is not in the new version.
  Replica* next(const std::string& service) {
    for (Replica& each : world_.services[service]) {
      if (each.version != plan_.to || !each.up) return &each;
    }
    return nullptr;
  }
  void take_down(const planner::ServiceEffect& effect) {
    if (effect.stops) return set_all(effect.service, false, "");
    int left = effect.down;
    for (Replica& each : world_.services[effect.service]) {
      if (left > 0 && (each.version != plan_.to || !each.up)) {
        each.up = false;
        --left;
      }
    }
  }
  void leave(const planner::ServiceEffect& effect) {
    if (effect.stops) set_all(effect.service, false, "");
    if (effect.starts) return set_all(effect.service, true, effect.moves ? plan_.to : "");
    for (int moved = 0; effect.moves && moved < effect.down; ++moved) {
      if (Replica* one = next(effect.service)) *one = {plan_.to, true};
    }
  }
  /// `version` empty: as it is.
  void set_all(const std::string& service, bool up, const std::string& version) {
    std::vector<Replica>& all = world_.services[service];
    if (all.empty() && up) all.push_back({plan_.to, true});
    for (Replica& each : all) each = {version.empty() ? each.version : version, up};
  }

  const planner::Plan& plan_;
  SimulatedWorld& world_;
};

/// The step and the operation that "RUN.STEP.OPERATION" names.
std::pair<std::uint32_t, std::uint32_t> place_of(const Bindings& bindings) {
  const std::string name = bindings("operation").value_or("");
  std::uint32_t step = 0, operation = 0;
  const std::size_t first = name.find('.'), second = name.find('.', first + 1);
  if (first == std::string::npos || second == std::string::npos) return {0, 0};
  std::from_chars(name.data() + first + 1, name.data() + second, step);
  std::from_chars(name.data() + second + 1, name.data() + name.size(), operation);
  return {step, operation};
}

class MemoryWorld final : public World {
 public:
  MemoryWorld(const planner::Plan& plan, MemoryStore& store, const Fault& fault)
      : plan_(plan), store_(store), fault_(fault), world_(beginning(plan)), effects_(plan, world_) {}

  planner::Answer ask(const planner::Question& question, std::stop_token) override {
    planner::Answer answer;
    answer.error = "nothing is asked in a simulation";
    answer.ok = std::holds_alternative<planner::QueryCommand>(question.query);
    answer.exit_code = answer.ok ? kNoExitCode : 0;
    return answer;
  }

  Outcome perform(const planner::Operation& operation, const Bindings& bindings,
                  const std::function<void(std::string_view)>&, std::stop_token) override {
    if (!bindings("operation")) return succeeded();  // a notification of the run itself
    const std::lock_guard lock(mutex_);
    const auto [index, part] = place_of(bindings);
    const Step& step = plan_.steps[index];
    if (std::exchange(last_, index + 1) != index + 1) effects_.begin(step);
    if (!performed_.insert({index, part}).second && resumed_) again_.push_back(render(operation));
    const bool strikes = !resumed_ && fault_.kind != Fault::Kind::None && index == fault_.step &&
                         part + 1 == step.operations.size();
    Outcome outcome = succeeded();
    if (strikes && fault_.kind == Fault::Kind::Fail) {
      outcome.ok = false;
      outcome.error = "simulated failure of `" + render(operation) + "`";
    } else if (strikes) {
      store_.die();
    } else if (part + 1 == step.operations.size()) {
      effects_.finish(step);
    }
    return outcome;
  }

  const SimulatedWorld& now() const { return world_; }
  void resume() {
    resumed_ = true;
    last_ = 0;
  }
  /// Operations that a resume ran a second time.
  const std::vector<std::string>& again() const { return again_; }

 private:
  const planner::Plan& plan_;
  MemoryStore& store_;
  const Fault fault_;
  std::mutex mutex_;
  SimulatedWorld world_;
  StepByStep effects_;
  std::uint32_t last_ = 0;  // the step that was worked on last, counted from 1
  bool resumed_ = false;
  std::set<std::pair<std::uint32_t, std::uint32_t>> performed_;
  std::vector<std::string> again_;
};

}  // namespace

Simulated simulate(const planner::Plan& plan, const std::string& plan_json, const Fault& fault) {
  MemoryStore store;
  MemoryWorld world(plan, store, fault);
  const auto clock = make_clock();
  Silent observer;
  RunOptions options;
  options.parallelism = 1;
  options.sample = false;
  Simulated out;
  Interrupt interrupt;
  out.result = run(plan, plan_json, world, store, *clock, observer, interrupt, options);
  out.stopped = out.finally = world.now();
  out.resumed = out.result;
  if (fault.kind == Fault::Kind::None || out.result.end == RunResult::End::Succeeded) return out;
  store.revive();
  world.resume();
  options.resume = out.result.run;
  out.resumed = run(plan, plan_json, world, store, *clock, observer, interrupt, options);
  out.finally = world.now();
  if (fault.kind == Fault::Kind::Crash) out.done_again = world.again();
  return out;
}

}  // namespace pawl::executor
