#include "executor/system/process_identity.h"

#include <dirent.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "executor/system/read_text.h"

namespace pawl::executor {

std::optional<ProcessStat> process_stat(pid_t pid) {
  const auto text = read_text("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!text || !*text) return std::nullopt;
  // The program's name is in brackets and may hold anything, brackets too.
  const auto name_end = (*text)->rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields((*text)->substr(name_end + 1));
  ProcessStat stat;
  std::string skipped;
  pid_t parent = 0;
  fields >> stat.state >> parent >> stat.group;
  for (int field = 6; field <= 21; ++field) fields >> skipped;
  fields >> stat.started;  // field 22 of proc(5)
  if (!fields) return std::nullopt;
  return stat;
}

bool group_is_alive(pid_t group) {
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
  while (const dirent* entry = processes ? ::readdir(processes.get()) : nullptr) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const auto stat = process_stat(pid);
    if (stat && stat->group == group && stat->live()) return true;
  }
  return false;
}

const std::string& boot_id() {
  static const std::string id = [] {
    auto text = read_text("/proc/sys/kernel/random/boot_id", 256);
    std::string value = text && *text ? **text : "";
    while (!value.empty() && value.back() == '\n') value.pop_back();
    return value;
  }();
  return id;
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

}  // namespace pawl::executor
