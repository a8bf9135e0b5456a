#include "executor/store/lease.h"

#include <pwd.h>
#include <unistd.h>

#include "executor/system/process_identity.h"

namespace pawl::executor {
namespace {

using namespace std::chrono_literals;

/// A host that was started again has renewed nothing for longer than this.
constexpr Timestamp kStaleAfter = 10'000;

std::string user_name() {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (::getpwuid_r(::getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found) return found->pw_name;
  return std::to_string(::getuid());
}

bool same_owner(const LockInfo& a, const LockInfo& b) {
  return a.pid == b.pid && a.pid_started == b.pid_started && a.boot_id == b.boot_id && a.since == b.since;
}

}  // namespace

LockInfo this_process(Timestamp now, std::string reason) {
  LockInfo info;
  info.host = host_name();
  info.owner = user_name() + "@" + info.host;
  info.boot_id = boot_id();
  info.pid = ::getpid();
  const auto stat = process_stat(info.pid);
  info.pid_started = stat ? stat->started : 0;
  info.since = info.heartbeat = now;
  info.reason = std::move(reason);
  return info;
}

bool proved_dead(const LockInfo& holder, const LockInfo& mine) {
  if (holder.host != mine.host || holder.boot_id.empty() || mine.boot_id.empty()) return false;
  if (holder.boot_id != mine.boot_id) return mine.heartbeat - holder.heartbeat > kStaleAfter;
  const auto stat = process_stat(holder.pid);
  return !stat || stat->started != holder.pid_started || !stat->live();
}

bool proved_dead(const LockInfo& holder) {
  return proved_dead(holder, this_process(make_clock()->now(), {}));
}

Heartbeat::Heartbeat(StateStore& store, Clock& clock, LockInfo mine,
                     std::function<void(std::string why)> lost)
    : thread_([&store, &clock, mine = std::move(mine), lost = std::move(lost)](const std::stop_token& stop) {
        // A real second, whatever clock the run has: other processes judge this lease by theirs.
        const auto wall = make_clock();
        while (wall->sleep(1s, stop)) {
          if (store.renew(clock.now())) continue;
          const auto holder = store.lock_holder();
          if (!holder || (*holder && same_owner(**holder, mine))) continue;
          return lost(*holder ? "the lock was taken over by " + (*holder)->owner
                              : "the lock was removed by `pawl unlock`");
        }
      }) {}

}  // namespace pawl::executor
