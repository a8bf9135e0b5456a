#include "planner/plans/way_back.h"

#include <algorithm>

namespace pawl::planner {
namespace {

using Kind = DatabaseWay::Kind;

constexpr std::size_t kStampLength = 15;  // "20261121-143005"

bool begun(const PastRun& past, std::size_t step) {
  return step < past.steps.size() && past.steps[step] != PastRun::Step::NotBegun;
}

/// A step that may change this database had begun.
bool may_have_migrated(const PastRun& past, const std::string& database) {
  for (std::size_t i = 0; i < past.plan->steps.size(); ++i) {
    const std::vector<std::string>& migrates = past.plan->steps[i].effects.migrates;
    if (begun(past, i) && std::find(migrates.begin(), migrates.end(), database) != migrates.end())
      return true;
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

bool in_bundle(const CompileInput& input, lang::DatabaseId database) {
  if (!input.stack->backup) return false;
  for (const auto& item : input.stack->backup->of) {
    const auto* id = std::get_if<lang::DatabaseId>(&item);
    if (id && *id == database) return true;
  }
  return false;
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
  return std::any_of(databases.begin(), databases.end(),
                     [](const DatabaseWay& each) { return each.kind != Kind::Watch; });
}

Pass<WayBack> find_way_back(const CompileInput& input, const PastRun& past, bool lossy_down) {
  WayBack out;
  const BundleState* bundle = bundle_of(input, past);
  for (std::uint32_t i = 0; i < input.stack->databases.size(); ++i) {
    const lang::Database& database = input.stack->databases[i];
    if (!may_have_migrated(past, database.name)) continue;
    const DatabaseState* before = past.plan->snapshot.database(database.name);
    DatabaseWay way{lang::DatabaseId{i}, Kind::Watch, before ? before->applied : std::vector<std::string>(),
                    ""};
    way.because = moved_because(database, before, input.snapshot->database(database.name));
    if (way.because.empty()) {
      way.because = "its ledger has not moved";
    } else if (database.down && (!database.down_loses_data || lossy_down)) {
      way.kind = Kind::Down;
    } else if (bundle && in_bundle(input, way.database)) {
      way.kind = Kind::Restore;
      out.bundle = bundle;
    } else {
      return refuse_no_way(input, past, way.database, way.because);
    }
    out.databases.push_back(std::move(way));
  }
  return out;
}

}  // namespace pawl::planner
