#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "examples/demo/database.h"

namespace piprio {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

class Statement {
 public:
  Statement(sqlite3* database, const std::string& sql) : database_(database) {
    if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) fail();
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(std::size_t number, const std::string& value) {
    const std::string name = "$" + std::to_string(number);
    const int index = sqlite3_bind_parameter_index(statement_, name.c_str());
    if (index > 0)
      sqlite3_bind_text(statement_, index, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
  }
  std::vector<Row> run() {
    std::vector<Row> rows;
    int result = 0;
    while ((result = sqlite3_step(statement_)) == SQLITE_ROW) rows.push_back(row());
    if (result != SQLITE_DONE) fail();
    return rows;
  }

 private:
  Row row() {
    Row values;
    for (int i = 0; i < sqlite3_column_count(statement_); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, i));
      values.emplace_back(text ? text : "");
    }
    return values;
  }
  [[noreturn]] void fail() { throw DatabaseError(sqlite3_errmsg(database_)); }

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

class Sqlite : public Database {
 public:
  Sqlite(const std::string& path, bool create) : path_(path) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    std::error_code ignored;
    if (create && !folder.empty()) std::filesystem::create_directories(folder, ignored);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(path.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
      const std::string why = database_ ? sqlite3_errmsg(database_) : "out of memory";
      sqlite3_close(database_);
      throw DatabaseError(path + ": " + why);
    }
    sqlite3_busy_timeout(database_, kBusyTimeoutMs);
    if (create) script("PRAGMA journal_mode = WAL");
  }
  ~Sqlite() override {
    release_migration_lock();
    sqlite3_close(database_);
  }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  std::vector<Row> query(const std::string& sql, const std::vector<std::string>& parameters) override {
    Statement statement(database_, sql);
    for (std::size_t i = 0; i < parameters.size(); ++i) statement.bind(i + 1, parameters[i]);
    return statement.run();
  }
  void script(const std::string& sql) override {
    char* message = nullptr;
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
    const std::string why = message ? message : "unknown error";
    sqlite3_free(message);
    throw DatabaseError(why);
  }
  bool has_table(const std::string& name) override {
    return !query("SELECT name FROM sqlite_master WHERE type = 'table' AND name = $1", {name}).empty();
  }
  std::string skip_locked() const override { return ""; }  // one writer at a time anyway

  bool try_migration_lock() override {
    if (lock_ < 0) lock_ = open(lock_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock_ < 0) throw DatabaseError("cannot open " + lock_path());
    return flock(lock_, LOCK_EX | LOCK_NB) == 0;
  }
  void release_migration_lock() override {
    if (lock_ >= 0) close(lock_);
    lock_ = -1;
  }
  bool migration_running() override {
    const int file = open(lock_path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool held = flock(file, LOCK_SH | LOCK_NB) != 0;
    close(file);
    return held;
  }

 private:
  // Beside the database, not the database itself: closing that file would drop SQLite's own locks.
  std::string lock_path() const { return path_ + ".migrating"; }

  std::string path_;
  sqlite3* database_ = nullptr;
  int lock_ = -1;
};

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::string& path, bool create) {
  return std::make_unique<Sqlite>(path, create);
}

}  // namespace piprio
