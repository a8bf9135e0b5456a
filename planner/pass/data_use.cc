#include "planner/pass/data_use.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace pawl::planner {

using lang::Role;

bool uses_databases(const lang::Service& service) {
  if (!service.migrates.empty()) return true;
  switch (service.role) {
    case Role::Api:
    case Role::Worker:
    case Role::Scheduler:
    case Role::Job:
    case Role::Migrator:
    case Role::None:
      return true;
    case Role::Frontend:
    case Role::Proxy:
    case Role::Datastore:
      return false;
  }
  return false;
}

bool keeps_data(const lang::Stack& stack, const lang::Service& service) {
  // A SQLite database has no server; its `service` is where its file can be reached.
  return service.role == Role::Datastore ||
         std::any_of(stack.databases.begin(), stack.databases.end(), [&](const lang::Database& database) {
           return database.service && &stack[*database.service] == &service &&
                  database.engine != lang::Database::Engine::Sqlite;
         });
}

std::vector<lang::DatabaseId> undeclared(const lang::Stack& stack) {
  std::vector<bool> declared(stack.databases.size(), false);
  for (std::size_t i = 0; i < stack.databases.size(); ++i)
    declared[i] = stack.databases[i].migrate.has_value();
  for (const lang::Service& service : stack.services) {
    for (const lang::DatabaseId id : service.migrates) declared[id.value] = true;
  }
  for (const lang::UserStep& step : stack.steps) {
    if (!step.on.empty()) continue;  // in other upgrades somebody else may
    for (const lang::DatabaseId id : step.migrates) declared[id.value] = true;
  }
  std::vector<lang::DatabaseId> out;
  for (std::uint32_t i = 0; i < declared.size(); ++i) {
    if (!declared[i]) out.push_back({i});
  }
  return out;
}

std::vector<lang::ServiceId> undescribed(const lang::Stack& stack) {
  std::vector<bool> described(stack.services.size(), false);
  for (const lang::Database& database : stack.databases) {
    if (database.service) described[database.service->value] = true;
  }
  std::vector<lang::ServiceId> out;
  for (std::uint32_t i = 0; i < stack.services.size(); ++i) {
    const lang::Service& service = stack.services[i];
    if (service.role == Role::Datastore && !service.says_migrates && !described[i]) out.push_back({i});
  }
  return out;
}

bool is_silent(const lang::Stack& stack, const lang::Service& service,
               const std::vector<lang::DatabaseId>& undeclared,
               const std::vector<lang::ServiceId>& undescribed) {
  const bool all_said = !stack.databases.empty() && undeclared.empty() && undescribed.empty();
  if (service.says_migrates || all_said) return false;
  return service.role != Role::Frontend && service.role != Role::Proxy && !keeps_data(stack, service);
}

std::vector<lang::DatabaseId> may_migrate(const lang::Stack& stack, const lang::Service& service,
                                          const std::vector<lang::DatabaseId>& undeclared) {
  return is_silent(stack, service, undeclared, {}) ? undeclared : service.migrates;
}

const lang::Release* one_way_release(const lang::Stack& stack, const Target& target) {
  const bool back = earlier(stack, target.to_version, target.from_version);
  const lang::Version& low = back ? target.to_version : target.from_version;
  const lang::Version& high = back ? target.from_version : target.to_version;
  const lang::Release* first = nullptr;
  for (const lang::Release& release : stack.releases) {
    if (!release.one_way || !is_on_the_way(stack, low, *release.version, high)) continue;
    if (!first || earlier(stack, *release.version, *first->version)) first = &release;
  }
  return first;
}

std::vector<std::vector<std::string>> schema_changes(const lang::Stack& stack, const Target& target,
                                                     const Plan& plan) {
  std::vector<std::vector<std::string>> changes;
  std::set<std::string> declared;
  for (const Step& step : plan.steps) {
    changes.push_back(step.effects.migrates);
    declared.insert(step.effects.migrates.begin(), step.effects.migrates.end());
  }
  if (plan.purpose != Purpose::Upgrade || !one_way_release(stack, target)) return changes;
  std::unordered_map<std::string, bool> uses;
  for (const lang::Service& service : stack.services) uses[service.name] = uses_databases(service);
  // The first that starts makes the change: a step that waits for another one finds it made.
  std::vector<bool> follows(plan.steps.size(), false), moves(plan.steps.size(), false);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto& services = plan.steps[i].effects.services;
    moves[i] = std::any_of(services.begin(), services.end(), [&](const ServiceEffect& each) {
      const auto found = uses.find(each.service);
      return each.moves && found != uses.end() && found->second;
    });
    for (const StepId need : plan.steps[i].needs)
      follows[i] = follows[i] || follows[need.value] || moves[need.value];
    for (const lang::Database& database : stack.databases) {
      if (moves[i] && !follows[i] && !declared.contains(database.name)) changes[i].push_back(database.name);
    }
  }
  return changes;
}

std::vector<std::string> schemas_ahead(const lang::Stack& stack, const Snapshot& snapshot,
                                       const Target& target) {
  const lang::Version& high =
      earlier(stack, target.to_version, target.from_version) ? target.from_version : target.to_version;
  std::vector<std::string> ahead;
  if (target.from == target.to) return ahead;
  const std::vector<lang::DatabaseId> open = undeclared(stack);
  for (const lang::Service& service : stack.services) {
    const ServiceState* state = snapshot.service(service.name);
    const std::vector<lang::DatabaseId> migrates = may_migrate(stack, service, open);
    if (migrates.empty() || !state) continue;
    const bool runs = std::any_of(state->instances.begin(), state->instances.end(),
                                  [&](const Instance& each) { return is_version(each.version, high); });
    for (const lang::DatabaseId id : migrates) {
      if (runs && std::find(ahead.begin(), ahead.end(), stack[id].name) == ahead.end())
        ahead.push_back(stack[id].name);
    }
  }
  return ahead;
}

namespace {

/// The one service that changes every schema of the plan by being replaced; nothing when others may.
std::optional<std::size_t> sole_migrator(const lang::Stack& stack, const Changes& changes) {
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < stack.services.size(); ++i) {
    const bool migrates =
        changes.migrated.empty() || !stack.services[i].migrates.empty() || changes.services[i].silent;
    if (changes.services[i].moves() && uses_databases(stack.services[i]) && migrates) candidates.push_back(i);
  }
  const bool other = std::any_of(changes.migrated.begin(), changes.migrated.end(),
                                 [&](lang::DatabaseId id) { return stack[id].migrate.has_value(); });
  if (other || candidates.size() != 1) return std::nullopt;
  return candidates.front();
}

}  // namespace

std::vector<bool> stopped_for_one_way(const lang::Stack& stack, const Target& target,
                                      const Changes& changes) {
  std::vector<bool> stopped(stack.services.size(), false);
  if (stack.databases.empty() || !one_way_release(stack, target)) return stopped;
  const auto alone = sole_migrator(stack, changes);
  for (std::size_t i = 0; i < stack.services.size(); ++i) {
    const ServiceChange& change = changes.services[i];
    const lang::Service& service = stack.services[i];
    const bool itself = alone == i && change.running <= 1 && service.role != Role::Scheduler;
    stopped[i] = uses_databases(service) && service.role != Role::Migrator && !itself &&
                 change.kind == ServiceChange::Kind::Moves && change.running > 0;
  }
  return stopped;
}

}  // namespace pawl::planner
