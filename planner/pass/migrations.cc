// Which databases may change in form on the way, by what the manifest and its releases say; and what they do
// not say. What is not said counts as possible, never as harmless.
#include <algorithm>

#include "planner/pass/changes.h"
#include "planner/pass/data_use.h"

namespace pawl::planner {
namespace {

/// No release lies between the two, going by their numbers: the next patch, or the first of the next minor,
/// whose promise is about the line before it. After the last minor of a major nobody can tell.
bool follows(const lang::Version& before, const lang::Version& after) {
  const auto number = [](const lang::Version& version, std::size_t i) {
    return i < version.numbers.size() ? version.numbers[i] : 0;
  };
  if (number(before, 0) != number(after, 0) || number(before, 3) != 0 || number(after, 3) != 0) return false;
  if (!before.prerelease.empty() || !after.prerelease.empty()) return false;  // nobody counts those
  if (number(before, 1) == number(after, 1)) return number(before, 2) + 1 == number(after, 2);
  return number(before, 1) + 1 == number(after, 1) && number(after, 2) == 0;
}

/// What the releases on the way say about schemas.
class Promises {
 public:
  Promises(const CompileInput& input, const Target& target) : stack_(*input.stack), target_(target) {
    for (const lang::Release& release : stack_.releases) {
      if (is_on_the_way(stack_, target.from_version, *release.version, target.to_version))
        declared_.push_back(&release);
    }
    std::sort(declared_.begin(), declared_.end(), [&](const lang::Release* a, const lang::Release* b) {
      return earlier(stack_, *a->version, *b->version);
    });
  }

  /// Every release that is declared on the way says that it changes no schema, and the target is among them.
  bool made() const {
    return !declared_.empty() && *declared_.back()->version == target_.to_version &&
           std::none_of(declared_.begin(), declared_.end(),
                        [](const lang::Release* release) { return release->migrates; });
  }
  /// The first that says so although releases of which nothing is said may lie before it; nullptr: they all
  /// follow each other.
  const lang::Release* after_a_gap() const {
    const lang::Version* before = &target_.from_version;
    for (const lang::Release* release : declared_) {
      const bool covered = release->from && release->from->value.contains(*before);
      if (!covered && gap(*before, *release->version)) return release;
      before = &*release->version;
    }
    return nullptr;
  }

 private:
  bool gap(const lang::Version& before, const lang::Version& after) const {
    if (stack_.scheme == lang::VersionScheme::Calver)
      return true;  // a date says nothing of what lies between
    if (stack_.scheme == lang::VersionScheme::Semver) return !follows(before, after);
    const auto& list = stack_.version_list;
    const auto at = std::find(list.begin(), list.end(), before);
    return at == list.end() || at + 1 == list.end() || !(*(at + 1) == after);
  }

