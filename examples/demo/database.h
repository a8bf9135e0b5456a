// The one database Piprio works on: SQLite or PostgreSQL, behind the few questions that are asked of it.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace piprio {

struct Settings;

/// Anything the database refused or could not do; the text says what.
struct DatabaseError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Values of one row as text; NULL is empty.
using Row = std::vector<std::string>;

/// One connection; used by one thread at a time. Everything throws DatabaseError.
class Database {
 public:
  virtual ~Database() = default;
  /// One statement with parameters $1, $2, …
  virtual std::vector<Row> query(const std::string& sql, const std::vector<std::string>& parameters = {}) = 0;
  /// Several statements without parameters.
  virtual void script(const std::string& sql) = 0;
  virtual bool has_table(const std::string& name) = 0;
  /// What to write behind a SELECT so that two takers do not pick the same row.
  virtual std::string skip_locked() const = 0;

  /// At most one process migrates: true when this connection now holds the right to.
  virtual bool try_migration_lock() = 0;
  virtual void release_migration_lock() = 0;
  /// Whether some process holds that right now.
  virtual bool migration_running() = 0;
};

/// All or nothing: rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.script("BEGIN"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// `create`: a missing SQLite file (and its folder) is created; without it, it is an error.
std::unique_ptr<Database> open_database(const Settings& settings, bool create = false);

std::unique_ptr<Database> open_sqlite(const std::string& path, bool create);
/// The password comes from the URL, or from the file PIPRIO_DB_PASSWORD_FILE names.
std::unique_ptr<Database> open_postgres(const std::string& url);

}  // namespace piprio
