#include <libpq-fe.h>

#include <fstream>

#include "examples/demo/database.h"
#include "examples/demo/settings.h"

namespace piprio {
namespace {

// Any constant will do, as long as every process of Piprio uses the same one.
constexpr const char* kMigrationLock = "704201";

/// libpq's messages have several lines; ours have one.
std::string one_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text)
    if (c == '\n' || c == '\t') c = ' ';
  return text;
}

std::string read_password() {
  const std::string path = environment("PIPRIO_DB_PASSWORD_FILE", "");
  if (path.empty()) return "";
  std::ifstream file(path);
  std::string password;
  if (!std::getline(file, password)) throw DatabaseError("cannot read the password file " + path);
  return password;
}

struct Result {
  explicit Result(PGresult* result) : value(result) {}
  ~Result() { PQclear(value); }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  PGresult* value;
};

class Postgres : public Database {
 public:
  explicit Postgres(const std::string& url) {
    const std::string password = read_password();
    const char* names[] = {"dbname", "password", "connect_timeout", "application_name", nullptr};
    const char* values[] = {url.c_str(), password.c_str(), "3", "piprio", nullptr};
    connection_ = PQconnectdbParams(names, values, 1);  // an empty password leaves that of the URL
    if (PQstatus(connection_) != CONNECTION_OK) {
      const std::string why = one_line(PQerrorMessage(connection_));
      PQfinish(connection_);
      throw DatabaseError(why);
    }
    PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);
  }
  ~Postgres() override { PQfinish(connection_); }
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  std::vector<Row> query(const std::string& sql, const std::vector<std::string>& parameters) override {
    std::vector<const char*> values;
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    const Result result(PQexecParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                     values.data(), nullptr, nullptr, 0));
    check(result);
    std::vector<Row> rows;
    for (int i = 0; i < PQntuples(result.value); ++i) {
      Row& row = rows.emplace_back();
      for (int j = 0; j < PQnfields(result.value); ++j) row.emplace_back(PQgetvalue(result.value, i, j));
    }
    return rows;
  }
  void script(const std::string& sql) override { check(Result(PQexec(connection_, sql.c_str()))); }
  bool has_table(const std::string& name) override {
    return !query("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1", {name})
                .empty();
  }
  std::string skip_locked() const override { return " FOR UPDATE SKIP LOCKED"; }

  bool try_migration_lock() override {
    return query("SELECT pg_try_advisory_lock($1)", {kMigrationLock}).at(0).at(0) == "t";
  }
  void release_migration_lock() override { query("SELECT pg_advisory_unlock($1)", {kMigrationLock}); }
  bool migration_running() override {
    return !query(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = "
                "$1::oid "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                {kMigrationLock})
                .empty();
  }

 private:
  void check(const Result& result) {
    const ExecStatusType status = PQresultStatus(result.value);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
    throw DatabaseError(one_line(PQerrorMessage(connection_)));
  }
  PGconn* connection_;
};

}  // namespace

std::unique_ptr<Database> open_postgres(const std::string& url) {
  return std::make_unique<Postgres>(url);
}

}  // namespace piprio
