#include "planner/plans/way_back.h"

#include <algorithm>

#include "planner/pass/data_use.h"

namespace pawl::planner {
namespace {

constexpr std::size_t kStampLength = 15;  // "20261121-143005"

bool begun(const PastRun& past, std::size_t step) {
  return step < past.steps.size() && past.steps[step] != PastRun::Step::NotBegun;
}

/// A step had begun that says this of `name`: `said` is Effects::migrates or Effects::touches.
bool may_have(std::vector<std::string> Effects::*said, const PastRun& past, const std::string& name) {
  for (std::size_t i = 0; i < past.plan->steps.size(); ++i) {
    const std::vector<std::string>& names = past.plan->steps[i].effects.*said;
    if (begun(past, i) && std::find(names.begin(), names.end(), name) != names.end()) return true;
  }
  return false;
}

/// A failed migration leaves nothing behind: schema changes are part of the transaction (PostgreSQL manual,
/// "Transactional DDL"; SQLite, "Atomic Commit"). MySQL and MariaDB commit each statement by itself.
bool undoes_half_a_migration(lang::Database::Engine engine) {
  return engine == lang::Database::Engine::Postgres || engine == lang::Database::Engine::Sqlite;
}

/// Why the database must be taken for changed; empty when its ledger says that it is not.
std::string moved_because(const lang::Database& database, const DatabaseState* before,
                          const DatabaseState* now) {
  if (!database.ledger) return "it has no ledger that could say whether its schema has changed";
  if (!before || !before->reachable) return "its ledger was not known before the upgrade";
  if (!now || !now->reachable) return "its ledger cannot be read now";
  if (now->applied != before->applied) {
    const std::size_t more = now->applied.size() - std::min(now->applied.size(), before->applied.size());
    const std::string last = now->applied.empty() ? "" : ", up to " + now->applied.back();
    return more == 0 ? "its ledger is not what it was before the upgrade"
                     : std::to_string(more) + (more == 1 ? " migration has" : " migrations have") +
                           " been applied" + last;
  }
  if (now->applied.empty())
    return "its ledger names no migration, so it may not be the one that is written to";
  if (!undoes_half_a_migration(database.engine))
    return "a migration that failed halfway is not in its ledger, and this engine does not undo it";
  return "";
}

/// The backup of the run is complete: its step finished, with a bundle of its own or with one that was young
/// enough.
const BundleState* bundle_of(const CompileInput& input, const PastRun& past) {
  const auto& steps = past.plan->steps;
  bool backed_up = false;
  bool drilled = false;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool finished = i < past.steps.size() && past.steps[i] == PastRun::Step::Finished;
    backed_up = backed_up || (steps[i].kind == StepKind::Backup && finished);
    drilled = drilled || (steps[i].kind == StepKind::Drill && finished);
  }
  if (!backed_up) return nullptr;
  const auto newest = [&](bool only_drilled) {
    return bundle_before(*input.snapshot, past.plan->from, past.stamp, only_drilled);
  };
  const BundleState* proved = drilled ? newest(true) : nullptr;
  return proved ? proved : newest(false);
}

/// `id`: a DatabaseId or a FilesId.
template <class Id>
bool in_bundle(const CompileInput& input, Id id) {
  if (!input.stack->backup) return false;
  for (const auto& item : input.stack->backup->of) {
    const auto* each = std::get_if<Id>(&item);
    if (each && *each == id) return true;
  }
  return false;
}

/// An action of the manifest's own makes a part of the backup, and another puts it back.
bool saved_by_action(const CompileInput& input) {
  if (!input.stack->backup || !input.stack->backup->restore) return false;
  const auto& of = input.stack->backup->of;
  return std::any_of(of.begin(), of.end(),
                     [](const auto& item) { return std::holds_alternative<lang::Action>(item); });
}

/// Where the run went; empty when its plan names no versions.
std::optional<Target> target_of(const PastRun& past) {
  const auto from = lang::Version::parse(past.plan->from), to = lang::Version::parse(past.plan->to);
  if (!from || !to) return std::nullopt;
  Target target;
  target.from = past.plan->from;
  target.to = past.plan->to;
  target.from_version = *from;
  target.to_version = *to;
  return target;
}

/// Where the files of a server were when the run was planned.
std::string files_of(const Snapshot& snapshot, const lang::Stack& stack, lang::ServiceId service) {
  for (const lang::Database& database : stack.databases) {
    const DatabaseState* state = snapshot.database(database.name);
    if (database.service == service && state && !state->server.folder_here.empty())
      return state->server.folder_here;
  }
  return "";
}

/// Its ledger has other migrations than before the run, whatever the manifest says of who migrates it.
bool has_moved(const lang::Database& database, const DatabaseState* before, const DatabaseState* now) {
  return database.ledger && before && before->reachable && now && now->reachable &&
         before->applied != now->applied;
}

/// Servers that the run has begun to move to new files.
std::vector<RebuiltServer> rebuilt_by(const CompileInput& input, const PastRun& past) {
  std::vector<RebuiltServer> out;
  for (std::size_t s = 0; s < past.plan->steps.size(); ++s) {
    if (!begun(past, s)) continue;
    for (const ServiceEffect& each : past.plan->steps[s].effects.services) {
      if (!each.rebuilds) continue;
      for (std::uint32_t i = 0; i < input.stack->services.size(); ++i) {
        if (input.stack->services[i].name != each.service) continue;
        out.push_back({lang::ServiceId{i}, files_of(past.plan->snapshot, *input.stack, lang::ServiceId{i}),
                       past.steps[s] == PastRun::Step::Finished});
      }
    }
  }
  return out;
}

tl::unexpected<Refusal> refuse_no_way(const CompileInput& input, const PastRun& past, lang::DatabaseId id,
                                      const std::string& because) {
  const lang::Database& database = (*input.stack)[id];
  std::string what = "There is no safe way back to " + past.plan->from + ": database " + database.name +
                     " may have the schema of " + past.plan->to + " (" + because + "), and run " +
                     std::to_string(past.number) + " made no bundle of it that is still there.";
  std::string fix = "Mend the cause and go on: pawl apply --resume";
  if (database.down && database.down_loses_data) fix += "; or, losing data: pawl rollback --lossy-down";
  return refuse(std::move(what), std::move(fix));
}

}  // namespace

