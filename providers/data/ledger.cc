#include "providers/data/ledger.h"

#include <charconv>

namespace pawl::providers::data {
namespace {

using Framework = lang::Ledger::Framework;

/// A fixed query for each tool, with the place that says what its table means.
std::string_view framework_query(Framework framework) {
  switch (framework) {
    case Framework::Alembic:
      // The heads of the revision tree that the database is at, usually one (alembic.sqlalchemy.org,
      // Tutorial).
      return "SELECT version_num FROM alembic_version ORDER BY version_num";
    case Framework::Prisma:
      // A failed one has no finished_at; one resolved as rolled back has rolled_back_at (prisma.io, Migrate:
      // "About the migrations table").
      return "SELECT migration_name FROM _prisma_migrations "
             "WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL "
             "ORDER BY started_at, migration_name";
    case Framework::Ecto:
      // Ecto.Migrator inserts a version once it is up and deletes it once it is down (hexdocs.pm/ecto_sql).
      return "SELECT version FROM schema_migrations ORDER BY version";
    case Framework::Rails:
      // Likewise, as text (Rails guides, Active Record Migrations).
      return "SELECT version FROM schema_migrations ORDER BY version";
    case Framework::Django:
      // One row per app and migration; unapplying removes it (django.db.migrations.recorder).
      return "SELECT app || '.' || name FROM django_migrations ORDER BY id";
    case Framework::Flyway:
      // success is false for a failed one; an undo or delete adds a row of its own; a repeatable migration
      // has no version and a row for every run; a schema that Flyway made itself has a row of type SCHEMA,
      // which is not a migration (documentation.red-gate.com, Flyway schema history table).
      return "SELECT COALESCE(version, 'R: ' || description) FROM flyway_schema_history AS h "
             "WHERE success AND type NOT LIKE 'UNDO%' AND type NOT IN ('DELETE', 'SCHEMA') AND NOT EXISTS "
             "(SELECT 1 FROM flyway_schema_history AS later WHERE later.success "
             "AND later.installed_rank > h.installed_rank AND ((h.version IS NULL "
             "AND later.version IS NULL AND later.description = h.description) "
             "OR (later.version = h.version "
             "AND (later.type LIKE 'UNDO%' OR later.type = 'DELETE')))) ORDER BY installed_rank";
    case Framework::Liquibase:
      // exectype tells what happened; a change set is named by file, id and author (docs.liquibase.com,
      // DATABASECHANGELOG). It writes the table's name in capitals, as PostgreSQL and SQLite read it too.
      return "SELECT filename || '::' || id || '::' || author FROM DATABASECHANGELOG "
             "WHERE exectype IN ('EXECUTED', 'RERAN', 'MARK_RAN') ORDER BY orderexecuted, filename, id";
    case Framework::GolangMigrate:
      // One row: the version the schema is at, dirty when that migration did not end (golang-migrate, FAQ).
      return "SELECT version || CASE WHEN dirty THEN ' (dirty)' ELSE '' END FROM schema_migrations";
    case Framework::Table:
    case Framework::Exec:
      break;
  }
  return {};
}

}  // namespace

std::string quoted_identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string quoted_table(std::string_view table) {
  const auto dot = table.find('.');
  if (dot == std::string_view::npos) return quoted_identifier(table);
  return quoted_identifier(table.substr(0, dot)) + "." + quoted_identifier(table.substr(dot + 1));
}

std::string ledger_query(const lang::Database& database) {
  if (!database.ledger) return {};
  const lang::Ledger& ledger = *database.ledger;
  if (ledger.framework != Framework::Table) return std::string(framework_query(ledger.framework));
  // Qualified, because SQLite reads a bare "name" that is not a column as text.
  const std::string column = "ledger." + quoted_identifier(ledger.column);
  return "SELECT " + column + " FROM " + quoted_table(ledger.table) + " AS ledger ORDER BY " + column;
}

std::vector<std::string> rows_of(std::string_view output) {
  std::vector<std::string> rows;
  while (!output.empty()) {
    const auto end = output.find('\n');
    std::string_view row = output.substr(0, end);
    if (row.ends_with('\r')) row.remove_suffix(1);
    if (!row.empty()) rows.emplace_back(row);
    output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
  }
  return rows;
}

std::string first_line(std::string_view text) {
  const auto rows = rows_of(text);
  return rows.empty() ? std::string() : rows.front();
}

int major_of(std::string_view version) {
  int number = 0;
  std::from_chars(version.data(), version.data() + version.size(), number);
  return number;
}

namespace {

bool read_size(const planner::Answer& size, std::string (*complaint)(std::string_view error),
               planner::DatabaseState& state) {
  const auto rows = rows_of(size.output);
  state.reachable = false;
  if (!size.ok || size.exit_code != 0 || rows.size() < 2) {
    state.detail = complaint(size.error);
    if (state.detail.empty())
      state.detail = "its size could not be asked (exit code " + std::to_string(size.exit_code) + ")";
    return false;
  }
  const std::string& digits = rows[0];
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), state.bytes);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    state.detail = "its size reads `" + digits + "`, which is not a number";
    return false;
  }
  state.server_version = rows[1];
  state.reachable = true;
  return true;
}

}  // namespace

void read_state(const lang::Database& database, const planner::Answer* ledger, const planner::Answer* size,
                std::string_view no_table, std::string (*complaint)(std::string_view error),
                planner::DatabaseState& state) {
  state.database = database.name;
  if (size && !read_size(*size, complaint, state)) return;
  if (!ledger) return;
  const bool said = ledger->ok && ledger->exit_code == 0;
  state.reachable = said || (ledger->ok && ledger->error.find(no_table) != std::string::npos);
  if (said) state.applied = rows_of(ledger->output);
  if (!state.reachable) state.detail = "its ledger cannot be read: " + complaint(ledger->error);
}

std::string quoted_string(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + '\'';
}

std::string name_of(const lang::Text& text) {
  std::string out;
  for (const lang::Piece& piece : text.pieces) {
    const auto* literal = std::get_if<lang::Literal>(&piece);
    out += literal ? literal->text : "{run}";
  }
  return out;
}

planner::ServerProgram run_what_is_printed(std::string_view option, std::string query,
                                           const std::vector<lang::Text>& client) {
  auto argv = words(
      {"sh", "-c", R"sh(option=$1 query=$2; shift 2; "$@" "$option" "$query" | "$@" || :)sh", "sh", option});
  argv.emplace_back(std::move(query));
  argv.insert(argv.end(), client.begin(), client.end());
  return {std::move(argv)};
}

std::string without_run(const lang::Text& name) {
  const std::string whole = name_of(name);
  return whole.substr(0, whole.rfind("{run}"));
}

std::vector<lang::Text> words(std::initializer_list<std::string_view> literals) {
  std::vector<lang::Text> out;
  for (const std::string_view literal : literals) out.emplace_back(std::string(literal));
  return out;
}

}  // namespace pawl::providers::data
