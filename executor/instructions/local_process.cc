// Services as processes: start, stop, signal, look. The pid file says who; /proc says whether it still is.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "executor/instructions/interpreters.h"
#include "executor/instructions/remote.h"
#include "executor/system/daemon.h"
#include "executor/system/process.h"
#include "executor/system/process_identity.h"
#include "executor/system/publish.h"
#include "executor/system/read_text.h"
#include "planner/plan/render.h"
extern "C" {
#include <sys/pidfd.h>
}

namespace pawl::executor {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

/// What a pid file says.
struct Recorded {
  pid_t pid = 0;
  std::int64_t started = 0;
  std::string fingerprint, boot;
};

enum class State { Running, Stopped, Foreign };

struct Found {
  State state = State::Stopped;
  Recorded recorded;
};

Result<std::optional<Recorded>> read_pid_file(const std::string& path) {
  const auto text = read_text(path, 64 * 1024);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::optional<Recorded>();
  const Json json = Json::parse(**text, nullptr, false);
  try {
    Recorded recorded{json.at("pid").get<pid_t>(), json.at("started").get<std::int64_t>(),
                      json.value("fingerprint", ""), json.value("boot", "")};
    if (recorded.pid > 1) return std::optional(recorded);
  } catch (const Json::exception&) {
  }
  return lang::failure(path + " is not a pid file of pawl", "remove it when you know what it is");
}

State state_of(const Recorded& recorded) {
  if (!recorded.boot.empty() && recorded.boot != boot_id()) return State::Stopped;  // that boot is over
  const auto stat = process_stat(recorded.pid);
  if (!stat) return State::Stopped;
  if (stat->started != recorded.started) return State::Foreign;
  return stat->live() ? State::Running : State::Stopped;
}

Result<Found> find(const std::string& pid_file) {
  const auto recorded = read_pid_file(pid_file);
  if (!recorded) return tl::unexpected(recorded.error());
  if (!*recorded) return Found{};
  return Found{state_of(**recorded), **recorded};
}

/// Held while a process is being started or stopped. A child that pawl's death left between fork and exec
/// holds it too.
Result<FileDescriptor> lock(const Context& context, const std::string& pid_file) {
  const std::string path = pid_file + ".lock";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return system_failure("cannot open " + path);
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_failure("cannot lock " + path);
    if (context.overdue() || !context.sleep(10ms))
      return lang::failure(path + " is locked by another start or stop");
  }
  return file;
}

/// A look waits for a start that is under way, but never creates a file and not for long.
void await_start(const Context& context, const std::string& pid_file) {
  const FileDescriptor file(::open((pid_file + ".lock").c_str(), O_RDONLY | O_CLOEXEC));
  for (int round = 0; file && round < 100 && !context.stopped(); ++round) {
    if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return;
    ::poll(nullptr, 0, 10);
  }
}

/// As execvp would find it, because between fork and exec nothing can be looked up.
Result<std::string> program(const std::string& name, const std::string& cwd) {
  if (name.find('/') != std::string::npos) return name.front() == '/' ? name : cwd + "/" + name;
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const std::string candidate = std::string(rest.substr(0, colon)) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
  return lang::failure("the program `" + name + "` was not found in PATH");
}

/// The env file's lines first, what the plan sets on top.
Result<std::vector<std::string>> environment(const Context& context, const planner::StartProcess& it) {
  auto added = env_file_entries(context, it.env_file);
  if (!added) return tl::unexpected(added.error());
  for (const auto& [name, value] : it.process.env) {
    auto text = context.text(value);
    if (!text) return tl::unexpected(text.error());
    added->emplace_back(name, std::move(*text));
  }
  return environment_with(*added);
}

Result<DaemonRequest> prepare(const Context& context, const planner::StartProcess& it) {
  DaemonRequest request;
  for (const lang::Text& word : it.process.argv) {
    auto text = context.text(word);
    if (!text) return tl::unexpected(text.error());
    request.argv.push_back(std::move(*text));
  }
  if (request.argv.empty()) return lang::failure("there is no program to start");
  request.cwd = context.path(it.process.cwd);
  auto found = program(request.argv[0], request.cwd);
  if (!found) return tl::unexpected(found.error());
  request.argv[0] = std::move(*found);
  auto env = environment(context, it);
  if (!env) return tl::unexpected(env.error());
  request.env = std::move(*env);
  request.log_file = context.path(it.log_file);
  request.pid_file = context.path(it.pid_file);
  request.head = R"({"pid":)";
  request.middle = R"(,"started":)";
  request.tail =
      fmt::format(R"(,"fingerprint":{},"boot":"{}"}})", Json(it.fingerprint).dump(), boot_id()) + "\n";
  return request;
}

Result<void> start(const Context& context, const planner::StartProcess& it, int lock_fd) {
  auto request = prepare(context, it);
  if (!request) return tl::unexpected(request.error());
  request->lock_fd = lock_fd;
  if (auto made = make_folders(folder_of(request->log_file), 0755); !made) return made;
  const auto pid = start_daemon(*request);
  if (!pid) return tl::unexpected(pid.error());
  return sync_folder(folder_of(request->pid_file));
}

