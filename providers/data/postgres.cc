#include "providers/data/postgres.h"

#include "providers/data/ledger.h"
#include "providers/data/psql.h"

namespace pawl::providers {
namespace {

using lang::Text;

/// SQLSTATE of a table that does not exist (PostgreSQL, Appendix A).
constexpr std::string_view kUndefinedTable = "42P01";

/// The line that says what went wrong; the ones after it say where in the server.
std::string complaint(std::string_view error) {
  for (const std::string& row : data::rows_of(error)) {
    if (row.find("ERROR") != std::string::npos || row.find("FATAL") != std::string::npos) return row;
  }
  return data::first_line(error);
}

/// pg_dump refuses a server of a newer major version (PostgreSQL, "pg_dump", Notes); it comes with psql,
/// which says "PostgreSQL 15.8 (Debian …) on x86_64…" in the third line.
std::string too_old(const planner::Answer& size, const std::string& server) {
  constexpr std::string_view kProduct = "PostgreSQL ";
  const auto rows = data::rows_of(size.output);
  if (rows.size() < 3 || !rows[2].starts_with(kProduct)) return {};
  const std::string client =
      rows[2].substr(kProduct.size(), rows[2].find(' ', kProduct.size()) - kProduct.size());
  if (data::major_of(client) == 0 || data::major_of(client) >= data::major_of(server)) return {};
  return "pg_dump is from PostgreSQL " + client + ", and the server is newer: " + server;
}

/// What a restore needs and the role has not, a line each: `createdb<TAB>ROLE`, `owner<TAB>ROLE`,
/// `extension<TAB>NAME`, `objects<TAB>ROLE`. CREATE DATABASE and ALTER DATABASE … RENAME TO want CREATEDB and
/// the owner (PostgreSQL, "ALTER DATABASE", Description), a dump gives each object to its owner, and an
/// extension that is not trusted takes a superuser. Extensions of template0 are in no dump. Before version 13
/// none was trusted.
constexpr const char* kRights = R"sql(
SELECT what || E'\t' || name FROM (
SELECT 1 AS ord, 'createdb' AS what, current_user::text AS name FROM pg_roles
WHERE rolname = current_user AND NOT rolcreatedb
UNION ALL SELECT 2, 'owner', pg_get_userbyid(datdba) FROM pg_database
WHERE datname = current_database() AND NOT pg_has_role(datdba, 'MEMBER')
UNION ALL SELECT 3, 'extension', v.name FROM pg_extension e
JOIN pg_available_extension_versions v ON v.name = e.extname AND v.version = e.extversion
WHERE e.oid >= 16384 AND v.superuser AND NOT COALESCE((to_jsonb(v)->>'trusted')::boolean, false)
UNION ALL SELECT DISTINCT 4, 'objects', pg_get_userbyid(relowner) FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
AND NOT pg_has_role(relowner, 'MEMBER') AND NOT EXISTS (SELECT FROM pg_depend d
WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
) missing WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper)
ORDER BY ord, name)sql";

/// What a new server in its place must know, a line each; an administrator alone is told: `folder<TAB>PATH`,
/// `database<TAB>NAME`, `setting<TAB>NAME`, `obstacle<TAB>WHAT`. The database postgres counts when it has
/// files that initdb did not make: their numbers begin at 16384 (FirstNormalObjectId).
constexpr const char* kServer = R"sql(
SELECT what || E'\t' || name FROM (
SELECT 1 AS ord, 'folder' AS what, current_setting('data_directory') AS name
UNION ALL SELECT 2, 'database', datname FROM pg_database d WHERE datname NOT IN ('template0', 'template1')
AND (datname <> 'postgres' OR EXISTS (SELECT FROM pg_ls_dir('base/' || d.oid) AS f
WHERE f ~ '^[0-9]+$' AND f::bigint >= 16384))
UNION ALL SELECT DISTINCT 3, 'setting', name FROM pg_file_settings WHERE sourcefile ~ '/postgresql\.auto\.conf$'
UNION ALL SELECT 4, 'obstacle', 'tablespace ' || spcname FROM pg_tablespace WHERE spcname !~ '^pg_'
UNION ALL SELECT 4, 'obstacle', 'replication slot ' || slot_name FROM pg_replication_slots WHERE NOT temporary
UNION ALL SELECT 4, 'obstacle', 'subscription ' || subname FROM pg_subscription
UNION ALL SELECT 4, 'obstacle', 'prepared transaction ' || gid FROM pg_prepared_xacts
) server ORDER BY ord, name)sql";

planner::ServerState read_server(const planner::Answer& size) {
  planner::ServerState out;
  const auto rows = data::rows_of(size.output);
  for (std::size_t i = 3; i < rows.size(); ++i) {
    const std::size_t tab = rows[i].find('\t');
    if (tab == std::string::npos) continue;
    const std::string what = rows[i].substr(0, tab);
    std::string name = rows[i].substr(tab + 1);
    if (what == "folder")
      out.folder = std::move(name);
    else if (what == "database")
      out.databases.push_back(std::move(name));
    else if (what == "setting")
      out.settings.push_back(std::move(name));
    else if (what == "obstacle")
      out.obstacles.push_back(std::move(name));
  }
  return out;
}

