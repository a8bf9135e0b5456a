// The half of PostgreSQL that puts a dump back.
#include "planner/plan/hash.h"
#include "providers/data/ledger.h"
#include "providers/data/postgres.h"
#include "providers/data/psql.h"

namespace pawl::providers {
namespace {

using lang::Database;
using lang::Text;
using planner::DataStep;
using planner::ServerProgram;

constexpr const char *kCreateFile = ".create", *kGlobalsFile = ".globals";
constexpr std::size_t kLongestName = 63;  // NAMEDATALEN - 1; longer names are cut, and two would be one

/// Where a database is named without being connected to.
Database maintenance(const Database& database) {
  Database out = database;
  out.database = Text(database.database.shown() == "postgres" ? "template1" : "postgres");
  return out;
}

std::string identifier(const Database& database) {
  return data::quoted_identifier(data::name_of(database.database));
}
std::string string(const Database& database) {
  return data::quoted_string(data::name_of(database.database));
}

/// Rows of every table that pg_dump dumps: ordinary ones, partitions among them, that no extension brought.
/// A function for the time of the query, because SQL cannot count in a table whose name is a value.
constexpr const char* kCensus = R"sql(
CREATE FUNCTION pg_temp.pawl_rows(regclass) RETURNS bigint LANGUAGE plpgsql AS
$$ DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM ONLY ' || $1 INTO n; RETURN n; END $$;
SELECT format('%I.%I', n.nspname, c.relname) || E'\t' || pg_temp.pawl_rows(c.oid::regclass)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.deptype = 'e')
ORDER BY format('%I.%I', n.nspname, c.relname) COLLATE "C")sql";

/// What `pg_dump --create` would say, for a database of another name. A list among the settings is stored as
/// SQL reads it; every other value is one string.
constexpr const char* kBlueprint = R"sql(
WITH d AS (SELECT *, to_jsonb(pg_database) AS j FROM pg_database WHERE datname = current_database()),
settings AS (SELECT s.setrole, split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value
  FROM d JOIN pg_db_role_setting s ON s.setdatabase = d.oid, unnest(s.setconfig) AS c),
grants AS (SELECT a.* FROM d, aclexplode(d.datacl) AS a WHERE a.grantee <> d.datdba)
SELECT line FROM (
SELECT 1 AS ord, format('CREATE DATABASE :"name" TEMPLATE template0 OWNER %I ENCODING %L LC_COLLATE %L LC_CTYPE %L',
  r.rolname, pg_encoding_to_char(d.encoding), d.datcollate, d.datctype)
  || CASE j->>'datlocprovider'
     WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', COALESCE(j->>'daticulocale', j->>'datlocale'))
     WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', j->>'datlocale') ELSE '' END
  || CASE WHEN t.spcname <> 'pg_default' THEN format(' TABLESPACE %I', t.spcname) ELSE '' END
  || CASE WHEN d.datconnlimit >= 0 THEN format(' CONNECTION LIMIT %s', d.datconnlimit) ELSE '' END
  || ';' AS line
  FROM d JOIN pg_roles r ON r.oid = d.datdba JOIN pg_tablespace t ON t.oid = d.dattablespace
UNION ALL SELECT 2, CASE WHEN setrole = 0 THEN 'ALTER DATABASE :"name"'
  ELSE format('ALTER ROLE %I IN DATABASE :"name"', pg_get_userbyid(setrole)) END
  || ' SET ' || name || ' TO ' || CASE WHEN value <> '""' AND name IN ('search_path', 'temp_tablespaces',
  'session_preload_libraries', 'local_preload_libraries', 'shared_preload_libraries') THEN value
  ELSE quote_literal(value) END || ';' FROM settings
UNION ALL SELECT 3, 'REVOKE ALL ON DATABASE :"name" FROM PUBLIC;' FROM d WHERE datacl IS NOT NULL
UNION ALL SELECT 4, format('GRANT %s ON DATABASE :"name" TO %s%s;', privilege_type,
  CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM grants
UNION ALL SELECT 5, format('COMMENT ON DATABASE :"name" IS %L;', shobj_description(oid, 'pg_database'))
  FROM d WHERE shobj_description(oid, 'pg_database') IS NOT NULL
) lines ORDER BY ord, line)sql";

