// Where records, plans and the lock live. SQLite today; the interface is what a team's PostgreSQL will
// implement.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/record/record.h"
#include "lang/result.h"

namespace pawl::executor {

using lang::Result;

/// Who holds the lock. A lease: the owner renews `heartbeat` every second.
struct LockInfo {
  std::string owner;  // user@host
  std::string host;
  std::string boot_id;  // of the host, so that a pid of an earlier boot is known to be dead
  int pid = 0;
  std::int64_t pid_started = 0;  // start time of the process in clock ticks: tells a reused pid apart
  Timestamp since = 0;
  Timestamp heartbeat = 0;
  std::string reason;  // "apply shop 1.4.0 → 1.5.0"
};

/// The holder cannot come back: same host and boot and its process is gone (or its pid was reused), or
/// another boot of this host. A holder on another host is never proved dead from here.
bool proved_dead(const LockInfo& holder);

struct RunSummary {
  RunId run = 0;
  std::string plan_id, stack, from, to, owner;
  std::string purpose;  // of its plan: "upgrade", "rollback", …
  Timestamp began = 0;
  std::optional<Timestamp> ended;
  std::optional<RunEnded> end;
};

class StateStore {
 public:
  virtual ~StateStore() = default;
  /// Saves the plan's bytes under its id and begins a run of it. Durable when it returns.
  virtual Result<RunId> begin(const std::string& plan_id, const std::string& plan_json, const RunBegan& fact,
                              Timestamp at) = 0;
  /// All records become durable together before this returns, in the given order; sets their sequence.
  virtual Result<void> append(std::vector<Record>& records) = 0;
  virtual Result<std::vector<Record>> records(RunId run) = 0;
  /// Newest first. `stack`: only its runs; empty: those of every stack that keeps its state here.
  virtual Result<std::vector<RunSummary>> runs(int newest, const std::string& stack) = 0;
  virtual Result<std::string> plan(const std::string& plan_id) = 0;

  /// Takes the lock, or returns who holds it. A holder proved dead (same host and boot, pid gone or reused;
  /// or another boot of the same host) is taken over, and `taken_over` says from whom.
  struct Locked {
    bool taken = false;
    std::optional<LockInfo> holder;      // set when not taken
    std::optional<LockInfo> taken_over;  // set when a dead owner's lock was taken
  };
  virtual Result<Locked> lock(const LockInfo& mine) = 0;
  virtual Result<void> renew(Timestamp heartbeat) = 0;
  virtual Result<void> unlock() = 0;
  virtual Result<std::optional<LockInfo>> lock_holder() = 0;
  /// `pawl unlock`: removes the lock whoever holds it.
  virtual Result<void> break_lock() = 0;
};

/// WAL, synchronous=FULL, foreign files refused (application_id), newer schema refused. Creates parent
/// folders (0700).
Result<std::unique_ptr<StateStore>> open_sqlite_store(const std::string& path);
/// Like open_sqlite_store, but nothing is created: empty when there is no store yet. For status and history.
Result<std::unique_ptr<StateStore>> open_existing_sqlite_store(const std::string& path);

}  // namespace pawl::executor
