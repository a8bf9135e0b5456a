#include "planner/plan/snapshot.h"

#include <algorithm>
#include <cctype>

namespace pawl::planner {
namespace {

/// Collects sentences. What is not compared (sizes, bundles, versions on offer) may differ without a plan
/// being stale.
class Comparison {
 public:
  explicit Comparison(bool settled) : settled_(settled) {}

  std::vector<std::string> all(const Snapshot& planned, const Snapshot& now) {
    if (planned.stack != now.stack) add("the stack is " + now.stack + ", the plan is for " + planned.stack);
    pairs(
        planned.engines, now.engines, [](const EngineState& e) { return e.deployment; },
        [&](const EngineState& a, const EngineState& b) { engine(a, b); }, "deployment");
    pairs(
        planned.services, now.services, [](const ServiceState& s) { return s.service; },
        [&](const ServiceState& a, const ServiceState& b) { service(a, b); }, "service");
    pairs(
        planned.databases, now.databases, [](const DatabaseState& d) { return d.database; },
        [&](const DatabaseState& a, const DatabaseState& b) { database(a, b); }, "database");
    return std::move(found_);
  }

 private:
  void add(std::string text) { found_.push_back(std::move(text)); }

  /// Compares members of the same key; those on one side only are named.
  template <class T, class KeyOf, class Compare>
  void pairs(const std::vector<T>& planned, const std::vector<T>& now, KeyOf key, Compare compare,
             const std::string& what) {
    const auto find = [&](const std::vector<T>& all, const auto& wanted) {
      return std::find_if(all.begin(), all.end(), [&](const T& each) { return key(each) == wanted; });
    };
    for (const T& before : planned) {
      const auto after = find(now, key(before));
      if (after == now.end()) {
        add(what + " " + key(before) + " is not there any more");
      } else {
        compare(before, *after);
      }
    }
    for (const T& after : now) {
      if (find(planned, key(after)) == planned.end()) add(what + " " + key(after) + " is new");
    }
  }

  static std::string or_nothing(const std::string& value) { return value.empty() ? "(not set)" : value; }

  void changed(const std::string& what, const std::string& before, const std::string& after) {
    if (before != after) add(what + " changed from " + or_nothing(before) + " to " + or_nothing(after));
  }

  void engine(const EngineState& before, const EngineState& after) {
    const std::string where = before.deployment.empty() ? "" : before.deployment + ": ";
    changed(where + "the engine", before.kind, after.kind);
    changed(where + "the tool", before.tool, after.tool);
    changed(where + "pin " + before.pin.place, before.pin.value, after.pin.value);
    for (const auto& [name, value] : before.facts) {
      const auto now = after.facts.find(name);
      changed(where + name, value, now == after.facts.end() ? "" : now->second);
    }
    for (const auto& [name, value] : after.facts) {
      if (!before.facts.contains(name)) changed(where + name, "", value);
    }
    if (settled_) images(where, before.image_ids, after.image_ids);
  }

  /// A name that had no image yet may have one by now: it was fetched.
  void images(const std::string& where, const std::map<std::string, std::string>& before,
              const std::map<std::string, std::string>& after) {
    for (const auto& [name, id] : before) {
      const auto now = after.find(name);
      if (now == after.end()) {
        add(where + "image " + name + " is not there any more");
      } else if (now->second != id) {
        add(where + "image " + name + " was " + short_id(id) + " and is " + short_id(now->second));
      }
    }
  }
  static std::string label(const std::string& service, const Instance& instance) {
    return instance.label.empty() ? service + " " + std::to_string(instance.number) : instance.label;
  }

  void service(const ServiceState& before, const ServiceState& after) {
    const std::string& name = before.service;
    const std::size_t known = found_.size();
    if (before.expected != after.expected) {
      changed(name + ": the number of instances wanted", std::to_string(before.expected),
              std::to_string(after.expected));
    }
    for (const Instance& instance : before.instances) {
      const auto now = std::find_if(after.instances.begin(), after.instances.end(),
                                    [&](const Instance& each) { return each.number == instance.number; });
      if (now == after.instances.end()) {
        add(name + ": " + label(name, instance) + " is gone");
      } else {
        this->instance(name, instance, *now);
      }
    }
    for (const Instance& instance : after.instances) {
      const auto same = [&](const Instance& each) { return each.number == instance.number; };
      if (std::none_of(before.instances.begin(), before.instances.end(), same))
        add(name + ": " + label(name, instance) + " is new");
    }
    if (!settled_ || found_.size() != known || before.health == after.health) return;
    add(name + " was " + std::string(planner::name(before.health)) + " and is " +
        std::string(planner::name(after.health)) + (after.detail.empty() ? "" : ": " + after.detail));
  }

  void instance(const std::string& service, const Instance& before, const Instance& after) {
    const std::string who = service + ": " + label(service, before);
    if (before.id != after.id) {
      add(who + " (" + short_id(before.id) + ") was replaced by " + short_id(after.id) +
          (before.version == after.version || after.version.empty() ? "" : ", version " + after.version));
      return;
    }
    changed(who + ": version", before.version, after.version);
    changed(who + ": image", before.image, after.image);
    if (before.fingerprint != after.fingerprint) add(who + " runs with another configuration");
    if (settled_ && before.health != after.health) {
      add(who + " was " + std::string(planner::name(before.health)) + " and is " +
          std::string(planner::name(after.health)) + (after.detail.empty() ? "" : ": " + after.detail));
    }
  }

  void database(const DatabaseState& before, const DatabaseState& after) {
    const std::string& name = before.database;
    if (before.reachable && !after.reachable)
      return add("database " + name + " cannot be reached any more: " + after.detail);
    if (!before.reachable && after.reachable) return add("database " + name + " can be reached now");
    if (settled_ && before.applied != after.applied)
      add("database " + name + ": " + ledger_change(before.applied, after.applied));
    changed("database " + name + ": the server's version", before.server_version, after.server_version);
  }

  static std::string ledger_change(const std::vector<std::string>& before,
                                   const std::vector<std::string>& after) {
    const bool grew = after.size() > before.size() && std::equal(before.begin(), before.end(), after.begin());
    if (grew)
      return std::to_string(after.size() - before.size()) + " more migrations were applied, the last is " +
             after.back();
    return "its ledger has " + std::to_string(after.size()) + " migrations, which are not the " +
           std::to_string(before.size()) + " of before";
  }

  const bool settled_;
  std::vector<std::string> found_;
};

}  // namespace

int ServiceState::running() const {
  return static_cast<int>(std::count_if(instances.begin(), instances.end(),
                                        [](const Instance& each) { return each.health != Health::Stopped; }));
}

const ServiceState* Snapshot::service(std::string_view name) const {
  for (const ServiceState& state : services) {
    if (state.service == name) return &state;
  }
  return nullptr;
}

const DatabaseState* Snapshot::database(std::string_view name) const {
  for (const DatabaseState& state : databases) {
    if (state.database == name) return &state;
  }
  return nullptr;
}

std::string short_id(std::string_view id) {
  if (const auto colon = id.find(':'); colon != std::string_view::npos) {
    const bool algorithm = std::isalpha(static_cast<unsigned char>(id.front())) != 0;
    if (!algorithm) return std::string(id);
    id.remove_prefix(colon + 1);
  }
  return std::string(id.substr(0, 12));
}

std::vector<std::string> differences(const Snapshot& planned, const Snapshot& now, bool settled) {
  return Comparison(settled).all(planned, now);
}

}  // namespace pawl::planner