/// Reads a dump from stdin, prints `table<TAB>rows`; where there is no awk it only reads.
constexpr const char* kCountDump = R"sh(command -v awk >/dev/null || exec pg_restore -f /dev/null
{ pg_restore --data-only -f - && echo "-- whole"; } | LC_ALL=C awk '
  copying { if ($0 == "\\.") { print table "\t" rows; copying = 0 } else rows++; next }
  /^COPY .* FROM stdin;$/ {
    table = substr($0, 6)
    sub(/ +(\(.*)?FROM stdin;$/, "", table)
    rows = 0
    copying = 1
    next
  }
  { last = $0 }
  END { exit copying || last != "-- whole" }')sh";

/// Name and a fingerprint of all that makes a role, its password as it is kept, the same in every version.
constexpr const char* kAccounts = R"sql(
SELECT rolname || ' ' || md5(concat_ws('|', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,
rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil, rolpassword)) FROM pg_authid
WHERE rolname !~ '^pg_' ORDER BY rolname COLLATE "C")sql";

std::vector<Text> globals(const Database& database, std::initializer_list<const char*> options) {
  auto argv = data::words({"pg_dumpall", "--globals-only", "--no-password"});
  for (const char* each : options) argv.emplace_back(each);
  Database server = database;
  server.database = Text();
  data::add_connection(server, argv);
  if (!database.database.empty()) {
    argv.emplace_back("-l");
    argv.push_back(database.database);
  }
  return argv;
}

std::string swap_script(const Database& database, const Database& scratch, const Database& kept) {
  return "DO $pawl$ BEGIN IF EXISTS (SELECT FROM pg_database WHERE datname = " + string(scratch) +
         ") THEN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (" +
         string(database) + ", " + string(scratch) +
         ") AND pid <> pg_backend_pid(); IF EXISTS (SELECT FROM pg_database WHERE datname = " +
         string(database) + ") THEN ALTER DATABASE " + identifier(database) + " RENAME TO " +
         identifier(kept) + "; END IF; ALTER DATABASE " + identifier(scratch) + " RENAME TO " +
         identifier(database) + "; END IF; END $pawl$";
}

/// `NAME_drill_STAMP` and the like, of runs that began more than a day ago.
ServerProgram drop_abandoned(const Database& database, const Database& scratch) {
  const std::string prefix = data::quoted_string(data::without_run(scratch.database));
  return data::run_what_is_printed(
      "-c",
      "SELECT format('DROP DATABASE IF EXISTS %I;', datname) FROM pg_database WHERE starts_with(datname, " +
          prefix + ") AND substr(datname, length(" + prefix +
          ") + 1) ~ '^[0-9]{8}-[0-9]{6}$' AND right(datname, 15) < "
          "to_char(now() AT TIME ZONE 'UTC' - interval '1 day', 'YYYYMMDD-HH24MISS')",
      data::psql(maintenance(database), {}));
}

}  // namespace

/// Reading all of it finds a dump that ended early. One row is one line between COPY and `\.`.
std::vector<DataStep> PostgresProvider::check_dump(const std::string& path, const std::string& rows) const {
  return {ServerProgram{data::words({"sh", "-c", kCountDump}), path, rows}};
}

std::vector<Text> PostgresProvider::census_argv(const Database& database) const {
  return data::psql(database, {Text(kCensus)});
}

std::vector<planner::Companion> PostgresProvider::companions(const Database& database) const {
  return {{kCreateFile, data::psql(database, {Text(kBlueprint)})},
          {kGlobalsFile, globals(database, {"--no-role-passwords"})}};
}

