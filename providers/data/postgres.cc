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
  return data::psql(
      database,
      {Text(R"(SELECT pg_database_size(current_database()) || E'\n' || current_setting('server_version'))"),
       Text("\\echo :VERSION")});
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

planner::Result<void> PostgresProvider::read(const lang::Database& database, const planner::Answer* ledger,
                                             const planner::Answer* size,
                                             planner::DatabaseState& state) const {
  data::read_state(database, ledger, size, kUndefinedTable, complaint, state);
  if (size) state.no_dump = too_old(*size, state.server_version);
  return {};
}

}  // namespace pawl::providers
