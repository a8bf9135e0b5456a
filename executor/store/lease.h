// The lock as a lease: who we are, whether another owner is proved dead, and the heartbeat.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "executor/ports/clock.h"
#include "executor/store/store.h"

namespace pawl::executor {

/// This process as an owner.
LockInfo this_process(Timestamp now, std::string reason);
/// True when `holder` cannot be alive, judged by us, `mine`: its process of this boot is gone or is another
/// one; or this host has been started again since and the lease was not renewed for 10 seconds.
bool proved_dead(const LockInfo& holder, const LockInfo& mine);

/// Renews the lease every second on its own thread while it lives.
class Heartbeat {
 public:
  /// `lost` is called once, from the heartbeat's thread, when the lock is not `mine` any more. A store that
  /// fails (a full disk) does not count: the next record will tell.
  Heartbeat(StateStore& store, Clock& clock, LockInfo mine, std::function<void(std::string why)> lost);

 private:
  std::jthread thread_;
};

}  // namespace pawl::executor
