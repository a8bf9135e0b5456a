// The half of MySQL and MariaDB that puts a dump back.
#include "planner/plan/hash.h"
#include "providers/data/ledger.h"
#include "providers/data/mysql.h"

namespace pawl::providers {
namespace {

using lang::Database;
using lang::Text;
using planner::DataStep;
using planner::ServerProgram;

constexpr std::size_t kLongestName = 64;

std::string name(const Database& database) {
  return data::name_of(database.database);
}

/// `name` in backquotes, as a piece of SQL text that is itself in a string.
std::string quoted(const std::string& name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + '`';
}
std::string string(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c == '\'' ? '\'' : '\\';
    out += c;
  }
  return out + '\'';
}
/// A column with a name, quoted in what the server puts together.
std::string quoted_column(const std::string& column) {
  return "'`', REPLACE(" + column + ", '`', '``'), '`'";
}

struct Names {
  std::string live, scratch, kept, again;
};

/// Triggers go, because a table with one cannot move; then all tables move at once. When what was replaced
/// has its place already (an earlier attempt got past this), what is live now is a copy and goes to `again`.
/// When that is done already, nothing is left to move, and the statement does nothing.
std::string moving(const Names& n) {
  const std::string both = "(" + string(n.live) + ", " + string(n.scratch) + ")";
  const std::string scratch_tables =
      "SELECT 1 FROM information_schema.tables WHERE table_type = ''BASE TABLE'' AND table_schema = '" +
      string(n.scratch) + "'";
  return "SET SESSION group_concat_max_len = 1073741824; SELECT line FROM (SELECT 1 AS ord, CONCAT('DROP "
         "TRIGGER IF "
         "EXISTS `', trigger_schema, '`.', " +
         quoted_column("trigger_name") +
         ", ';') AS line FROM information_schema.triggers WHERE trigger_schema IN " + both +
         " UNION ALL SELECT 2, CONCAT('SET @q = IF(EXISTS(" + scratch_tables +
         "), ', QUOTE(CONCAT('RENAME TABLE ', "
         "GROUP_CONCAT(CONCAT('`', table_schema, '`.', " +
         quoted_column("table_name") + ", ' TO ', CASE table_schema WHEN " + string(n.scratch) + " THEN " +
         string(quoted(n.live)) + " ELSE (SELECT IF(COUNT(*) = 0, " + string(quoted(n.kept)) + ", " +
         string(quoted(n.again)) +
         ") FROM information_schema.tables k WHERE k.table_schema = " + string(n.kept) + ") END, '.', " +
         quoted_column("table_name") +
         ") ORDER BY table_schema, table_name SEPARATOR ', '))), ', ''DO 0''); PREPARE s FROM @q; EXECUTE "
         "s;') "
         "FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema IN " +
         both + " HAVING COUNT(*) > 0) AS script ORDER BY ord, line";
}

/// What the old version had is dropped, and the views of the scratch database are made where they belong:
/// first all with their columns alone, so that one may build on another.
std::string code(const Names& n) {
  const std::string live = string(n.live), scratch = string(n.scratch);
  const auto drop = [&](const std::string& kind, const std::string& column, const std::string& table) {
    return "SELECT 1 AS ord, CONCAT('DROP ', " + kind + ", ' IF EXISTS " + quoted(n.live) + ".', " +
           quoted_column(column + "_name") + ", ';') AS line FROM information_schema." + table + " WHERE " +
           (column == "table" ? "table" : column) + "_schema = " + live;
  };
  const std::string view = "VIEW " + quoted(n.live) + ".', " + quoted_column("v.table_name") + ", '";
  return "SET SESSION group_concat_max_len = 1073741824; SELECT line FROM (" +
         drop("'VIEW'", "table", "views") + " UNION ALL " + drop("routine_type", "routine", "routines") +
         " UNION ALL " + drop("'EVENT'", "event", "events") +
         " UNION ALL SELECT 2, CONCAT('CREATE OR REPLACE " + view +
         " AS SELECT ', (SELECT GROUP_CONCAT(CONCAT('1 AS ', " + quoted_column("c.column_name") +
         ") ORDER BY c.ordinal_position) FROM information_schema.columns c WHERE c.table_schema = "
         "v.table_schema AND "
         "c.table_name = v.table_name), ';') FROM information_schema.views v WHERE v.table_schema = " +
         scratch + " UNION ALL SELECT 3, CONCAT('CREATE OR REPLACE DEFINER=', " +
         quoted_column("SUBSTRING_INDEX(definer, '@', 1)") + ", '@', " +
         quoted_column("SUBSTRING_INDEX(definer, '@', -1)") + ", ' SQL SECURITY ', security_type, ' " + view +
         " AS ', REPLACE(view_definition, " + string(quoted(n.scratch) + ".") + ", " +
         string(quoted(n.live) + ".") +
         "), CASE check_option WHEN 'NONE' THEN '' ELSE CONCAT(' WITH ', check_option, ' CHECK OPTION') END, "
         "';') "
         "FROM information_schema.views v WHERE v.table_schema = " +
         scratch + ") AS script ORDER BY ord, line";
}

/// Where scripts that the server puts together wait to be run.
std::string work_folder(const Database& database) {
  return ".pawl/restore-{run}-" + database.name;
}

}  // namespace

