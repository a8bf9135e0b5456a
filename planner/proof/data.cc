// Invariants about data: a backup before a schema changes, and nobody who cannot read what is there (2 and
// 3).
#include <algorithm>

#include "planner/proof/rules.h"

namespace pawl::planner {
namespace {

using Kind = lang::DiagnosticKind;
using Found = std::optional<Violation>;

std::string version_of(const Facts& facts, const lang::Service& service) {
  return facts.of(service).old_version;
}

/// "worker 2 and 3", "worker" when it has one instance: the `count` that are replaced last.
std::string instances_text(const Facts& facts, const lang::Service& service, int count) {
  const std::vector<int>& all = facts.of(service).old_ones;
  if (facts.of(service).up <= 1) return service.name;
  std::string out = service.name + " ";
  const std::size_t first = all.size() - std::min(all.size(), static_cast<std::size_t>(count));
  for (std::size_t i = first; i < all.size(); ++i) {
    if (i > first) out += i + 1 == all.size() ? " and " : ", ";
    out += std::to_string(all[i]);
  }
  return out;
}

/// What the service's block could say so that everything stops before anything starts; empty: nothing.
std::string how_to_stop_first(const Facts& facts, const lang::Service& service) {
  const Traits traits = traits_of(facts.input, service);
  return traits.moves == Traits::Moves::StopsFirst ? "" : traits.stops_first_when;
}

lang::Diagnostic::Note one_way_note(const Facts& facts) {
  return {"release " + facts.one_way->version->text + " says `one_way`", facts.one_way->span};
}

}  // namespace

// ---------------------------------------------------------------- 2

Found backup_before_schema(const Facts& facts, std::uint32_t step, const Moment& moment) {
  if (!facts.policy.backup || facts.rolling_back()) return std::nullopt;
  for (const std::size_t d : facts.schemas[step]) {
    const std::string& name = facts.stack.databases[d].name;
    const DatabaseFacts& database = facts.databases[d];
    const bool drill = facts.stack.backup && facts.stack.backup->drill;
    const bool saved = database.backups.any_finished(moment);
    if (saved && (!drill || facts.drills.any_finished(moment))) continue;
    const Group& missing = saved ? facts.drills : database.backups;
    Violation found = violation(
        Kind::SchemaWithoutBackup, step,
        "may change the schema of " + name + ", and " +
            (missing.empty() ? saved ? "the backup was never drilled" : "no step backs " + name + " up"
                             : step_name(facts.plan, missing.all().front()) + " is not finished by then"),
        saved ? "the manifest wants the backup proved by a drill before a schema changes"
              : "a schema changes only when there is a backup to come back to, or a policy says otherwise",
        "add `database." + name +
            "` to `of` of the backup block, or say in a policy that this class needs "
            "none: on " +
            std::string(lang::name(facts.target.hop)) + " { backup = skip }");
    if (!missing.empty()) {
      found.other = missing.all().front();
      found.fix = "take away the `after` or `before` that puts it there";
    } else if (saved) {
      found.fix = "say `drill = false`, or let the plan drill the bundle";
    }
    const std::vector<std::string>& said = facts.plan.steps[step].effects.migrates;
    if (facts.one_way && std::find(said.begin(), said.end(), name) == said.end())
      found.notes.push_back(one_way_note(facts));
    return found;
  }
  return std::nullopt;
}

// ---------------------------------------------------------------- 3

namespace {

Violation left_behind(const Facts& facts, std::uint32_t step, const std::string& database,
                      const lang::Service& reader, int count, const Moment& moment) {
  const ServiceFacts& reads = facts.of(reader);
  const std::string who = instances_text(facts, reader, count);
  const bool several = count > 1 && reads.up > 1;
  Violation found = violation(
      Kind::UnreadableData, step,
      "may change the schema of " + database + " while " + who + " still run" + (several ? " " : "s ") +
          version_of(facts, reader) + ", which cannot read it then",
      "release " + facts.one_way->version->text + " says that older versions cannot run against its data",
      "");
  found.notes.push_back(one_way_note(facts));
  found.notes.push_back({"`" + reader.name + "` reads the database", reader.span});
  for (const Event& event : reads.events) {
    if (moment.finished(event.step) || event.step == step || (!event.effect.stops && !event.effect.moves))
      continue;
    found.other = event.step;
    break;
  }
  if (!reads.returns) {
    found.fix = "let its image or release follow the version, so that it moves too, or stop `" + reader.name +
                "` before you upgrade and take it out of the manifest";
  } else {
    found.fix = "take away the `after` or `before` that puts it there: by itself pawl stops `" + reader.name +
                "` before the schema changes";
    if (const std::string word = how_to_stop_first(facts, reader); !word.empty())
      found.fix += ", and `" + word + "` stops every service before it";
  }
  return found;
}

/// Old code against the new schema, when the schema changes.
Found old_code_meets_change(const Facts& facts, std::uint32_t step, const Moment& moment) {
  if (!facts.one_way || facts.rolling_back()) return std::nullopt;
  for (const std::size_t d : facts.schemas[step]) {
    // If it had begun before, everybody was asked then, and whoever has moved since stays moved.
    if (facts.databases[d].changes.any_begun_before(step, moment)) continue;
    for (const lang::Service& reader : facts.stack.services) {
      if (!facts.of(reader).uses || reader.role == lang::Role::Migrator) continue;
      // What the step itself replaces is gone before its successor starts.
      const ServiceEffect* itself = facts.plan.steps[step].effects.on(reader.name);
      const int left = facts.old_up(reader, moment) - (itself ? itself->down : 0);
      if (left > 0) return left_behind(facts, step, facts.stack.databases[d].name, reader, left, moment);
    }
  }
  return std::nullopt;
}

/// Old code against the new schema, when the old code starts.
Found old_code_starts(const Facts& facts, std::uint32_t step, const Touched& touched, const Moment& moment) {
  const lang::Service* service = touched.service;
  const ServiceEffect& effect = *touched.effect;
  if (!facts.one_way || !facts.of(*service).uses) return std::nullopt;
  const bool starts_old = facts.rolling_back()
                              ? effect.moves
                              : !effect.moves && effect.starts && !facts.of(*service).old_ones.empty();
  if (!starts_old) return std::nullopt;
  for (std::size_t d = 0; d < facts.databases.size(); ++d) {
    const DatabaseFacts& database = facts.databases[d];
    if (!database.ahead && !database.changes.any_begun(moment)) continue;
    if (facts.rolling_back() && database.restores.any_finished(moment)) continue;
    const std::string version = facts.rolling_back() ? facts.target.to : version_of(facts, *service);
    Violation found = violation(
        Kind::UnreadableData, step,
        "starts " + service->name + " in " + version + ", which cannot read the schema " +
            facts.stack.databases[d].name + " may have by then",
        "release " + facts.one_way->version->text + " says that older versions cannot run against its data",
        facts.rolling_back() ? "restore a bundle from before with the rollback"
                             : "let its image or release follow the version, so that it moves too");
    found.notes.push_back(one_way_note(facts));
    return found;
  }
  return std::nullopt;
}

/// New code that needs a schema which a step of its own brings: known where the manifest has such a step.
Found new_code_waits_for_schema(const Facts& facts, std::uint32_t step, const Touched& touched,
                                const Moment& moment) {
  const lang::Service* service = touched.service;
  if (facts.rolling_back() || !touched.effect->moves) return std::nullopt;
  if (!facts.of(*service).uses || service->role == lang::Role::Migrator) return std::nullopt;
  for (std::size_t d = 0; d < facts.databases.size(); ++d) {
    const lang::Database& database = facts.stack.databases[d];
    const auto& migrates = service->migrates;
    const bool itself =
        std::any_of(migrates.begin(), migrates.end(), [&](lang::DatabaseId id) { return id.value == d; });
    const bool inside = database.migrate && std::holds_alternative<lang::ExecIn>(database.migrate->how);
    if (itself || inside || facts.databases[d].own.all_finished(moment)) continue;
    const std::uint32_t late = facts.databases[d].own.all().front();
    Violation found =
        violation(Kind::UnreadableData, step,
                  "starts " + service->name + " in " + facts.target.to + " before " +
                      step_name(facts.plan, late) + " has brought the schema of " + database.name + " there",
                  "a release that comes with a migration relies on the schema the migration makes",
                  "take away the `after` or `before` that puts it there: by itself pawl migrates first");
    found.other = late;
    return found;
  }
  return std::nullopt;
}

/// Nobody works on a database while its content is exchanged.
Found nobody_during_restore(const Facts& facts, std::uint32_t step, const Moment& moment) {
  if (facts.restored[step].empty()) return std::nullopt;
  for (const lang::Service& service : facts.stack.services) {
    if (!facts.of(service).uses || facts.up(service, moment) == 0) continue;
    if (runs_once(service)) continue;
    return violation(Kind::UnreadableData, step,
                     "restores " + facts.stack.databases[facts.restored[step].front()].name + " while " +
                         service.name + " may still run",
                     "what it writes meanwhile would be lost, and what it reads would change under it",
                     "stop `" + service.name + "` before the restore");
  }
  return std::nullopt;
}

}  // namespace

Found everybody_can_read(const Facts& facts, std::uint32_t step, const Moment& moment) {
  if (auto found = old_code_meets_change(facts, step, moment)) return found;
  for (const Touched& touched : facts.touched[step]) {
    if (auto found = old_code_starts(facts, step, touched, moment)) return found;
    if (auto found = new_code_waits_for_schema(facts, step, touched, moment)) return found;
  }
  return nobody_during_restore(facts, step, moment);
}

}  // namespace pawl::planner
