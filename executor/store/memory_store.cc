#include "executor/store/memory_store.h"

namespace pawl::executor {

Result<RunId> MemoryStore::begin(const std::string& plan_id, const std::string& plan_json,
                                 const RunBegan& fact, Timestamp at) {
  const std::lock_guard lock(mutex_);
  const RunId run = static_cast<RunId>(runs_.size()) + 1;
  plans_[plan_id] = plan_json;
  runs_[run].push_back(Record{run, 1, at, fact});
  return run;
}

Result<void> MemoryStore::append(std::vector<Record>& records) {
  const std::lock_guard lock(mutex_);
  if (dead_) return lang::failure("killed");
  for (Record& record : records) {
    std::vector<Record>& run = runs_[record.run];
    record.sequence = static_cast<std::int64_t>(run.size()) + 1;
    run.push_back(record);
  }
  return {};
}

Result<std::vector<Record>> MemoryStore::records(RunId run) {
  const std::lock_guard lock(mutex_);
  const auto found = runs_.find(run);
  return found == runs_.end() ? std::vector<Record>{} : found->second;
}

Result<std::vector<RunSummary>> MemoryStore::runs(int newest, const std::string& stack) {
  const std::lock_guard lock(mutex_);
  std::vector<RunSummary> all;
  for (auto run = runs_.rbegin(); run != runs_.rend() && static_cast<int>(all.size()) < newest; ++run) {
    const auto& began = std::get<RunBegan>(run->second.front().fact);
    if (!stack.empty() && began.stack != stack) continue;
    RunSummary summary{run->first,   began.plan_id, began.stack,   began.from,
                       began.to,     began.owner,   began.purpose, run->second.front().at,
                       std::nullopt, std::nullopt};
    if (const auto* end = std::get_if<RunEnded>(&run->second.back().fact)) {
      summary.ended = run->second.back().at;
      summary.end = *end;
    }
    all.push_back(std::move(summary));
  }
  return all;
}

Result<std::string> MemoryStore::plan(const std::string& plan_id) {
  const std::lock_guard lock(mutex_);
  const auto found = plans_.find(plan_id);
  if (found == plans_.end()) return lang::failure("no such plan");
  return found->second;
}

Result<StateStore::Locked> MemoryStore::lock(const LockInfo& mine) {
  const std::lock_guard lock(mutex_);
  Locked locked;
  locked.taken = !holder_;
  if (holder_) {
    locked.holder = holder_;
  } else {
    holder_ = mine;
  }
  return locked;
}

Result<void> MemoryStore::renew(Timestamp heartbeat) {
  const std::lock_guard lock(mutex_);
  if (!holder_) return lang::failure("the lock is gone");
  holder_->heartbeat = heartbeat;
  return {};
}

Result<void> MemoryStore::unlock() {
  return break_lock();
}

Result<std::optional<LockInfo>> MemoryStore::lock_holder() {
  const std::lock_guard lock(mutex_);
  return holder_;
}

Result<void> MemoryStore::break_lock() {
  const std::lock_guard lock(mutex_);
  holder_.reset();
  return {};
}

}  // namespace pawl::executor
