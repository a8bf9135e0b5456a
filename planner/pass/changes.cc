// Pass `changes`: the configuration rendered for the old and the new version, against each other and against
// what runs. Only what the two renderings disagree about moves; of that, only what is not in the new version
// yet.
#include "planner/pass/changes.h"

#include <algorithm>

#include "planner/pass/data_use.h"

namespace pawl::planner {
namespace {

using Kind = ServiceChange::Kind;

const RenderedService* find(const Rendering& rendering, const std::string& service) {
  const auto found = std::find_if(rendering.services.begin(), rendering.services.end(),
                                  [&](const RenderedService& each) { return each.service == service; });
  return found == rendering.services.end() ? nullptr : &*found;
}

Pass<DeploymentChange> render_both(const CompileInput& input, const Target& target,
                                   lang::DeploymentId deployment) {
  DeploymentChange change;
  const EngineState* state = engine_state(input, deployment);
  const std::string pinned = state ? state->pin.value : "";
  change.from = pinned.empty() || is_version(pinned, target.to_version) ? target.from : pinned;
  const DeploymentEngine engine = engine_of(input, deployment);
  auto before = engine.render(change.from);
  if (!before) return refuse(before.error());
  auto after = engine.render(target.to);
  if (!after) return refuse(after.error());
  change.before = std::move(*before);
  change.after = std::move(*after);
  return change;
}

/// nullptr: there is none of that number.
const Instance* find_instance(const ServiceState& state, int number) {
  for (const Instance& each : state.instances) {
    if (each.number == number) return &each;
  }
  return nullptr;
}

bool is_there(const Instance& instance, const Target& target, const RenderedService& after) {
  if (!instance.version.empty()) return is_version(instance.version, target.to_version);
  return !instance.fingerprint.empty() && instance.fingerprint == after.fingerprint;
}

void note(ServiceChange& change, std::vector<Difference> more) {
  for (Difference& each : more) {
    if (std::find(change.drift.begin(), change.drift.end(), each) == change.drift.end())
      change.drift.push_back(std::move(each));
  }
}

/// A service that the version does not move: what runs against what the files ask for.
void compare_with_files(const RenderedService& wanted, const ServiceState* state, ServiceChange& change) {
  for (int number = 1; number <= wanted.replicas; ++number) {
    const Instance* instance = state ? find_instance(*state, number) : nullptr;
    if (!instance) continue;
    auto found = drift(*instance, wanted);
    change.unknown = change.unknown || (found.empty() && !is_known(*instance, wanted));
    if (!found.empty()) change.pending.push_back(number);
    note(change, std::move(found));
  }
  // Where none is there it was removed, or never started (find_missing).
  if (change.running > 0 && change.running != wanted.replicas)
    note(change, {{"instances", std::to_string(change.running), std::to_string(wanted.replicas)}});
  if (!change.drift.empty() && wanted.replicas > 0) change.kind = Kind::Moves;
}

/// `runs_on`: what its instances were started with matters; what ran once and ended is what it was.
ServiceChange compare(const RenderedService* before, const RenderedService* after, const ServiceState* state,
                      const Target& target, bool runs_on) {
  ServiceChange change;
  change.running = state ? static_cast<int>(state->instances.size()) : 0;
  if (!after) {
    if (before || change.running > 0) change.kind = Kind::Disappears;
    return change;
  }
  change.replicas = after->replicas;
  change.new_image = after->image;
  if (before) change.old_image = before->image;
  if (before && before->fingerprint == after->fingerprint) {
    if (runs_on) compare_with_files(*after, state, change);
    return change;
  }
  change.versioned = !before || before->image != after->image;
  if (!before && change.running == 0) {
    change.kind = Kind::Appears;
    return change;
  }
  for (int number = 1; number <= after->replicas; ++number) {
    const Instance* instance = state ? find_instance(*state, number) : nullptr;
    if (!instance) {
      change.pending.push_back(number);
      continue;
    }
    const bool there = is_there(*instance, target, *after);
    // What it was left behind with by an earlier upgrade is neither the one nor the other.
    const bool stayed = instance->version.empty() || is_version(instance->version, target.from_version);
    const RenderedService* asked = !runs_on ? nullptr : there ? after : stayed ? before : nullptr;
    auto found = asked ? drift(*instance, *asked) : std::vector<Difference>();
    if (!there || !found.empty()) change.pending.push_back(number);
    change.unknown = change.unknown || (asked && found.empty() && !is_known(*instance, *asked));
    note(change, std::move(found));
  }
  if (!change.pending.empty()) change.kind = Kind::Moves;
  return change;
}

/// A service that is already newer than the target would go down unseen.
Pass<void> refuse_newer(const CompileInput& input, const Target& target, const lang::Service& service) {
  const ServiceState* state = input.snapshot->service(service.name);
  if (!state) return {};
  for (const Instance& instance : state->instances) {
    const auto version = lang::Version::parse(instance.version);
    if (!version) continue;
    const auto hop =
        lang::classify(*version, target.to_version, input.stack->scheme, input.stack->version_list);
    if (hop != lang::HopClass::Downgrade) continue;
    return refuse(
        service.name + " already runs " + instance.version + ", which is newer than " + target.to + ".",
        "Name a version that is not older with --to: pawl plan --to " + instance.version);
  }
  return {};
}

/// A service that the files ask for, of which nothing is there although others of its deployment are: it was
/// never started, or removed by hand. Where nothing is there at all, this is no deployment to be upgraded.
void find_missing(const CompileInput& input, Changes& changes) {
  const auto is_there = [&](const lang::Service& service) {
    const ServiceState* state = input.snapshot->service(service.name);
    return state && !state->instances.empty();
  };
  for (std::size_t i = 0; i < input.stack->services.size(); ++i) {
    const lang::Service& service = input.stack->services[i];
    ServiceChange& change = changes.services[i];
    if (!service.on || runs_once(service) || is_there(service) || change.replicas == 0 ||
        change.kind == Kind::Disappears || !input.snapshot->service(service.name))
      continue;
    const bool others =
        std::any_of(input.stack->services.begin(), input.stack->services.end(),
                    [&](const lang::Service& other) { return other.on == service.on && is_there(other); });
    if (!others) continue;
    if (change.kind != Kind::Appears) note(change, {{"instances", "0", std::to_string(change.replicas)}});
    change.kind = Kind::Appears;
  }
}

/// What differs and is not brought to what the files ask for.
void note_staying(const CompileInput& input, Changes& changes) {
  for (std::size_t i = 0; i < changes.services.size(); ++i) {
    const ServiceChange& change = changes.services[i];
    if (change.kind != Kind::Stays || change.drift.empty()) continue;
    const lang::Service& service = input.stack->services[i];
    changes.notices.push_back(
        {service.name +
             " is left as it is, although the files ask for something else: " + describe(change.drift),
         origin_of(input, service.span)});
  }
}

void note_unknown(const CompileInput& input, Changes& changes) {
  std::string names;
  for (std::size_t i = 0; i < changes.services.size(); ++i) {
    if (changes.services[i].unknown) names += (names.empty() ? "" : ", ") + input.stack->services[i].name;
  }
  if (names.empty()) return;
  changes.notices.push_back(
      {"nobody knows with which configuration these were started, so only their versions "
       "were compared: " +
           names,
       {}});
}

void note_unmanaged(const CompileInput& input, const DeploymentChange& change, lang::DeploymentId id,
                    Changes& changes) {
  for (const std::string& name : change.after.unmanaged) {
    changes.notices.push_back(
        {"service " + name + " is in the configuration but not in the manifest: it is left as it is",
         origin_of(input, (*input.stack)[id].span)});
  }
  for (const std::string& warning : change.after.warnings) {
    changes.notices.push_back({warning, origin_of(input, (*input.stack)[id].span)});
  }
}

}  // namespace

Pass<Changes> find_changes(const CompileInput& input, const Target& target, const PolicyDecision& policy) {
  const lang::Stack& stack = *input.stack;
  Changes changes;
  for (std::uint32_t i = 0; i < stack.deployments.size(); ++i) {
    auto rendered = render_both(input, target, lang::DeploymentId{i});
    if (!rendered) return tl::unexpected(rendered.error());
    note_unmanaged(input, *rendered, lang::DeploymentId{i}, changes);
    changes.deployments.push_back(std::move(*rendered));
  }
  for (const lang::Service& service : stack.services) {
    if (!service.on) {
      changes.services.emplace_back();
      continue;
    }
    const DeploymentChange& deployment = changes.deployments[service.on->value];
    changes.services.push_back(
        compare(find(deployment.before, service.name), find(deployment.after, service.name),
                input.snapshot->service(service.name), target, !target.back && !runs_once(service)));
    if (changes.services.back().kind != Kind::Moves || target.back) continue;
    if (auto fine = refuse_newer(input, target, service); !fine && changes.services.back().versioned) {
      return tl::unexpected(fine.error());
    }
  }
  if (!target.back) find_missing(input, changes);
  note_staying(input, changes);
  note_unknown(input, changes);
  if (auto found = find_migrations(input, target, policy, changes); !found)
    return tl::unexpected(found.error());
  auto pins = pin_edits(input, target);
  if (!pins) return tl::unexpected(pins.error());
  changes.pins = std::move(*pins);
  return changes;
}

bool ServiceChange::code_drifts() const {
  return std::any_of(drift.begin(), drift.end(), is_code);
}

bool ServiceChange::program_drifts() const {
  return std::any_of(drift.begin(), drift.end(), is_program);
}

bool Changes::may_change_data(const lang::Stack& stack) const {
  for (std::size_t i = 0; i < services.size(); ++i) {
    const ServiceChange& change = services[i];
    if (!change.moves()) continue;
    const bool other = change.versioned || change.kind == Kind::Appears;
    if ((other || change.program_drifts()) && uses_databases(stack.services[i])) return true;
    if ((other || change.code_drifts()) && keeps_data(stack, stack.services[i])) return true;
  }
  return false;
}

bool DeploymentChange::follows_version() const {
  const auto same = [](const RenderedService& a, const RenderedService& b) {
    return a.service == b.service && a.fingerprint == b.fingerprint;
  };
  return !std::equal(before.services.begin(), before.services.end(), after.services.begin(),
                     after.services.end(), same);
}

bool Changes::none_follows() const {
  return std::none_of(deployments.begin(), deployments.end(),
                      [](const DeploymentChange& each) { return each.follows_version(); });
}

void note_taken_up(const CompileInput& input, const Target& target, Changes& changes) {
  for (std::size_t i = 0; i < changes.services.size(); ++i) {
    const ServiceChange& change = changes.services[i];
    const bool rebuilt = !change.set_aside.empty();
    if (!change.moves() || change.drift.empty()) continue;
    if (target.hop == lang::HopClass::Same && !rebuilt) continue;
    const lang::Service& service = input.stack->services[i];
    changes.notices.push_back(
        {service.name + " also takes up what the files ask for by now: " + describe(change.drift) +
             (rebuilt
                  ? ". A rollback brings its old files back, and first the files of the deployment must ask "
                    "for what ran on them again"
                  : ". A rollback does not undo that: it keeps the files as they are"),
         origin_of(input, service.span)});
  }
}

bool Changes::rebuilds() const {
  return std::any_of(services.begin(), services.end(),
                     [](const ServiceChange& each) { return !each.set_aside.empty(); });
}

bool Changes::nothing() const {
  for (const ServiceChange& change : services) {
    if (change.kind != ServiceChange::Kind::Stays) return false;
  }
  return pins.operations.empty();
}

}  // namespace pawl::planner