planner::Result<Database> MysqlProvider::beside(const Database& database, std::string_view purpose) const {
  const bool usable = !database.database.empty() && database.database.is_literal() &&
                      database.database.shown().find_first_of("'\\`\"") == std::string::npos;
  if (!usable) {
    return lang::failure("Database " + database.name + " has no name that a restore could use.",
                         "Say name = \"…\" in its block, in plain text: it is not a secret.");
  }
  const std::string suffix = "_" + std::string(purpose) + "_{run}";
  constexpr std::size_t kStamp = sizeof("20261121-143005") - sizeof("{run}");
  std::string base = database.database.shown();
  if (base.size() + suffix.size() + kStamp > kLongestName) base = planner::sha256(base).substr(0, 24);
  Database out = database;
  out.database = planner::with_run(base + suffix);
  return out;
}

std::vector<DataStep> MysqlProvider::create(const Database& database, const Database& scratch,
                                            const std::string& stem) const {
  const std::string prefix = data::quoted_string(data::without_run(scratch.database));
  const std::string abandoned =
      "SELECT CONCAT('DROP DATABASE IF EXISTS `', schema_name, '`;') FROM information_schema.schemata WHERE "
      "CAST(LEFT(schema_name, CHAR_LENGTH(" +
      prefix + ")) AS BINARY) = " + prefix + " AND SUBSTR(schema_name, CHAR_LENGTH(" + prefix +
      ") + 1) REGEXP '^[0-9]{8}-[0-9]{6}$' AND RIGHT(schema_name, 15) < "
      "DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL 1 DAY, '%Y%m%d-%H%i%s')";
  return {data::run_what_is_printed("-e", abandoned, client(database, {})),
          ServerProgram{
              client(database, {planner::with_run("--init-command=SET @name = " + string(name(scratch)))}),
              stem + ".create"}};
}

/// A dump drops what it makes, so that a load may be repeated.
std::vector<DataStep> MysqlProvider::load(const Database& scratch, const std::string& dump_path) const {
  return {ServerProgram{client(scratch, {scratch.database}), dump_path}};
}

std::vector<DataStep> MysqlProvider::swap(const Database& database, const Database& scratch,
                                          const Database& kept, const std::string& stem) const {
  const Database spare = beside(database, "again").value_or(kept);
  const Names names{name(database), name(scratch), name(kept), name(spare)};
  const std::string work = work_folder(database);
  const auto ask = [&](const std::string& sql) {
    return client(database, {Text("-e"), planner::with_run(sql)});
  };
  const auto made = [&](const std::string& each) {
    return "CREATE DATABASE IF NOT EXISTS " + quoted(each) + "; ";
  };
  // A database that was lost is moved into all the same.
  const std::string places = made(names.live) + made(names.kept) + made(names.again);
  return {planner::Instruction(planner::MakeFolder{work}),
          ServerProgram{ask(places)},
          ServerProgram{dump(scratch, {"--no-data", "--no-create-info", "--triggers", "--add-drop-trigger",
                                       "--routines"}),
                        "", work + "/code.sql"},
          ServerProgram{ask(code(names)), "", work + "/views.sql"},
          ServerProgram{ask(moving(names)), "", work + "/move.sql"},
          ServerProgram{client(database, {}), work + "/move.sql"},
          ServerProgram{client(database, {}), work + "/views.sql"},
          ServerProgram{client(database, {database.database}), work + "/code.sql"},
          ServerProgram{client(database, {database.database}), stem + ".events"},
          ServerProgram{ask("DROP DATABASE IF EXISTS " + quoted(names.scratch))}};
}

planner::DataQuestion MysqlProvider::swapped(const Database& database, const Database& kept) const {
  const Database scratch = beside(database, "new").value_or(kept);
  const std::string count = "(SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ";
  planner::DataQuestion question;
  question.ask =
      client(database, {Text("-e"), planner::with_run("SELECT " + count + string(name(kept)) + ") - " +
                                                      count + string(name(scratch)) + ")")});
  question.expect.equals = "1";
  question.means = database.name + " has changed places with what it was";
  return question;
}

std::vector<DataStep> MysqlProvider::drop(const Database& database, const Database& set_aside) const {
  const Database spare = beside(database, "again").value_or(set_aside);
  planner::Command remove;
  remove.process.argv = data::words({"rm", "-rf", "--"});
  remove.process.argv.push_back(planner::with_run(work_folder(database)));
  const std::string sql = "SET foreign_key_checks = 0; DROP DATABASE IF EXISTS " + quoted(name(set_aside)) +
                          "; DROP DATABASE IF EXISTS " + quoted(name(spare));
  return {ServerProgram{client(database, {Text("-e"), planner::with_run(sql)})},
          planner::Instruction(std::move(remove))};
}

}  // namespace pawl::providers
