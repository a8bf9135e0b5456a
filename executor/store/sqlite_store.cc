// The state store in one SQLite file: write-ahead log, every commit synced. SQLiteCpp's exceptions end here.
#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <sqlite3.h>
#include <unistd.h>

#include <mutex>

#include "executor/store/lease.h"
#include "executor/store/store.h"
#include "executor/system/publish.h"

namespace pawl::executor {
namespace {

constexpr int kApplicationId = 0x7061776C;  // "pawl"
constexpr int kSchemaVersion = 1;
constexpr int kBusyMilliseconds = 5'000;

constexpr const char* kSchema = R"sql(
  CREATE TABLE plans (
    id   TEXT PRIMARY KEY,
    json TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE runs (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    plan    TEXT NOT NULL REFERENCES plans(id),
    stack   TEXT NOT NULL,
    version_from TEXT NOT NULL,
    version_to   TEXT NOT NULL,
    owner   TEXT NOT NULL,
    began   INTEGER NOT NULL,
    ended   INTEGER,
    end_record TEXT
  );
  CREATE TABLE records (
    run      INTEGER NOT NULL REFERENCES runs(id),
    sequence INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (run, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE lock (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    owner       TEXT NOT NULL,
    host        TEXT NOT NULL,
    boot        TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    pid_started INTEGER NOT NULL,
    since       INTEGER NOT NULL,
    heartbeat   INTEGER NOT NULL,
    reason      TEXT NOT NULL
  );
)sql";

/// What SQLite's code means to a person.
lang::Error explained(const std::string& path, const SQLite::Exception& failed) {
  const std::string store = "the state store " + path;
  switch (failed.getErrorCode()) {
    case SQLITE_FULL:
      return {store + " cannot be written: the disk is full", "make room there, then resume"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {store + " cannot be written: it, or its folder, is read-only",
              "make it writable for this user"};
    case SQLITE_CANTOPEN:
      if (::access(folder_of(path).c_str(), W_OK) != 0) {
        return {store + " cannot be written: its folder is read-only", "make it writable for this user"};
      }
      return {store + " cannot be opened or created", "check that its folder exists and is writable"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {store + " is in use by another program", "wait for it, or see who has the file open"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {store + " is damaged, or not a state store of pawl", "restore it from a copy, or move it away"};
    case SQLITE_IOERR:
      return {store + " cannot be read or written: the disk is full or failing",
              "look at the disk, then resume"};
    default:
      return {store + " failed: " + failed.what(), ""};
  }
}

struct Refused {
  lang::Error error;
};

std::string text(SQLite::Statement& row, int column) {
  return row.getColumn(column).getString();
}

LockInfo lock_row(SQLite::Statement& row) {
  LockInfo info;
  info.owner = text(row, 0);
  info.host = text(row, 1);
  info.boot_id = text(row, 2);
  info.pid = row.getColumn(3).getInt();
  info.pid_started = row.getColumn(4).getInt64();
  info.since = row.getColumn(5).getInt64();
  info.heartbeat = row.getColumn(6).getInt64();
  info.reason = text(row, 7);
  return info;
}

class SqliteStore final : public StateStore {
 public:
  SqliteStore(const std::string& path, int flags) : path_(path), database_(path, flags, kBusyMilliseconds) {
    check_owner();
    const bool writable = (flags & SQLite::OPEN_READONLY) == 0;
    if (writable) {
      database_.exec("PRAGMA journal_mode = WAL");
      database_.exec("PRAGMA synchronous = FULL");
      create_schema();
    }
  }

  Result<RunId> begin(const std::string& plan_id, const std::string& plan_json, const RunBegan& fact,
                      Timestamp at) override {
    return guarded([&] {
      SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
      SQLite::Statement plan(
          database_, "INSERT INTO plans VALUES (?, ?) ON CONFLICT DO UPDATE SET json = excluded.json");
      SQLite::bind(plan, plan_id, plan_json);
      plan.exec();
      SQLite::Statement run(
          database_,
          "INSERT INTO runs (plan, stack, version_from, version_to, owner, began) VALUES (?, ?, ?, ?, ?, ?)");
      SQLite::bind(run, plan_id, fact.stack, fact.from, fact.to, fact.owner, at);
      run.exec();
      Record first{database_.getLastInsertRowid(), 1, at, fact};
      insert(first);
      transaction.commit();
      return first.run;
    });
  }

  Result<void> append(std::vector<Record>& records) override {
    return guarded([&] {
      SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
      Last last = last_;
      for (Record& record : records) {
        if (last.run != record.run) last = last_of(record.run);
        record.sequence = ++last.sequence;
        insert(record);
        note_end(record);
      }
      transaction.commit();
      last_ = last;
    });
  }

  Result<std::vector<Record>> records(RunId run) override {
    return guarded([&] {
      SQLite::Statement query(database_, "SELECT body FROM records WHERE run = ? ORDER BY sequence");
      query.bind(1, run);
      std::vector<Record> all;
      while (query.executeStep()) {
        auto record = read_record(text(query, 0));
        if (!record) throw Refused{record.error()};
        all.push_back(std::move(*record));
      }
      return all;
    });
  }

  Result<std::vector<RunSummary>> runs(int newest, const std::string& stack) override {
    return guarded([&] {
      SQLite::Statement query(
          database_,
          "SELECT id, plan, stack, version_from, version_to, owner, began, ended, end_record, "
          "(SELECT json_extract(body, '$.purpose') FROM records WHERE run = runs.id AND sequence = 1) "
          "FROM runs WHERE ?1 = '' OR stack = ?1 ORDER BY id DESC LIMIT ?2");
      query.bind(1, stack);
      query.bind(2, newest);
      std::vector<RunSummary> all;
      while (query.executeStep()) all.push_back(summary(query));
      return all;
    });
  }

  Result<std::string> plan(const std::string& plan_id) override {
    return guarded([&] {
      SQLite::Statement query(database_, "SELECT json FROM plans WHERE id = ?");
      query.bind(1, plan_id);
      if (!query.executeStep())
        throw Refused{{"the state store " + path_ + " has no plan " + plan_id.substr(0, 12), ""}};
      return text(query, 0);
    });
  }

  Result<Locked> lock(const LockInfo& mine) override {
    return guarded([&] {
      SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
      Locked result;
      if (auto holder = holder_row()) {
        if (!proved_dead(*holder, mine)) {
          result.holder = std::move(holder);
          return result;
        }
        result.taken_over = std::move(holder);
      }
      SQLite::Statement take(database_, "INSERT OR REPLACE INTO lock VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)");
      SQLite::bind(take, mine.owner, mine.host, mine.boot_id, mine.pid, mine.pid_started, mine.since,
                   mine.heartbeat, mine.reason);
      take.exec();
      transaction.commit();
      mine_ = mine;
      result.taken = true;
      return result;
    });
  }

  Result<void> renew(Timestamp heartbeat) override {
    return guarded([&] {
      SQLite::Statement update(
          database_,
          "UPDATE lock SET heartbeat = ? WHERE pid = ? AND pid_started = ? AND boot = ? AND since = ?");
      SQLite::bind(update, heartbeat, mine_.pid, mine_.pid_started, mine_.boot_id, mine_.since);
      if (update.exec() == 0)
        throw Refused{{"the lock was taken away, by `pawl unlock` or by another run", ""}};
    });
  }

  Result<void> unlock() override {
    return guarded([&] {
      SQLite::Statement remove(
          database_, "DELETE FROM lock WHERE pid = ? AND pid_started = ? AND boot = ? AND since = ?");
      SQLite::bind(remove, mine_.pid, mine_.pid_started, mine_.boot_id, mine_.since);
      remove.exec();
    });
  }

  Result<std::optional<LockInfo>> lock_holder() override {
    return guarded([&] { return holder_row(); });
  }

  Result<void> break_lock() override {
    return guarded([&] { database_.exec("DELETE FROM lock"); });
  }

 private:
  /// Runs `work` alone, and turns SQLite's failures into ours.
  template <class Work, class Value = std::invoke_result_t<Work>>
  Result<Value> guarded(Work work) {
    const std::lock_guard lock(mutex_);
    try {
      if constexpr (std::is_void_v<Value>) {
        work();
        return {};
      } else {
        return work();
      }
    } catch (const SQLite::Exception& failed) {
      return tl::unexpected(explained(path_, failed));
    } catch (const Refused& refused) {
      return tl::unexpected(refused.error);
    }
  }

  int pragma(const char* name) { return database_.execAndGet(std::string("PRAGMA ") + name).getInt(); }

  void check_owner() {
    const int application = pragma("application_id");
    const int version = pragma("user_version");
    const bool fresh =
        application == 0 && database_.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
    if (application != kApplicationId && !fresh) {
      throw Refused{{path_ + " is not a state store of pawl, but another program's database",
                     "name another file in `state`"}};
    }
    if (version > kSchemaVersion) {
      throw Refused{{"the state store " + path_ + " was made by a newer version of pawl", "upgrade pawl"}};
    }
  }

  void create_schema() {
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    if (pragma("user_version") != 0) return;
    database_.exec(kSchema);
    database_.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
    database_.exec("PRAGMA user_version = " + std::to_string(kSchemaVersion));
    transaction.commit();
  }

  /// The newest record of a run.
  struct Last {
    RunId run = 0;
    std::int64_t sequence = 0;
  };
  Last last_of(RunId run) {
    SQLite::Statement query(database_, "SELECT coalesce(max(sequence), 0) FROM records WHERE run = ?");
    query.bind(1, run);
    query.executeStep();
    return {run, query.getColumn(0).getInt64()};
  }

  void insert(const Record& record) {
    if (!insert_) insert_.emplace(database_, "INSERT INTO records VALUES (?, ?, ?, ?)");
    insert_->tryReset();
    SQLite::bind(*insert_, record.run, record.sequence, std::string(kind(record.fact)), write_record(record));
    insert_->exec();
  }

  /// Keeps the run's summary in step with its records.
  void note_end(const Record& record) {
    const bool again = std::holds_alternative<RunBegan>(record.fact);
    if (!again && !std::holds_alternative<RunEnded>(record.fact)) return;
    SQLite::Statement update(database_, "UPDATE runs SET ended = ?, end_record = ? WHERE id = ?");
    if (!again) SQLite::bind(update, record.at, write_record(record));
    update.bind(3, record.run);
    update.exec();
  }

  static RunSummary summary(SQLite::Statement& row) {
    RunSummary run;
    run.run = row.getColumn(0).getInt64();
    run.plan_id = text(row, 1);
    run.stack = text(row, 2);
    run.from = text(row, 3);
    run.to = text(row, 4);
    run.owner = text(row, 5);
    run.began = row.getColumn(6).getInt64();
    run.purpose = row.isColumnNull(9) ? "upgrade" : text(row, 9);
    if (row.isColumnNull(7)) return run;
    run.ended = row.getColumn(7).getInt64();
    const auto record = read_record(text(row, 8));
    if (const auto* end = record ? std::get_if<RunEnded>(&record->fact) : nullptr) run.end = *end;
    return run;
  }

  std::optional<LockInfo> holder_row() {
    SQLite::Statement query(
        database_,
        "SELECT owner, host, boot, pid, pid_started, since, heartbeat, reason FROM lock WHERE id = 1");
    return query.executeStep() ? std::optional(lock_row(query)) : std::nullopt;
  }

  const std::string path_;
  std::mutex mutex_;
  SQLite::Database database_;
  std::optional<SQLite::Statement> insert_;
  Last last_;
  LockInfo mine_;
};

Result<std::unique_ptr<StateStore>> open(const std::string& path, int flags) {
  try {
    return std::make_unique<SqliteStore>(path, flags);
  } catch (const SQLite::Exception& failed) {
    return tl::unexpected(explained(path, failed));
  } catch (const Refused& refused) {
    return tl::unexpected(refused.error);
  }
}

}  // namespace

Result<std::unique_ptr<StateStore>> open_sqlite_store(const std::string& path) {
  if (auto made = make_folders(folder_of(path), 0700); !made) return tl::unexpected(made.error());
  return open(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
}

Result<std::unique_ptr<StateStore>> open_existing_sqlite_store(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) return std::unique_ptr<StateStore>();
  if (::access(path.c_str(), W_OK) == 0) return open(path, SQLite::OPEN_READWRITE);
  return open(path, SQLite::OPEN_READONLY);
}

}  // namespace pawl::executor
