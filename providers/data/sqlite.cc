#include "providers/data/sqlite.h"

#include "providers/data/ledger.h"

namespace pawl::providers {
namespace {

using lang::Text;

constexpr std::string_view kNoTable = "no such table";

/// -init /dev/null: nobody's .sqliterc. Somebody else's write may hold the file for a moment.
std::vector<Text> sqlite3(const lang::Database& database, std::initializer_list<std::string_view> commands) {
  std::vector<Text> argv = data::words({"sqlite3", "-init", "/dev/null", "-readonly", "-batch", "-bail",
                                        "-noheader", "-list", "-cmd", ".timeout 10000"});
  argv.push_back(database.path);
  for (const std::string_view command : commands) argv.emplace_back(std::string(command));
  return argv;
}

}  // namespace

std::vector<Text> SqliteProvider::ledger_argv(const lang::Database& database) const {
  const std::string query = data::ledger_query(database);
  return query.empty() ? std::vector<Text>() : sqlite3(database, {query});
}

std::vector<Text> SqliteProvider::size_argv(const lang::Database& database) const {
  return sqlite3(database, {"SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                            "SELECT sqlite_version()"});
}

std::vector<Text> SqliteProvider::dump_argv(const lang::Database& database) const {
  return sqlite3(database,
                 {"BEGIN",
                  // abs of the smallest integer overflows: the way to fail from a query.
                  "SELECT abs(-9223372036854775808) FROM pragma_quick_check WHERE quick_check <> 'ok'",
                  // What .dump leaves out and applications rely on.
                  "SELECT 'PRAGMA user_version=' || user_version || ';' FROM pragma_user_version",
                  "SELECT 'PRAGMA application_id=' || application_id || ';' FROM pragma_application_id",
                  "SELECT 'PRAGMA journal_mode=' || journal_mode || ';' FROM pragma_journal_mode "
                  "WHERE journal_mode = 'wal'",
                  ".dump --preserve-rowids"});
}

planner::Result<void> SqliteProvider::read(const lang::Database& database, const planner::Answer* ledger,
                                           const planner::Answer* size, planner::DatabaseState& state) const {
  state.database = database.name;
  if (size && !data::read_size(*size, state)) return {};
  if (!ledger) return {};
  if (ledger->ok && ledger->exit_code == 0) {
    state.reachable = true;
    state.applied = data::rows_of(ledger->output);
  } else if (ledger->ok && ledger->error.find(kNoTable) != std::string::npos) {
    state.reachable = true;  // no migration has run yet
  } else {
    state.reachable = false;
    state.detail = "its ledger cannot be read: " + data::first_line(ledger->error);
  }
  return {};
}

}  // namespace pawl::providers
