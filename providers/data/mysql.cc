#include "providers/data/mysql.h"

#include "providers/data/ledger.h"

namespace pawl::providers {
namespace {

using lang::Database;
using lang::Text;

/// SQLSTATE of a table that does not exist (MySQL, Error Reference: ER_NO_SUCH_TABLE).
constexpr std::string_view kUndefinedTable = "42S02";

/// Standard SQL, so that the ledger queries of the other engines are read as they are.
constexpr const char* kStandard = "--init-command=SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'";

/// Counts every base table of the current database. The statement is put together by the server, because SQL
/// cannot count in a table whose name is a value.
constexpr const char* kCensus =
    "SET SESSION group_concat_max_len = 1073741824; "
    "SELECT COALESCE(GROUP_CONCAT(CONCAT('SELECT CONCAT(', QUOTE(table_name), ', CHAR(9), COUNT(*)) FROM `', "
    "REPLACE(table_name, '`', '``'), '`') ORDER BY table_name SEPARATOR ' UNION ALL '), "
    "'SELECT 1 FROM DUAL WHERE FALSE') INTO @q FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'; PREPARE s FROM @q; EXECUTE s";

/// A script that makes the database `@name` like the current one, in place of what is there.
constexpr const char* kBlueprint =
    "SELECT CONCAT('SET @q = CONCAT(''DROP DATABASE IF EXISTS `'', @name, ''`''); PREPARE s FROM @q; EXECUTE "
    "s; "
    "SET @q = CONCAT(''CREATE DATABASE `'', @name, ''` CHARACTER SET ', default_character_set_name, ' "
    "COLLATE ', "
    "default_collation_name, '''); PREPARE s FROM @q; EXECUTE s;') "
    "FROM information_schema.schemata WHERE schema_name = DATABASE()";

/// Prints `table<TAB>rows` of a dump, where there is an awk. A line holds whole rows; a row ends with `),` or
/// `);` outside of strings, and a string at a quote that no odd number of backslashes precedes.
constexpr const char* kCountDump = R"sh(command -v awk >/dev/null || exit 0
LC_ALL=C exec awk '
  /^-- Dumping data for table `.*`$/ {
    table = substr($0, 28, length($0) - 28)
    rows[table] += 0
    data = 1
  }
  /^UNLOCK TABLES;/ { data = 0 }
  data && (inserting || /^(INSERT|REPLACE)[A-Z ]* INTO `/) {
    pieces = split($0, piece, "\047")
    outside = 1
    inserting = 1
    for (i = 1; i <= pieces; i++) {
      if (!outside) { outside = !match(piece[i], /\\+$/) || RLENGTH % 2 == 0; continue }
      if (piece[i] ~ /\);$/) inserting = 0
      rows[table] += gsub(/\)[,;]/, "", piece[i])
      outside = 0
    }
  }
  END { for (table in rows) print table "\t" rows[table] }' "$1")sh";

/// A query, and after its answer what MySQL's dump says of itself: "mysqldump  Ver 8.0.36 for Linux on
/// x86_64 (MySQL Community Server - GPL)", or when it is MariaDB's "mysqldump  Ver 10.19
/// Distrib 10.11.6-MariaDB, for …", "mysqldump from 11.4.2-MariaDB, client 10.19 for …".
constexpr const char* kWithVersion = R"sh("$@" && { mysqldump --version || :; })sh";

/// Why the programs of this engine cannot dump this server; empty: they can, or nobody knows. MySQL's dump
/// knows options that MariaDB's does not, and needs tables that a server of a newer major version no longer
/// has (MySQL 8.0 Reference Manual, "Data Dictionary Schema Changes").
std::string wrong_programs(Database::Engine engine, const planner::Answer& size, const std::string& server) {
  constexpr std::string_view kMaria = "MariaDB", kVersion = " Ver ";
  const bool mariadb = engine == Database::Engine::Mariadb;
  if ((server.find(kMaria) != std::string::npos) != mariadb)
    return "the server is " + std::string(mariadb ? "MySQL " : "") + server + ", which the manifest calls " +
           (mariadb ? "mariadb" : "mysql");
  const auto rows = data::rows_of(size.output);
  if (mariadb || rows.size() < 3) return {};
  const std::string& dump = rows.back();
  if (dump.find(kMaria) != std::string::npos)
    return "mysqldump is MariaDB's, and the server is MySQL " + server;
  const std::size_t at = dump.find(kVersion);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + kVersion.size();
  const std::string version = dump.substr(begin, dump.find(' ', begin) - begin);
  if (data::major_of(version) == 0 || data::major_of(version) >= data::major_of(server)) return {};
  return "mysqldump is from MySQL " + version + ", and the server is newer: " + server;
}

/// What a restore on MariaDB lacks, one line, or none: CREATE and DROP, on the whole server or on names like
/// that of the scratch database. What a role gives is not in these tables, so with one that is active nobody
/// knows.
constexpr const char* kRights = R"sql(SELECT CONCAT('rights', CHAR(9), CURRENT_USER()) FROM
(SELECT privilege_type AS p, '%' AS place FROM information_schema.user_privileges
WHERE CONVERT(grantee USING utf8mb4) = CONVERT(@who USING utf8mb4) COLLATE utf8mb4_bin
UNION ALL SELECT privilege_type, table_schema FROM information_schema.schema_privileges
WHERE CONVERT(grantee USING utf8mb4) = CONVERT(@who USING utf8mb4) COLLATE utf8mb4_bin) AS has
HAVING COUNT(*) > 0 AND COUNT(DISTINCT IF(p IN ('CREATE', 'DROP') AND
CONVERT(@scratch USING utf8mb4) COLLATE utf8mb4_bin LIKE CONVERT(place USING utf8mb4), p, NULL)) < 2
AND CURRENT_ROLE() IS NULL)sql";

std::string missing_rights(const planner::Answer& size, const std::string& scratch) {
  constexpr std::string_view kTag = "rights\t";
  for (const std::string& row : data::rows_of(size.output)) {
    if (row.starts_with(kTag))
      return "user " + row.substr(kTag.size()) + " may not create and drop databases named like " + scratch;
  }
  return {};
}

/// The name of the database that a restore makes beside, with the time of some run; empty: it has none.
std::string scratch_name(const MysqlProvider& provider, const Database& database) {
  const auto beside = provider.beside(database, "new");
  if (!beside) return {};
  return data::without_run(beside->database) + "20260101-000000";
}

void add_server(const Database& database, std::vector<Text>& argv) {
  const auto add = [&](std::string_view option, const Text& value) {
    if (value.empty()) return;
    argv.emplace_back(std::string(option));
    argv.push_back(value);
  };
  const bool socket = database.host.shown().starts_with('/');
  add(socket ? "--socket" : "--host", database.host);
  if (database.port) add("--port", Text(std::to_string(*database.port)));
  add("--user", database.user);
}

}  // namespace

std::vector<Text> MysqlProvider::client(const Database& server, const std::vector<Text>& arguments) const {
  auto argv = data::words({engine_ == Database::Engine::Mariadb ? "mariadb" : "mysql", "--batch", "--raw",
                           "--skip-column-names", "--default-character-set=utf8mb4"});
  add_server(server, argv);
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

std::vector<Text> MysqlProvider::query(const Database& database, const std::string& sql) const {
  return client(database, {database.database, Text("-e"), Text(sql)});
}

std::vector<Text> MysqlProvider::dump(const Database& database,
                                      std::initializer_list<std::string_view> what) const {
  const bool mariadb = engine_ == Database::Engine::Mariadb;
  auto argv =
      data::words({mariadb ? "mariadb-dump" : "mysqldump", "--single-transaction", "--quick", "--hex-blob",
                   "--no-tablespaces", "--comments", "--default-character-set=utf8mb4"});
  if (!mariadb) argv.emplace_back("--set-gtid-purged=OFF");
  for (const std::string_view word : what) argv.emplace_back(std::string(word));
  add_server(database, argv);
  argv.push_back(database.database);
  return argv;
}

std::vector<Text> MysqlProvider::ledger_argv(const Database& database) const {
  const std::string sql = data::ledger_query(database);
  if (sql.empty()) return {};
  return client(database, {Text(kStandard), database.database, Text("-e"), Text(sql)});
}

std::string MysqlProvider::no_ledger() const {
  return std::string(kUndefinedTable);
}

std::vector<Text> MysqlProvider::size_argv(const Database& database) const {
  std::string sql =
      "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables "
      "WHERE table_schema = DATABASE(); SELECT VERSION()";
  if (engine_ == Database::Engine::Mariadb) {
    sql += "; SET @who = CONCAT('\\'', REPLACE(CURRENT_USER(), '@', '\\'@\\''), '\\''), @scratch = " +
           data::quoted_string(scratch_name(*this, database)) + "; " + kRights;
    return query(database, sql);
  }
  const auto size = query(database, sql);
  auto argv = data::words({"sh", "-c", kWithVersion, "sh"});
  argv.insert(argv.end(), size.begin(), size.end());
  return argv;
}

std::vector<Text> MysqlProvider::dump_argv(const Database& database) const {
  return dump(database, {"--triggers", "--routines"});
}

std::vector<planner::Companion> MysqlProvider::companions(const Database& database) const {
  return {{".create", query(database, kBlueprint)},
          {".events", dump(database, {"--no-data", "--no-create-info", "--skip-triggers", "--events"})}};
}

/// An empty password is none; the variable is never on a command line.
std::vector<std::pair<std::string, Text>> MysqlProvider::env(const Database& database) const {
  if (database.password.empty()) return {};
  return {{"MYSQL_PWD", database.password}};
}

std::vector<Text> MysqlProvider::census_argv(const Database& database) const {
  return query(database, kCensus);
}

/// The last line of a dump that came to its end.
std::vector<planner::DataStep> MysqlProvider::check_dump(const std::string& path,
                                                         const std::string& rows) const {
  planner::QueryCommand last;
  last.process.argv = data::words({"tail", "-n", "1"});
  last.process.argv.push_back(planner::with_run(path));
  planner::Await whole;
  whole.condition.question = std::move(last);
  whole.condition.expect.matches = "^-- Dump completed";
  whole.condition.means = "the dump is complete: it ends with `Dump completed`";
  whole.within = planner::Duration(0);
  planner::Command count;
  count.process.argv = data::words({"sh", "-c", kCountDump, "sh"});
  count.process.argv.push_back(planner::with_run(path));
  count.stdout_file = rows;
  return {planner::Instruction(std::move(whole)), planner::Instruction(std::move(count))};
}

/// No server starts on the files of a newer series (MySQL manual, "Downgrading MySQL"; MariaDB documentation,
/// "Downgrading between Major Versions of MariaDB"). MySQL goes from one series to the next only ("Upgrade
/// Paths"): 5.7, 8.0, 8.4. MariaDB starts on those of every older one.
std::string MysqlProvider::cannot_start(std::string_view server, std::string_view next) const {
  const auto series = [](std::string_view version) {
    const auto dot = version.find('.');
    const std::string_view rest =
        dot == std::string_view::npos ? std::string_view() : version.substr(dot + 1);
    return std::pair(data::major_of(version), data::major_of(rest));
  };
  const auto from = series(server), to = series(next);
  if (from.first == 0 || to.first == 0 || from == to) return {};
  const std::string name = engine_ == Database::Engine::Mysql ? "MySQL " : "MariaDB ";
  const auto text = [](const std::pair<int, int>& of) {
    return std::to_string(of.first) + "." + std::to_string(of.second);
  };
  if (to < from)
    return name + text(to) + " does not start on the files of " + name + text(from) + ", which is newer";
  const bool over = engine_ == Database::Engine::Mysql && from < std::pair(8, 0) && std::pair(8, 0) < to;
  return over ? name + text(to) + " does not start on the files of " + name + text(from) +
                    ", which must go to 8.0 first"
              : "";
}

planner::Result<void> MysqlProvider::read(const Database& database, const planner::Answer* ledger,
                                          const planner::Answer* size, planner::DatabaseState& state) const {
  data::read_state(database, ledger, size, kUndefinedTable, data::first_line, state);
  if (!size || !state.reachable) return {};
  state.no_dump = wrong_programs(engine_, *size, state.server_version);
  state.no_restore = missing_rights(*size, scratch_name(*this, database));
  return {};
}

}  // namespace pawl::providers
