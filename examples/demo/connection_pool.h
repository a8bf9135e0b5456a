// Database connections shared by the threads of a server.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "examples/demo/database.h"

namespace piprio {

class ConnectionPool {
 public:
  explicit ConnectionPool(const Settings& settings) : settings_(settings) {}

  /// Runs `work` with a connection of its own. One that failed is not used again.
  template <class Work>
  auto with(Work work) {
    std::unique_ptr<Database> database = take();
    auto result = work(*database);
    give_back(std::move(database));
    return result;
  }

 private:
  std::unique_ptr<Database> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto database = std::move(idle_.back());
        idle_.pop_back();
        return database;
      }
    }
    return open_database(settings_);
  }
  void give_back(std::unique_ptr<Database> database) {
    std::lock_guard lock(mutex_);
    if (idle_.size() < 8) idle_.push_back(std::move(database));
  }

  const Settings& settings_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Database>> idle_;
};

}  // namespace piprio