  const lang::Stack& stack_;
  const Target& target_;
  std::vector<const lang::Release*> declared_;  // on the way, oldest first
};

bool backs_up(const CompileInput& input, const PolicyDecision& policy, lang::DatabaseId id) {
  if (!policy.backup || !input.stack->backup) return false;
  const auto& of = input.stack->backup->of;
  return std::any_of(of.begin(), of.end(), [&](const auto& item) {
    const auto* database = std::get_if<lang::DatabaseId>(&item);
    return (database && *database == id) || std::holds_alternative<lang::Action>(item);
  });
}

void add(std::vector<lang::DatabaseId>& to, lang::DatabaseId id) {
  if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
}

bool starts_other_code(const ServiceChange& change) {
  return change.moves() && (!change.drifts_only() || change.program_drifts());
}

/// A scheduler starts behind all others, on a schema that the first of them has changed if any does. So it is
/// silent only where nobody else is, and then the first one.
void quieten_schedulers(const lang::Stack& stack, Changes& changes) {
  const auto is_scheduler = [&](std::size_t i) { return stack.services[i].role == lang::Role::Scheduler; };
  bool other = false;
  for (std::size_t i = 0; i < stack.services.size(); ++i)
    other = other || (changes.services[i].silent && !is_scheduler(i));
  for (std::size_t i = 0; i < stack.services.size(); ++i) {
    bool& silent = changes.services[i].silent;
    if (!silent || !is_scheduler(i)) continue;
    silent = !other;
    other = true;
  }
}

}  // namespace

Pass<void> find_migrations(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                           Changes& changes) {
  const lang::Stack& stack = *input.stack;
  if (target.back) return {};
  for (const lang::UserStep& step : stack.steps) {
    if (step.migrates.empty() || !applies(step.on, target.hop) || target.hop == lang::HopClass::Same)
      continue;
    if (!policy.migrations)
      return refuse(input.sources->where(policy.migrations_refused_by) + " allows no migrations in a " +
                        std::string(lang::name(target.hop)) + " upgrade, and step " + step.name +
                        " may migrate " + stack[step.migrates[0]].name + ".",
                    "Allow them in that policy, or say with `on` for which classes the step is.");
    for (const lang::DatabaseId id : step.migrates) add(changes.migrated, id);
  }
  const Promises promises(input, target);
  bool any_moves = false;
  for (std::size_t i = 0; i < stack.services.size(); ++i) {
    any_moves = any_moves || starts_other_code(changes.services[i]);
  }
  if (promises.made()) changes.gap = promises.after_a_gap();
  if (!any_moves || (promises.made() && !changes.gap)) return {};

  const std::vector<lang::DatabaseId> open = undeclared(stack);
  const std::vector<lang::ServiceId> unknown = undescribed(stack);
  for (std::size_t i = 0; i < stack.services.size(); ++i) {
    ServiceChange& change = changes.services[i];
    change.silent = starts_other_code(change) && is_silent(stack, stack.services[i], open, unknown);
  }
  quieten_schedulers(stack, changes);
  for (std::size_t i = 0; i < stack.services.size(); ++i) {
    const ServiceChange& change = changes.services[i];
    const lang::Service& service = stack.services[i];
    if (!starts_other_code(change)) continue;
    const std::vector<lang::DatabaseId>& migrates = change.silent ? open : service.migrates;
    if (!policy.migrations && !migrates.empty()) {
      return refuse(input.sources->where(policy.migrations_refused_by) + " allows no migrations in a " +
                        std::string(lang::name(target.hop)) + " upgrade, and " + service.name +
                        " may migrate " + stack[migrates[0]].name + " when it starts" +
                        (change.silent ? ": nothing says that it does not." : "."),
                    change.silent ? "Say `migrates = []` in service " + service.name +
                                        " if it changes no schema, or name the one that does with `migrates`."
                                  : "Allow them in that policy, or choose another version with --to.");
    }
    if (!policy.migrations && change.silent && !unknown.empty()) {
      const std::string& datastore = stack[unknown.front()].name;
      return refuse(input.sources->where(policy.migrations_refused_by) + " allows no migrations in a " +
                        std::string(lang::name(target.hop)) + " upgrade, and " + service.name +
                        " may migrate what datastore " + datastore +
                        " holds when it starts: nothing says that it does not.",
                    "Say `migrates = []` in service " + datastore +
                        " if nothing in it is migrated, as in a cache; or in service " + service.name +
                        " if that changes no schema.");
    }
    if (change.silent) changes.undescribed = unknown;
    for (const lang::DatabaseId id : migrates) {
      if (change.silent) add(changes.undeclared, id);
      if (!change.silent || backs_up(input, policy, id)) add(changes.migrated, id);
    }
  }
  for (std::uint32_t i = 0; i < stack.databases.size(); ++i) {
    if (policy.migrations && stack.databases[i].migrate) add(changes.migrated, lang::DatabaseId{i});
  }
  std::sort(changes.migrated.begin(), changes.migrated.end());
  return {};
}

namespace {

/// Datastores that nothing describes, beside databases that are. `silent`: the services that may migrate
/// them.
Notice note_undescribed(const CompileInput& input, const std::string& to,
                        const std::vector<lang::ServiceId>& datastores, const std::string& silent) {
  const lang::Stack& stack = *input.stack;
  std::string names;
  for (const lang::ServiceId id : datastores) names += (names.empty() ? "" : ", ") + stack[id].name;
  const bool one = datastores.size() == 1;
  return {"unknown: nothing says who migrates what " + std::string(one ? "datastore " : "the datastores ") +
              names + (one ? " holds" : " hold") + "; these may when they start in " + to + ": " + silent +
              ". Say `migrates = []` in " + (one ? "service " + names : "each datastore") +
              " if nothing in it is " +
              "migrated, as in a cache; otherwise describe it with a `database` block that names it as its " +
              "`service`, or say `migrates = []` in those that change no schema",
          origin_of(input, stack[datastores.front()].span)};
}

}  // namespace

std::vector<Notice> migration_notices(const CompileInput& input, const Target& target,
                                      const Changes& changes) {
  const lang::Stack& stack = *input.stack;
  std::vector<Notice> notices;
  if (changes.gap && !changes.migrated.empty()) {
    const std::string version = changes.gap->version->text;
    notices.push_back({version +
                           " says that it changes no schema, but nothing is known of releases between " +
                           target.from + " and it, so a schema may change. Declare them, or say in release " +
                           version + " from where that holds: from = \">= " + target.from + "\"",
                       origin_of(input, changes.gap->span)});
  }
  std::string names;
  for (std::size_t i = 0; i < changes.services.size(); ++i) {
    if (changes.services[i].silent) names += (names.empty() ? "" : ", ") + stack.services[i].name;
  }
  if (names.empty()) return notices;
  if (stack.databases.empty()) {
    notices.push_back({"unknown: nothing says whether data changes when these start in " + target.to + ": " +
                           names +
                           ". Say `migrates = []` in each service that changes none; for one that does, "
                           "describe its data with a `database` block and name it in `migrates`",
                       origin_of(input, stack.span)});
  }
  for (const lang::DatabaseId id : changes.undeclared) {
    const lang::Database& database = stack[id];
    const auto& migrated = changes.migrated;
    const bool covered = std::find(migrated.begin(), migrated.end(), id) != migrated.end();
    notices.push_back({"unknown: nothing says who migrates database " + database.name +
                           "; these may when they start in " + target.to + ": " + names +
                           (covered ? ". The backup of this plan leads back" : "") +
                           ". Say `migrates = database." + database.name +
                           "` in the service that does, and `migrates = []` in those that do not",
                       origin_of(input, database.span)});
  }
  if (!stack.databases.empty() && !changes.undescribed.empty())
    notices.push_back(note_undescribed(input, target.to, changes.undescribed, names));
  return notices;
}

}  // namespace pawl::planner