const BundleState* bundle_before(const Snapshot& snapshot, const std::string& version,
                                 const std::string& stamp, bool only_drilled) {
  for (const BundleState& bundle : snapshot.bundles) {  // newest first
    if (bundle.version != version || bundle.name.size() < kStampLength) continue;
    if (only_drilled && !bundle.drilled) continue;
    if (bundle.name.substr(bundle.name.size() - kStampLength) <= stamp) return &bundle;
  }
  return nullptr;
}

bool WayBack::touches_data() const {
  return !files.empty() || std::any_of(databases.begin(), databases.end(), [](const DatabaseWay& each) {
    return each.kind != DatabaseWay::Kind::Watch;
  });
}

Pass<WayBack> find_way_back(const CompileInput& input, const PastRun& past, bool lossy_down) {
  WayBack out;
  const std::optional<Target> went = target_of(past);
  // Nothing migrates back across a release that is one way.
  const bool one_way = !went || one_way_release(*input.stack, *went);
  // What an earlier run had begun to bring to the newer version. The backup of this one holds it so; only a
  // bundle from before that run leads back.
  const std::vector<std::string> ahead =
      went ? schemas_ahead(*input.stack, past.plan->snapshot, *went) : std::vector<std::string>();
  const BundleState* bundle = ahead.empty()
                                  ? bundle_of(input, past)
                                  : bundle_before(*input.snapshot, past.plan->from, past.stamp, false);
  out.rebuilt = rebuilt_by(input, past);
  for (std::uint32_t i = 0; i < input.stack->databases.size(); ++i) {
    const lang::Database& database = input.stack->databases[i];
    if (database.service &&
        std::any_of(out.rebuilt.begin(), out.rebuilt.end(),
                    [&](const RebuiltServer& each) { return each.service == *database.service; })) {
      out.databases.push_back({lang::DatabaseId{i},
                               DatabaseWay::Kind::PutBack,
                               {},
                               false,
                               "its server has new files since, and the old ones come back"});
      continue;
    }
    const bool touched = may_have(&Effects::touches, past, database.name);
    const DatabaseState* before = past.plan->snapshot.database(database.name);
    const DatabaseState* now = input.snapshot->database(database.name);
    const bool is_ahead = std::find(ahead.begin(), ahead.end(), database.name) != ahead.end();
    const bool said = touched || is_ahead || may_have(&Effects::migrates, past, database.name);
    if (!said && !has_moved(database, before, now)) continue;
    DatabaseWay way{lang::DatabaseId{i}, DatabaseWay::Kind::Watch,
                    before ? before->applied : std::vector<std::string>(), !is_ahead, ""};
    way.because = touched    ? "a step of the manifest's own may have changed what it holds"
                  : is_ahead ? "an earlier upgrade did not finish and had begun to migrate it"
                             : moved_because(database, before, now);
    if (!said) way.because += ", although nothing in the manifest says that it is migrated";
    if (way.because.empty()) {
      way.because = "its ledger has not moved";
    } else if (!touched && !is_ahead && !one_way && database.down &&
               (!database.down_loses_data || lossy_down)) {
      way.kind = DatabaseWay::Kind::Down;
    } else if (bundle && (in_bundle(input, way.database) || saved_by_action(input))) {
      way.kind = DatabaseWay::Kind::Restore;
      way.by_action = !in_bundle(input, way.database);
      out.bundle = bundle;
    } else {
      return refuse_no_way(input, past, way.database, way.because);
    }
    out.databases.push_back(std::move(way));
  }
  for (std::uint32_t i = 0; i < input.stack->files.size(); ++i) {
    const std::string& name = input.stack->files[i].name;
    if (!may_have(&Effects::touches, past, name)) continue;
    if (!bundle || !in_bundle(input, lang::FilesId{i}))
      return refuse("There is no safe way back to " + past.plan->from +
                        ": a step of the manifest's own may " + "have changed what " + name +
                        " holds, and run " + std::to_string(past.number) +
                        " made no bundle of it that is still there.",
                    "Mend the cause and go on: pawl apply --resume");
    out.files.push_back({i});
    out.bundle = bundle;
  }
  return out;
}

}  // namespace pawl::planner
