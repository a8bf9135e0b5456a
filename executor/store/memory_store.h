// A state store that lives only as long as its object, for runs that must leave nothing behind. It can die as
// a killed pawl would: from then on nothing becomes durable, until it is picked up again.
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "executor/store/store.h"

namespace pawl::executor {

class MemoryStore final : public StateStore {
 public:
  Result<RunId> begin(const std::string& plan_id, const std::string& plan_json, const RunBegan& fact,
                      Timestamp at) override;
  Result<void> append(std::vector<Record>& records) override;
  Result<std::vector<Record>> records(RunId run) override;
  Result<std::vector<RunSummary>> runs(int newest, const std::string& stack) override;
  Result<std::string> plan(const std::string& plan_id) override;
  Result<Locked> lock(const LockInfo& mine) override;
  Result<void> renew(Timestamp heartbeat) override;
  Result<void> unlock() override;
  Result<std::optional<LockInfo>> lock_holder() override;
  Result<void> break_lock() override;

  /// From now on every append fails. Any thread.
  void die() { dead_ = true; }
  void revive() { dead_ = false; }

 private:
  std::mutex mutex_;
  std::atomic<bool> dead_ = false;
  std::map<RunId, std::vector<Record>> runs_;
  std::map<std::string, std::string> plans_;
  std::optional<LockInfo> holder_;
};

}  // namespace pawl::executor
