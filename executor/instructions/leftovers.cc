#include "executor/instructions/leftovers.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "executor/system/process_identity.h"
#include "executor/system/read_text.h"

namespace pawl::executor {
namespace {

using namespace std::chrono_literals;

constexpr const char* kVariable = "PAWL_OPERATION";
constexpr std::uint64_t kEnvironmentBytes = 4u << 20;

bool carries(const std::string& environment, const std::string& entry) {
  // Entries end with a NUL; one more in front makes the first like the others.
  return (std::string(1, '\0') + environment).find(std::string(1, '\0') + entry + std::string(1, '\0')) !=
         std::string::npos;
}

/// A live process that carries the mark; 0 when there is none. One that made itself a session of its own is a
/// service that the command started on purpose, not the command.
pid_t marked_process(const std::string& entry) {
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
  while (const dirent* item = processes ? ::readdir(processes.get()) : nullptr) {
    const int pid = std::atoi(item->d_name);
    if (pid <= 0 || ::getsid(pid) == pid) continue;
    const auto environment = read_text(fmt::format("/proc/{}/environ", pid), kEnvironmentBytes);
    if (!environment || !*environment || !carries(**environment, entry)) continue;
    const auto stat = process_stat(pid);
    if (stat && stat->live()) return pid;
  }
  return 0;
}

}  // namespace

void mark(const Context& context, ProcessRequest& request) {
  if (!context.operation.empty()) request.env.emplace_back(kVariable, context.operation);
}

std::optional<std::string> await_leftovers(const Context& context) {
  const std::string entry = std::string(kVariable) + "=" + context.operation;
  for (bool told = false;;) {
    const pid_t pid = context.operation.empty() ? 0 : marked_process(entry);
    if (pid == 0) return std::nullopt;
    if (!told && context.progress)
      context.progress(fmt::format("waiting for process {} of the interrupted session", pid));
    told = true;
    const bool over = context.overdue() || !context.sleep(50ms);
    if (over) return fmt::format("process {} of the interrupted session still runs", pid);
  }
}

}  // namespace pawl::executor