/// A handle on the very process the pid file names; empty when it has ended meanwhile.
FileDescriptor handle(const Recorded& recorded) {
  FileDescriptor process(::pidfd_open(recorded.pid, 0));
  return process && state_of(recorded) == State::Running ? std::move(process) : FileDescriptor();
}

enum class Ended { Yes, NotYet, Interrupted };

/// Waits until the process and its group have ended.
Ended await_end(const Context& context, const FileDescriptor& process, pid_t group, Duration most) {
  const auto until = std::chrono::steady_clock::now() + most;
  for (;;) {
    pollfd end{process.get(), POLLIN, 0};
    ::poll(&end, 1, 20);
    if (end.revents && !group_is_alive(group)) return Ended::Yes;
    if (context.stopped()) return Ended::Interrupted;
    if (std::chrono::steady_clock::now() >= until) return Ended::NotYet;
    if (end.revents) ::poll(nullptr, 0, 10);
  }
}

Outcome end_process(const Context& context, const Recorded& recorded, Duration grace) {
  const FileDescriptor process = handle(recorded);
  if (!process) return succeeded();
  if (::kill(-recorded.pid, SIGTERM) != 0 && errno != ESRCH) {
    return failed(system_failure(fmt::format("process {} cannot be stopped", recorded.pid)).value());
  }
  Ended ended = await_end(context, process, recorded.pid, context.left(std::max(grace, Duration(1))));
  if (ended == Ended::Interrupted) return interrupted();
  if (ended == Ended::Yes) return succeeded();
  ::kill(-recorded.pid, SIGKILL);
  ended = await_end(context, process, recorded.pid, 10s);
  if (ended == Ended::Interrupted) return interrupted();
  if (ended == Ended::NotYet)
    return failed(fmt::format("process {} did not end after SIGKILL", recorded.pid));
  return succeeded(fmt::format("killed after {}\n", planner::render_duration(grace)));
}

/// Milliseconds since `started`, in clock ticks since the boot.
std::int64_t age_of(std::int64_t started) {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);  // what field 22 of /proc/PID/stat counts in, see proc(5)
  const std::int64_t begin = started * 1000 / ::sysconf(_SC_CLK_TCK);
  return std::max<std::int64_t>(0, std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000 - begin);
}

std::string_view word(State state) {
  switch (state) {
    case State::Running:
      return "running";
    case State::Stopped:
      return "stopped";
    case State::Foreign:
      return "foreign";
  }
  return "";
}

}  // namespace

planner::Answer ask(const Context& context, const planner::InspectProcess& query) {
  const std::string pid_file = context.path(query.pid_file);
  await_start(context, pid_file);
  const auto found = find(pid_file);
  if (!found) return unanswered(found.error().what);
  const auto& [state, recorded] = *found;
  const std::int64_t age = state == State::Running ? age_of(recorded.started) : 0;
  return answered(fmt::format(R"({{"state":"{}","pid":{},"started":{},"age_ms":{},"fingerprint":{}}})",
                              word(state), recorded.pid, recorded.started, age,
                              Json(recorded.fingerprint).dump()));
}

Outcome perform(const Context& context, const planner::StartProcess& it) {
  const std::string pid_file = context.path(it.pid_file);
  if (auto made = make_folders(folder_of(pid_file), 0755); !made) return failed(made.error());
  const auto locked = lock(context, pid_file);
  if (!locked) return context.stopped() ? interrupted() : failed(locked.error());
  const auto found = find(pid_file);
  if (!found) return failed(found.error());
  if (found->state == State::Running) {
    if (found->recorded.fingerprint == it.fingerprint) return succeeded("already running\n");
    return failed(
        fmt::format("process {} of {} still runs, started in another way", found->recorded.pid, it.pid_file));
  }
  const auto started = start(context, it, locked->get());
  return started ? succeeded() : failed(started.error());
}

Outcome perform(const Context& context, const planner::StopProcess& it) {
  const std::string pid_file = context.path(it.pid_file);
  if (::access(folder_of(pid_file).c_str(), F_OK) != 0) return succeeded();
  const auto locked = lock(context, pid_file);
  if (!locked) return context.stopped() ? interrupted() : failed(locked.error());
  const auto found = find(pid_file);
  if (!found) return failed(found.error());
  Outcome outcome =
      found->state == State::Running ? end_process(context, found->recorded, it.grace) : succeeded();
  if (outcome.ok && ::unlink(pid_file.c_str()) != 0 && errno != ENOENT) {
    return failed(system_failure("cannot remove " + pid_file).value());
  }
  return outcome;
}

Outcome perform(const Context& context, const planner::SignalProcess& it) {
  const auto found = find(context.path(it.pid_file));
  if (!found) return failed(found.error());
  const FileDescriptor process = found->state == State::Running ? handle(found->recorded) : FileDescriptor();
  if (!process) {
    const bool foreign = found->state == State::Foreign;
    return failed(fmt::format("no process to signal: {} {}", it.pid_file,
                              foreign ? "names another process" : "is not running"));
  }
  if (::pidfd_send_signal(process.get(), it.signal, nullptr, 0) == 0) return succeeded();
  return failed(system_failure(fmt::format("process {} cannot be signalled", found->recorded.pid)).value());
}

}  // namespace pawl::executor
