// Numbered SQL files, each applied once, in order, in its own transaction, on record in
// schema_migrations(name, applied_at).
#pragma once

#include <string>
#include <vector>

#include "examples/demo/database.h"

namespace piprio {

class Events;
class Signals;
struct Settings;

struct Migration {
  std::string name;  // the file's name without .sql: "0003_add_priority"
  std::string sql;
  bool slow = false;  // a line "-- slow": its transaction takes PIPRIO_MIGRATION_MS longer
};

/// RELEASE/migrations/*.sql by name.
std::vector<Migration> read_migrations(const std::string& release_folder);
/// Names on record, in order; empty when there is no ledger yet.
std::vector<std::string> applied_migrations(Database& database);
/// Names on record that this release does not bring: the schema is newer than the program.
std::vector<std::string> unknown_migrations(Database& database, const std::vector<Migration>& ours);
/// Whether everything this release brings is on record.
bool schema_is_current(Database& database, const std::vector<Migration>& ours);

/// Applies what is missing; one process at a time does it, others wait. Throws DatabaseError when a migration
/// fails (that one is rolled back, earlier ones stay) or when a stop was asked for in the middle of one.
void migrate(Database& database, const std::vector<Migration>& ours, const Events& events, Signals& signals);

}  // namespace piprio
