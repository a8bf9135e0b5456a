#include "providers/data/sqlite.h"

#include "providers/data/ledger.h"

namespace pawl::providers {
namespace {

using lang::Text;

constexpr std::string_view kNoTable = "no such table";

constexpr planner::Duration kLong = std::chrono::hours(24);

/// Rows are the cells of a table's leaf pages; a table WITHOUT ROWID is an index, with rows on every page.
/// SQL cannot count in a table whose name is a value, and this is one read of the file.
constexpr std::string_view kCensus =
    "SELECT t.name || char(9) || CASE WHEN l.wr THEN s.cells ELSE s.leaves END AS line "
    "FROM sqlite_schema AS t JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = t.name "
    "JOIN (SELECT name, sum(ncell) AS cells, sum(CASE pagetype WHEN 'leaf' THEN ncell ELSE 0 END) AS leaves "
    "FROM dbstat GROUP BY name) AS s ON s.name = t.name "
    "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name";

/// As an argument of a dot command.
std::string quoted_path(const std::string& path) {
  std::string out = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// The file as a URI that opens what is there and makes nothing.
std::string existing(const std::string& path) {
  std::string out = "file:";
  for (const char c : path) {
    if (c == '%') {
      out += "%25";
    } else if (c == '?') {
      out += "%3f";
    } else if (c == '#') {
      out += "%23";
    } else {
      out += c;
    }
  }
  return out + "?mode=rw";
}

std::string path_of(const lang::Database& database) {
  return data::name_of(database.path);
}

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

std::string SqliteProvider::no_ledger() const {
  return std::string(kNoTable);
}

std::vector<Text> SqliteProvider::size_argv(const lang::Database& database) const {
  return sqlite3(database, {"SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                            "SELECT sqlite_version()"});
}

std::vector<Text> SqliteProvider::dump_argv(const lang::Database& database) const {
  return sqlite3(database,
                 {"BEGIN",
                  // Of the very state that is dumped.
                  "SELECT '-- rows ' || replace(line, char(10), ' ') FROM (" + std::string(kCensus) + ")",
                  // abs of the smallest integer overflows: the way to fail from a query.
                  "SELECT abs(-9223372036854775808) FROM pragma_quick_check WHERE quick_check <> 'ok'",
                  // What .dump leaves out and applications rely on.
                  "SELECT 'PRAGMA user_version=' || user_version || ';' FROM pragma_user_version",
                  "SELECT 'PRAGMA application_id=' || application_id || ';' FROM pragma_application_id",
                  "SELECT 'PRAGMA journal_mode=' || journal_mode || ';' FROM pragma_journal_mode "
                  "WHERE journal_mode = 'wal'",
                  ".dump --preserve-rowids"});
}

/// A dump that ends early has no COMMIT, one that met a mistake has a ROLLBACK. The counts are its first
/// lines.
std::vector<planner::DataStep> SqliteProvider::check_dump(const std::string& path,
                                                          const std::string& rows) const {
  planner::Command counts;
  counts.process.argv = data::words({"sed", "-n", "-e", "/^-- rows /!q", "-e", "s///p"});
  counts.process.argv.push_back(planner::with_run(path));
  counts.stdout_file = rows;
  planner::QueryCommand last;
  last.process.argv = data::words({"tail", "-n", "1"});
  last.process.argv.push_back(planner::with_run(path));
  planner::Await whole;
  whole.condition.question = std::move(last);
  whole.condition.expect.matches = "^COMMIT;";
  whole.condition.means = "the dump is complete: it ends with COMMIT";
  whole.within = planner::Duration(0);
  return {planner::Instruction(std::move(whole)), planner::Instruction(std::move(counts))};
}

std::vector<Text> SqliteProvider::census_argv(const lang::Database& database) const {
  return sqlite3(database, {kCensus});
}

planner::Result<lang::Database> SqliteProvider::beside(const lang::Database& database,
                                                       std::string_view purpose) const {
  if (database.service || database.on) {
    return lang::failure(
        "Database " + database.name + " is a SQLite file " +
            (database.on ? "on another host" : "inside a service") + ", where it cannot be restored.",
        "Leave `service` and `on` out of its block and give the `path` the file has on this machine.");
  }
  if (database.path.empty() || !database.path.is_literal()) {
    return lang::failure("Database " + database.name + " has no path that a restore could use.",
                         "Say path = \"…\" in its block, in plain text.");
  }
  lang::Database out = database;
  out.path = planner::with_run(planner::holding_folder(database.path.shown()) + "/" + std::string(purpose));
  return out;
}

std::vector<planner::DataStep> SqliteProvider::create(const lang::Database& database, const lang::Database&,
                                                      const std::string&) const {
  return {planner::Instruction(planner::MakeFolder{planner::holding_folder(path_of(database))})};
}

/// `.open --new` throws away what a load that was killed has left.
std::vector<planner::DataStep> SqliteProvider::load(const lang::Database& scratch,
                                                    const std::string& dump) const {
  auto argv = data::words({"sqlite3", "-init", "/dev/null", "-batch", "-bail", "-cmd"});
  argv.push_back(planner::with_run(".open --new " + quoted_path(path_of(scratch))));
  argv.emplace_back(":memory:");
  planner::QueryCommand check;
  check.process.argv = sqlite3(scratch, {"PRAGMA integrity_check"});
  check.timeout = kLong;
  planner::Await sound;
  sound.condition.question = std::move(check);
  sound.condition.expect.equals = "ok";
  sound.condition.means = "the restored file is sound";
  sound.within = planner::Duration(0);
  return {planner::ServerProgram{std::move(argv), dump}, planner::Instruction(std::move(sound))};
}

/// Before the file goes, what its write-ahead log holds goes into it; a log left behind would be taken for
/// the new file's. That the file cannot be read is no reason to keep it.
std::vector<planner::DataStep> SqliteProvider::swap(const lang::Database& database, const lang::Database&,
                                                    const lang::Database&, const std::string&) const {
  const std::string path = path_of(database);
  planner::Command settle;
  settle.process.argv = data::words(
      {"sqlite3", "-init", "/dev/null", "-batch", "-noheader", "-list", "-cmd", ".timeout 10000"});
  for (const std::string& word : {existing(path), std::string("SELECT count(*) FROM sqlite_schema"),
                                  std::string("PRAGMA wal_checkpoint(TRUNCATE)")})
    settle.process.argv.push_back(planner::with_run(word));
  constexpr int kError = 1, kCorrupt = 11, kCannotOpen = 14, kNotADatabase = 26;
  settle.accept = {0, kError, kCorrupt, kCannotOpen, kNotADatabase};
  planner::ExchangePaths exchange{path, planner::holding_folder(path), true, {path + "-wal"}};
  return {planner::Instruction(std::move(settle)), planner::Instruction(std::move(exchange))};
}

planner::DataQuestion SqliteProvider::swapped(const lang::Database& database, const lang::Database&) const {
  planner::DataQuestion question;
  question.ask = planner::Query(planner::ListFolder{planner::holding_folder(path_of(database))});
  question.expect.matches = "^done$";
  question.means = database.name + " has changed places with what it was";
  return question;
}

std::vector<planner::DataStep> SqliteProvider::drop(const lang::Database& database,
                                                    const lang::Database&) const {
  planner::Command remove;
  remove.process.argv = data::words({"rm", "-rf", "--"});
  remove.process.argv.push_back(planner::with_run(planner::holding_folder(path_of(database))));
  return {planner::Instruction(std::move(remove))};
}

planner::Result<void> SqliteProvider::read(const lang::Database& database, const planner::Answer* ledger,
                                           const planner::Answer* size, planner::DatabaseState& state) const {
  data::read_state(database, ledger, size, kNoTable, data::first_line, state);
  return {};
}

}  // namespace pawl::providers
