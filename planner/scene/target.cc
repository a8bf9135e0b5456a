// Which version runs, which one is wanted, and what kind of hop lies between them.
#include "planner/scene/target.h"

#include <algorithm>
#include <set>

namespace pawl::planner {
namespace {

using lang::Stack;
using lang::Version;

/// Position in a list of versions, or nothing.
std::optional<std::size_t> position(const std::vector<Version>& list, const Version& version) {
  const auto found = std::find(list.begin(), list.end(), version);
  if (found == list.end()) return std::nullopt;
  return static_cast<std::size_t>(found - list.begin());
}

bool belongs(const Stack& stack, const Version& version) {
  return stack.scheme != lang::VersionScheme::List || position(stack.version_list, version).has_value();
}

/// Versions that could be moved to, from the engines and, where images can be fetched, from the release
/// blocks.
std::vector<Version> candidates(const CompileInput& input) {
  std::vector<Version> found;
  const auto add = [&](const Version& version) {
    if (belongs(*input.stack, version)) found.push_back(version);
  };
  for (const EngineState& engine : input.snapshot->engines) {
    for (const std::string& text : engine.available) {
      if (const auto version = Version::parse(text)) add(*version);
    }
  }
  for (const lang::Release& release : input.stack->releases) add(*release.version);
  return found;
}

struct Wanted {
  std::string text, source;
};

Pass<Wanted> newest(const CompileInput& input) {
  const Stack& stack = *input.stack;
  std::vector<Version> all = candidates(input);
  const bool has_final =
      std::any_of(all.begin(), all.end(), [](const Version& v) { return v.prerelease.empty(); });
  std::optional<Version> best;
  for (const Version& version : all) {
    if (has_final && !version.prerelease.empty()) continue;
    if (!best || earlier(stack, *best, version)) best = version;
  }
  if (!best) {
    return refuse("Nothing says which version is wanted, and no version is on offer.",
                  "Name one: pawl plan --to VERSION, or `version = …` in the stack block.");
  }
  const bool offered = std::any_of(
      input.snapshot->engines.begin(), input.snapshot->engines.end(), [&](const EngineState& engine) {
        return std::count(engine.available.begin(), engine.available.end(), best->text) > 0;
      });
  return Wanted{best->text, offered ? "newest version available" : "newest release of the manifest"};
}

Pass<Wanted> wanted(const CompileInput& input) {
  if (input.to) return Wanted{*input.to, "--to"};
  if (input.stack->version) {
    return Wanted{(*input.stack->version)->text, input.sources->where(input.stack->version->span)};
  }
  return newest(input);
}

/// The version that services run beside `to` when the pin already says `to`: an earlier upgrade that did not
/// finish. Only a service whose configuration really differs between the two counts (a database server has
/// versions of its own).
Pass<std::string> left_behind(const CompileInput& input, lang::DeploymentId deployment, const Version& to) {
  const DeploymentEngine engine = engine_of(input, deployment);
  std::set<std::string> tried;
  for (std::size_t i = 0; i < input.stack->services.size(); ++i) {
    const lang::Service& service = input.stack->services[i];
    const ServiceState* state = input.snapshot->service(service.name);
    if (!state || service.on != deployment || service.role == lang::Role::Datastore) continue;
    for (const Instance& instance : state->instances) {
      const auto version = Version::parse(instance.version);
      if (!version || *version == to || !tried.insert(instance.version).second) continue;
      const auto old_one = engine.render(instance.version);
      const auto new_one = engine.render(to.text);
      if (!old_one || !new_one) continue;
      const auto named = [&](const RenderedService& each) { return each.service == service.name; };
      const auto before = std::find_if(old_one->services.begin(), old_one->services.end(), named);
      const auto after = std::find_if(new_one->services.begin(), new_one->services.end(), named);
      if (before == old_one->services.end() || after == new_one->services.end()) continue;
      if (before->fingerprint != after->fingerprint) return instance.version;
    }
  }
  return std::string();
}

/// What runs: the pin, or what was left behind when the pin is already where we go; the oldest when several
/// differ.
Pass<std::string> running(const CompileInput& input, const Version& to) {
  std::optional<std::string> oldest;
  for (std::uint32_t i = 0; i < input.stack->deployments.size(); ++i) {
    const EngineState* engine = engine_state(input, lang::DeploymentId{i});
    if (!engine || !input.stack->deployments[i].pin) continue;
    std::string value = engine->pin.value;
    if (is_version(value, to)) {
      auto left = left_behind(input, lang::DeploymentId{i}, to);
      if (!left) return left;
      if (!left->empty()) value = *left;
    }
    const auto version = Version::parse(value);
    if (!version) {
      if (value.empty()) continue;
      return refuse(engine->pin.place + " says " + value +
                        ", which is not a version, so nothing says which version runs.",
                    "Write the running version there, for example the tag its images have.");
    }
    if (!oldest || earlier(*input.stack, *version, *Version::parse(*oldest))) oldest = value;
  }
  return oldest ? *oldest : common_version(input, has_the_stacks_version);
}

/// The target as this deployment writes versions: people say 1.5.0 and mean the tag v1.5.0. A source that
/// offers it knows best, most of all what is written as people said it (1.1 and 1.1.0 are two tags); else it
/// has the `v` that what runs has, or none.
std::string in_its_form(const CompileInput& input, const std::string& from, const Version& to) {
  for (const EngineState& engine : input.snapshot->engines) {
    const auto& offered = engine.available;
    if (std::find(offered.begin(), offered.end(), to.text) != offered.end()) return to.text;
  }
  for (const EngineState& engine : input.snapshot->engines) {
    const auto found = std::find_if(engine.available.begin(), engine.available.end(),
                                    [&](const std::string& text) { return is_version(text, to); });
    if (found != engine.available.end()) return *found;
  }
  const bool has = to.text.starts_with('v'), wants = from.starts_with('v');
  return has == wants ? to.text : wants ? "v" + to.text : to.text.substr(1);
}

/// Refuses a version that no source offers and nothing can fetch.
Pass<void> require_offered(const CompileInput& input, const Target& target) {
  for (std::uint32_t i = 0; i < input.stack->deployments.size(); ++i) {
    const EngineState* engine = engine_state(input, lang::DeploymentId{i});
    const lang::Deployment& deployment = input.stack->deployments[i];
    if (!engine || !deployment.pin || engine->available.empty() || target.from == target.to) continue;
    if (engine_of(input, lang::DeploymentId{i}).traits().fetches) continue;
    const auto offered = [&](const std::string& text) { return is_version(text, target.to_version); };
    if (std::any_of(engine->available.begin(), engine->available.end(), offered)) continue;
    std::string list;
    for (const std::string& text : engine->available) list += (list.empty() ? "" : ", ") + text;
    return refuse("Version " + target.to + " is not there and cannot be fetched; there are " + list + ".",
                  "Put " + target.to + " in place first, or name another version with --to.");
  }
  return {};
}

}  // namespace

bool earlier(const lang::Stack& stack, const Version& a, const Version& b) {
  if (stack.scheme != lang::VersionScheme::List) return a < b;
  return position(stack.version_list, a) < position(stack.version_list, b);
}

bool is_on_the_way(const lang::Stack& stack, const Version& from, const Version& version, const Version& to) {
  return earlier(stack, from, version) && !earlier(stack, to, version);
}

std::string common_version(const CompileInput& input, bool (*counts)(const lang::Service&)) {
  std::map<std::string, int> found;
  for (const lang::Service& service : input.stack->services) {
    const ServiceState* state = input.snapshot->service(service.name);
    if (!state || !counts(service)) continue;
    for (const Instance& instance : state->instances) {
      if (!instance.version.empty()) ++found[instance.version];
    }
  }
  const auto most = std::max_element(found.begin(), found.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == found.end() ? "" : most->first;
}

bool has_the_stacks_version(const lang::Service& service) {
  return service.role != lang::Role::Datastore && service.role != lang::Role::Proxy;
}

bool is_version(const std::string& text, const Version& version) {
  if (text == version.text) return true;
  const auto parsed = Version::parse(text);
  return parsed && *parsed == version;
}

Pass<Target> choose_target(const CompileInput& input) {
  const auto goal = wanted(input);
  if (!goal) return tl::unexpected(goal.error());
  Target target;
  target.to = goal->text;
  target.source = goal->source;
  const auto to = Version::parse(target.to);
  if (!to)
    return refuse(target.to + " is not a version.", "Versions look like 1.5.0, v2026.05.01 or 2.0.0-rc.1.");
  if (!belongs(*input.stack, *to)) {
    return refuse("Version " + target.to + " is not in the list of the stack block.",
                  "Add it to `versions`, or name one of those.");
  }
  auto from = running(input, *to);
  if (!from) return tl::unexpected(from.error());
  const auto from_version = Version::parse(*from);
  if (!from_version) {
    return refuse("Nothing says which version runs: the pin is not set and no service tells its version.",
                  "Write the running version where the pin of the manifest points.");
  }
  target.from = *from;
  target.from_version = *from_version;
  target.to = in_its_form(input, *from, *to);
  target.to_version = *Version::parse(target.to);
  target.hop = lang::classify(*from_version, *to, input.stack->scheme, input.stack->version_list);
  if (target.hop == lang::HopClass::Downgrade) {
    return refuse(target.to + " (from " + target.source + ") is older than " + target.from + ", which runs.",
                  "An upgrade only goes up. To stay where you are: pawl plan --to " + target.from +
                      ". To go back, restore a bundle that was made under the older version.");
  }
  if (auto offered = require_offered(input, target); !offered) return tl::unexpected(offered.error());
  return target;
}

Text filled(const Text& text, const Target& target, int instance) {
  const std::string hop(lang::name(target.hop));
  const std::string number = std::to_string(instance);
  return lang::fill(text, [&](const std::string& path) -> const std::string* {
    if (path == "version" || path == "to") return &target.to;
    if (path == "from") return &target.from;
    if (path == "class") return &hop;
    if (path == "instance") return &number;
    return nullptr;
  });
}

const std::string& data_version(const lang::Stack& stack, const Snapshot& snapshot, const Target& target) {
  for (const lang::Service& service : stack.services) {
    const ServiceState* state = snapshot.service(service.name);
    if (service.migrates.empty() || !state) continue;
    for (const Instance& instance : state->instances) {
      if (is_version(instance.version, target.to_version)) return target.to;
    }
  }
  return target.from;
}

}  // namespace pawl::planner
