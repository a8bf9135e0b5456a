#include "examples/demo/migrations.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "examples/demo/clock.h"
#include "examples/demo/events.h"
#include "examples/demo/settings.h"
#include "examples/demo/signals.h"

namespace piprio {
namespace {

Migration read_migration(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  if (!(text << file.rdbuf())) throw std::runtime_error("cannot read " + path.string());
  Migration migration{path.stem().string(), text.str(), false};
  migration.slow = ("\n" + migration.sql).find("\n-- slow") != std::string::npos;
  return migration;
}

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The work that a real migration would spend on rows. It comes before the first statement, so that no lock
/// is held meanwhile.
void take_time(const Migration& migration, Signals& signals) {
  if (!migration.slow) return;
  signals.wait(environment_ms("PIPRIO_MIGRATION_MS", 150));
  if (signals.stopping()) throw DatabaseError("stopped in the middle of it");
}

void apply(Database& database, const Migration& migration, Signals& signals) {
  Transaction transaction(database);
  take_time(migration, signals);
  database.script(migration.sql);
  database.query("INSERT INTO schema_migrations (name, applied_at) VALUES ($1, $2)",
                 {migration.name, now_utc()});
  transaction.commit();
}

void apply_on_record(Database& database, const Migration& migration, const Events& events, Signals& signals) {
  const std::int64_t began = monotonic_us();
  events.write("migration_began", JsonObject().text("migration", migration.name));
  try {
    apply(database, migration, signals);
  } catch (const DatabaseError& error) {
    events.write("migration_failed",
                 JsonObject().text("migration", migration.name).text("error", error.what()));
    std::cerr << "migration " << migration.name << " failed and was rolled back: " << error.what()
              << std::endl;
    throw DatabaseError("migration " + migration.name + " failed: " + error.what());
  }
  const std::int64_t took = (monotonic_us() - began) / 1000;
  events.write("migration_done", JsonObject().text("migration", migration.name).number("ms", took));
  std::cout << "migration " << migration.name << " applied in " << took << " ms" << std::endl;
}

void wait_for_lock(Database& database, Signals& signals) {
  while (!database.try_migration_lock()) {
    signals.wait(Milliseconds(50));
    if (signals.stopping()) throw DatabaseError("stopped while another process migrates");
  }
}

}  // namespace

std::vector<Migration> read_migrations(const std::string& release_folder) {
  std::vector<Migration> migrations;
  for (const auto& entry : std::filesystem::directory_iterator(release_folder + "/migrations"))
    if (entry.path().extension() == ".sql") migrations.push_back(read_migration(entry.path()));
  std::sort(migrations.begin(), migrations.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return migrations;
}

std::vector<std::string> applied_migrations(Database& database) {
  std::vector<std::string> names;
  if (!database.has_table("schema_migrations")) return names;
  for (const Row& row : database.query("SELECT name FROM schema_migrations ORDER BY name"))
    names.push_back(row[0]);
  return names;
}

std::vector<std::string> unknown_migrations(Database& database, const std::vector<Migration>& ours) {
  std::vector<std::string> unknown;
  for (const std::string& name : applied_migrations(database))
    if (std::none_of(ours.begin(), ours.end(), [&](const Migration& m) { return m.name == name; }))
      unknown.push_back(name);
  return unknown;
}

bool schema_is_current(Database& database, const std::vector<Migration>& ours) {
  const std::vector<std::string> applied = applied_migrations(database);
  return std::all_of(ours.begin(), ours.end(), [&](const Migration& m) { return contains(applied, m.name); });
}

void migrate(Database& database, const std::vector<Migration>& ours, const Events& events, Signals& signals) {
  if (schema_is_current(database, ours))
    return;  // no lock, so that nobody takes a plain restart for a migration
  wait_for_lock(database, signals);
  database.script(
      "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)");
  const std::vector<std::string> applied = applied_migrations(database);
  try {
    for (const Migration& migration : ours) {
      if (contains(applied, migration.name))
        std::cout << "migration " << migration.name << " skipped: it is applied" << std::endl;
      else
        apply_on_record(database, migration, events, signals);
    }
  } catch (const DatabaseError&) {
    database.release_migration_lock();
    throw;
  }
  database.release_migration_lock();
}

}  // namespace piprio