/// What kRights printed, after the three lines of size and versions; empty: nothing is missing.
std::string missing_rights(const planner::Answer& size, const lang::Database& database) {
  const std::string user = database.user.empty() ? "this role" : "role " + database.user.shown();
  const auto rows = data::rows_of(size.output);
  std::string out;
  for (std::size_t i = 3; i < rows.size(); ++i) {
    const std::size_t tab = rows[i].find('\t');
    if (tab == std::string::npos) continue;
    const std::string what = rows[i].substr(0, tab), name = rows[i].substr(tab + 1);
    out += out.empty() ? "" : "; ";
    if (what == "createdb")
      out += "role " + name + " may not create databases (ALTER ROLE " + data::quoted_identifier(name) +
             " CREATEDB gives it that)";
    if (what == "owner") out += "the database belongs to " + name + ", of which " + user + " is no member";
    if (what == "extension") out += "only a superuser can make extension " + name;
    if (what == "objects") out += "some of it belongs to " + name + ", of which " + user + " is no member";
  }
  return out;
}

}  // namespace

namespace data {

void add_connection(const lang::Database& database, std::vector<Text>& argv) {
  const auto add = [&](std::string_view option, const Text& value) {
    if (value.empty()) return;
    argv.emplace_back(std::string(option));
    argv.push_back(value);
  };
  add("-h", database.host);
  if (database.port) add("-p", Text(std::to_string(*database.port)));
  add("-U", database.user);
  add("-d", database.database);
}

/// -X: nobody's psqlrc; -A -t: bare rows; -w: never ask for a password. Verbose errors carry the SQLSTATE,
/// which is the same in every language of the server.
std::vector<Text> psql(const lang::Database& database, const std::vector<Text>& queries) {
  std::vector<Text> argv =
      words({"psql", "-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"});
  add_connection(database, argv);
  for (const Text& query : queries) {
    argv.emplace_back("-c");
    argv.push_back(query);
  }
  return argv;
}

}  // namespace data

std::vector<Text> PostgresProvider::ledger_argv(const lang::Database& database) const {
  const std::string query = data::ledger_query(database);
  return query.empty() ? std::vector<Text>() : data::psql(database, {Text(query)});
}

std::string PostgresProvider::no_ledger() const {
  return std::string(kUndefinedTable);
}

std::vector<Text> PostgresProvider::size_argv(const lang::Database& database) const {
  // A server that answers the later questions with an error is no worse off than before: nobody knows.
  std::vector<Text> queries{
      Text(R"(SELECT pg_database_size(current_database()) || E'\n' || current_setting('server_version'))"),
      Text("\\echo :VERSION"), Text("\\set ON_ERROR_STOP off"), Text(kRights)};
  if (database.upgrade == lang::Database::Upgrade::DumpRestore) queries.emplace_back(kServer);
  queries.emplace_back("\\echo");
  return data::psql(database, queries);
}

std::vector<Text> PostgresProvider::dump_argv(const lang::Database& database) const {
  // Level 3 takes half the time of pg_dump's own 6 and makes a dump at most a tenth larger
  // (docs/benchmarks.md).
  std::vector<Text> argv = data::words({"pg_dump", "-F", "c", "-Z", "3", "--no-password"});
  data::add_connection(database, argv);
  return argv;
}

std::vector<std::pair<std::string, Text>> PostgresProvider::env(const lang::Database& database) const {
  std::vector<std::pair<std::string, Text>> variables{{"PGCONNECT_TIMEOUT", Text("10")}};
  if (!database.password.empty()) variables.emplace_back("PGPASSWORD", database.password);
  return variables;
}

/// PostgreSQL documentation, "Upgrading a PostgreSQL Cluster": the storage format changes with every major
/// version, which was two numbers until 9.6.
std::string PostgresProvider::cannot_start(std::string_view server, std::string_view next) const {
  const auto major = [](std::string_view version) {
    const auto first = version.find('.');
    const bool two = data::major_of(version) < 10 && first != std::string_view::npos;
    return std::string(version.substr(0, two ? version.find('.', first + 1) : first));
  };
  if (data::major_of(server) == 0 || data::major_of(next) == 0 || major(server) == major(next)) return {};
  return "PostgreSQL " + major(next) + " does not start on the files of PostgreSQL " + major(server);
}

/// PostgreSQL documentation, "Collation Support", Updating Collations: the order of text is the C library's,
/// and images of other variants have others.
std::string PostgresProvider::in_another_variant() const {
  return "PostgreSQL sorts text as the C library of its image does, and an index over text that was sorted "
         "otherwise "
         "gives wrong answers: if it is another library, run REINDEX DATABASE right after the upgrade";
}

planner::Result<void> PostgresProvider::read(const lang::Database& database, const planner::Answer* ledger,
                                             const planner::Answer* size,
                                             planner::DatabaseState& state) const {
  data::read_state(database, ledger, size, kUndefinedTable, complaint, state);
  if (!size) return {};
  state.no_dump = too_old(*size, state.server_version);
  if (!state.reachable) return {};
  state.no_restore = missing_rights(*size, database);
  state.server = read_server(*size);
  return {};
}

}  // namespace pawl::providers
