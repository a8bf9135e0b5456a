#include "planner/proof/facts.h"

#include <algorithm>

#include "planner/pass/data_use.h"

namespace pawl::planner {
namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_guard(const Step& step) {
  return step.kind == StepKind::Check || step.kind == StepKind::Gate || step.kind == StepKind::Window;
}

/// Steps without effects on what the invariants speak of are seen through.
std::vector<bool> that_matter(const Plan& plan) {
  std::vector<bool> matters;
  for (const Step& step : plan.steps) {
    matters.push_back(is_guard(step) || step.kind == StepKind::Drill || !step.effects.backs_up.empty() ||
                      step.effects.changes_anything());
  }
  return matters;
}

}  // namespace

// ---------------------------------------------------------------- groups

void Group::add(const Tracks& tracks, std::uint32_t step) {
  if (!tracks.stands(step)) return;
  const auto same_track = [&](std::uint32_t each) { return tracks.track_of(each) == tracks.track_of(step); };
  all_.push_back(step);
  const auto last = std::find_if(last_.begin(), last_.end(), same_track);
  if (last == last_.end()) {
    first_.push_back(step);
    last_.push_back(step);
  } else {
    *last = step;
  }
}

bool Group::any_begun(const Moment& moment) const {
  return std::any_of(first_.begin(), first_.end(), [&](std::uint32_t step) { return moment.begun(step); });
}
bool Group::any_begun_before(std::uint32_t step, const Moment& moment) const {
  return std::any_of(first_.begin(), first_.end(),
                     [&](std::uint32_t each) { return each != step && moment.begun(each); });
}
bool Group::any_finished(const Moment& moment) const {
  return std::any_of(first_.begin(), first_.end(), [&](std::uint32_t step) { return moment.finished(step); });
}
bool Group::all_finished(const Moment& moment) const {
  return std::all_of(last_.begin(), last_.end(), [&](std::uint32_t step) { return moment.finished(step); });
}
std::optional<std::uint32_t> Group::first_running(const Moment& moment) const {
  if (!any_begun(moment)) return std::nullopt;
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](std::uint32_t step) { return moment.running(step); });
  return found == all_.end() ? std::nullopt : std::optional(*found);
}

// ---------------------------------------------------------------- facts

Facts::Facts(const CompileInput& the_input, const Target& the_target, const PolicyDecision& the_policy,
             const Plan& the_plan, const std::vector<std::string>& ahead_names)
    : input(the_input),
      stack(*the_input.stack),
      target(the_target),
      policy(the_policy),
      plan(the_plan),
      one_way(one_way_release(stack, target)),
      tracks(plan.steps, that_matter(plan)),
      databases(stack.databases.size()),
      services(stack.services.size()),
      schemas(plan.steps.size()),
      restored(plan.steps.size()),
      touched(plan.steps.size()) {
  read_steps(ahead_names);
  read_services();
  for (const BundleState& bundle : input.snapshot->bundles) old_bundle |= bundle.version == target.from;
}

const ServiceFacts& Facts::of(const lang::Service& service) const {
  return services[static_cast<std::size_t>(&service - stack.services.data())];
}

void Facts::read_steps(const std::vector<std::string>& ahead_names) {
  const auto changes = schema_changes(stack, target, plan);
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    if (is_guard(step)) guards.add(tracks, i);
    if (step.kind == StepKind::Drill) drills.add(tracks, i);
    if (step.effects.changes_anything()) changing.add(tracks, i);
    for (const ServiceEffect& each : step.effects.services) {
      if (each.rewrites) rewriting.emplace_back(i, each.service);
      rebuilds |= each.rebuilds;
    }
    for (const std::string& name : step.effects.touches) touching.emplace_back(i, name);
    for (const std::string& name : step.effects.backs_up) saving[name].add(tracks, i);
    if (step.effects.one_way) final.add(tracks, i);
    for (std::size_t d = 0; d < stack.databases.size(); ++d) {
      const std::string& name = stack.databases[d].name;
      const bool migrates = has(changes[i], name);
      if (migrates) databases[d].changes.add(tracks, i);
      if (migrates) schemas[i].push_back(d);
      if (migrates && step.kind == StepKind::Migrate) databases[d].own.add(tracks, i);
      if (has(step.effects.backs_up, name)) databases[d].backups.add(tracks, i);
      if (has(step.effects.restores, name)) databases[d].restores.add(tracks, i);
      if (has(step.effects.restores, name)) restored[i].push_back(d);
    }
  }
  for (std::size_t d = 0; d < stack.databases.size(); ++d) {
    databases[d].ahead = has(ahead_names, stack.databases[d].name);
    ahead |= databases[d].ahead;
  }
}

void Facts::read_services() {
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < stack.services.size(); ++i) index[stack.services[i].name] = i;
  std::vector<bool> moving(stack.services.size(), false);
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    for (const ServiceEffect& effect : plan.steps[i].effects.services) {
      const auto found = index.find(effect.service);
      if (found == index.end()) continue;
      const std::size_t which = found->second;
      touched[i].push_back({&stack.services[which], &effect});
      if (tracks.stands(i)) services[which].events.push_back({i, effect});
      services[which].returns |= effect.moves || effect.starts;
      moving[which] = moving[which] || effect.moves;
    }
  }
  for (std::size_t i = 0; i < stack.services.size(); ++i) {
    ServiceFacts& facts = services[i];
    facts.uses = uses_databases(stack.services[i]);
    const ServiceState* state = input.snapshot->service(stack.services[i].name);
    if (!state) continue;
    for (const Instance& instance : state->instances) {
      if (instance.health == Health::Stopped) continue;
      ++facts.up;
      // What moves and is not there yet is of the old version, even when it cannot tell which it is.
      const bool there = is_version(instance.version, target.to_version);
      const bool before = is_version(instance.version, target.from_version);
      if (there || (!before && !moving[i])) continue;
      facts.old_ones.push_back(instance.number);
      facts.old_version = instance.version.empty() ? target.from : instance.version;
    }
  }
}

int Facts::up(const lang::Service& service, const Moment& moment) const {
  const ServiceFacts& facts = of(service);
  int count = facts.up;
  for (const Event& event : facts.events) {
    if (event.effect.stops && moment.finished(event.step)) count = 0;
    if (!event.effect.stops && moment.begun(event.step)) count = std::max({count, facts.up, 1});
  }
  return count;
}

int Facts::old_up(const lang::Service& service, const Moment& moment) const {
  const ServiceFacts& facts = of(service);
  auto left = static_cast<int>(facts.old_ones.size());
  bool stopped = false;
  for (const Event& event : facts.events) {
    const ServiceEffect& effect = event.effect;
    if (!effect.moves && effect.starts && moment.begun(event.step)) stopped = false;
    if (!moment.finished(event.step)) continue;
    if (effect.stops) stopped = true;
    if (effect.moves) left = effect.starts ? 0 : std::max(0, left - std::max(1, effect.down));
  }
  return stopped ? 0 : left;
}

}  // namespace pawl::planner