std::vector<Text> PostgresProvider::accounts_argv(const Database& database) const {
  return globals(database, {});
}

/// What initdb has made already is made once more in vain, and then changed to what it was.
std::vector<DataStep> PostgresProvider::load_accounts(const Database& database,
                                                      const std::string& script) const {
  auto argv = data::psql(maintenance(database), {});
  for (const char* word : {"-v", "ON_ERROR_STOP=0", "-f", "-"}) argv.emplace_back(word);
  return {ServerProgram{std::move(argv), script}};
}

std::vector<Text> PostgresProvider::accounts_census_argv(const Database& database) const {
  return data::psql(maintenance(database), {Text(kAccounts)});
}

std::vector<Text> PostgresProvider::clients_argv(const Database& database) const {
  return data::psql(
      maintenance(database),
      {Text("SELECT format('%s from %s', usename, COALESCE(host(client_addr), 'its own machine')) FROM "
            "pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")});
}

planner::Result<Database> PostgresProvider::beside(const Database& database, std::string_view purpose) const {
  if (database.database.empty() || !database.database.is_literal()) {
    return lang::failure("Database " + database.name + " has no name that a restore could use.",
                         "Say name = \"…\" in its block, in plain text: it is not a secret.");
  }
  const std::string suffix = "_" + std::string(purpose) + "_{run}";
  constexpr std::size_t kStamp = sizeof("20261121-143005") - sizeof("{run}");
  std::string name = database.database.shown();
  if (name.size() + suffix.size() + kStamp > kLongestName) name = planner::sha256(name).substr(0, 24);
  Database out = database;
  out.database = planner::with_run(name + suffix);
  return out;
}

/// One program, so that a repetition after a kill in the middle begins again with nothing.
std::vector<DataStep> PostgresProvider::create(const Database& database, const Database& scratch,
                                               const std::string& stem) const {
  auto argv = data::psql(maintenance(database),
                         {planner::with_run("DROP DATABASE IF EXISTS " + identifier(scratch))});
  for (const char* word : {"-v", "", "-f", "-"}) argv.emplace_back(word);
  argv[argv.size() - 3] = planner::with_run("name=" + data::name_of(scratch.database));
  return {drop_abandoned(database, scratch), ServerProgram{std::move(argv), stem + kCreateFile}};
}

/// --clean: what a load that was killed in the middle has left is dropped first; in an empty database nothing
/// does.
std::vector<DataStep> PostgresProvider::load(const Database& scratch, const std::string& dump) const {
  auto argv = data::words({"pg_restore", "--clean", "--if-exists", "--exit-on-error", "--no-password"});
  data::add_connection(scratch, argv);
  return {ServerProgram{std::move(argv), dump}};
}

/// Nothing may be connected while names change. A new database has no statistics, and would be slow at first.
std::vector<DataStep> PostgresProvider::swap(const Database& database, const Database& scratch,
                                             const Database& kept, const std::string&) const {
  return {ServerProgram{data::psql(scratch, {Text("ANALYZE")})},
          ServerProgram{
              data::psql(maintenance(database), {planner::with_run(swap_script(database, scratch, kept))})}};
}

planner::DataQuestion PostgresProvider::swapped(const Database& database, const Database& kept) const {
  planner::DataQuestion question;
  question.ask =
      data::psql(maintenance(database),
                 {planner::with_run("SELECT count(*) FROM pg_database WHERE datname = " + string(kept))});
  question.expect.equals = "1";
  question.means = database.name + " has changed places with what it was";
  return question;
}

std::vector<DataStep> PostgresProvider::drop(const Database& database, const Database& beside) const {
  return {ServerProgram{data::psql(maintenance(database),
                                   {planner::with_run("DROP DATABASE IF EXISTS " + identifier(beside))})}};
}

}  // namespace pawl::providers
