// Which process is that? A pid alone is reused; with its start time and the boot it is unique.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace pawl::executor {

/// One line of /proc/PID/stat.
struct ProcessStat {
  char state = '?';  // 'Z' and 'X': it has ended
  pid_t group = 0;
  std::int64_t started = 0;  // clock ticks since the boot
  bool live() const { return state != 'Z' && state != 'X' && state != 'x'; }
};

/// Empty when there is no such process.
std::optional<ProcessStat> process_stat(pid_t pid);
/// Some process of that group is alive; zombies do not count.
bool group_is_alive(pid_t group);
/// Identifies the boot of this machine; empty when the kernel does not say.
const std::string& boot_id();
std::string host_name();

}  // namespace pawl::executor
