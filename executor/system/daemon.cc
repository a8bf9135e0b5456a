// Between fork and exec only async-signal-safe calls are allowed (pawl has threads), so everything that needs
// memory is prepared beforehand. The grandchild writes its own pid file: whenever pawl is killed, either the
// program never runs or its identity is on disk.
#include "executor/system/daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "executor/system/file_descriptor.h"
#include "executor/system/process.h"
#include "executor/system/publish.h"

namespace pawl::executor {
namespace {

/// Where the child was when something failed, sent to the parent with errno.
enum class Stage : int { Fork, PidFile, Folder, LogFile, Exec };
struct Report {
  pid_t pid = 0;  // when all is well so far
  int error = 0;
  Stage stage = Stage::Fork;
};

/// Decimal digits of `number`, without memory.
std::size_t write_number(char* to, long long number) {
  char digits[24];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  for (std::size_t i = 0; i < count; ++i) to[i] = digits[count - 1 - i];
  return count;
}

/// Field 22 of /proc/self/stat: the time this process started.
long long own_start_time() {
  const int file = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  char text[1024];
  const ssize_t got = file < 0 ? -1 : ::read(file, text, sizeof text - 1);
  if (file >= 0) ::close(file);
  if (got <= 0) return -1;
  text[got] = '\0';
  const char* at = ::strrchr(text, ')');
  if (!at) return -1;
  for (int field = 2; field < 22; ++field) {
    at = ::strchr(at + 1, ' ');
    if (!at) return -1;
  }
  long long ticks = 0;
  for (++at; *at >= '0' && *at <= '9'; ++at) ticks = ticks * 10 + (*at - '0');
  return ticks;
}

bool put(int file, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t wrote = ::write(file, bytes, size);
    if (wrote < 0) return false;
    bytes += wrote;
    size -= static_cast<std::size_t>(wrote);
  }
  return true;
}

/// All the grandchild needs, prepared in the parent.
struct Prepared {
  const DaemonRequest& request;
  std::string beside;  // the pid file while it is written
  std::vector<char*> argv, env;
  int report_fd = -1;
};

bool write_pid_file(const Prepared& it) {
  const int file = ::open(it.beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return false;
  const long long started = own_start_time();
  char number[24];
  bool ok = started >= 0 && put(file, it.request.head.data(), it.request.head.size());
  ok = ok && put(file, number, write_number(number, ::getpid()));
  ok = ok && put(file, it.request.middle.data(), it.request.middle.size());
  ok = ok && put(file, number, write_number(number, started));
  ok = ok && put(file, it.request.tail.data(), it.request.tail.size());
  ok = ok && ::fsync(file) == 0;
  ::close(file);
  return ok && ::rename(it.beside.c_str(), it.request.pid_file.c_str()) == 0;
}

void tell(int fd, Report report) {
  [[maybe_unused]] const ssize_t wrote = ::write(fd, &report, sizeof report);
}

[[noreturn]] void give_up(const Prepared& it, Stage stage) {
  const int error = errno;
  ::unlink(it.beside.c_str());
  if (stage > Stage::PidFile) ::unlink(it.request.pid_file.c_str());
  tell(it.report_fd, {0, error, stage});
  ::_exit(127);
}

void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool redirect(const Prepared& it) {
  const int null = ::open("/dev/null", O_RDONLY);
  const int log = ::open(it.request.log_file.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0640);
  if (null < 0 || log < 0) return false;
  ::dup2(null, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  return ::dup2(log, STDERR_FILENO) >= 0;
}

/// The lock and the report pipe stay open until the program runs; nothing else of pawl's is inherited.
void close_on_exec_all() {
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

[[noreturn]] void become_program(const Prepared& it) {
  ::setsid();
  reset_signals();
  if (!write_pid_file(it)) give_up(it, Stage::PidFile);
  if (!redirect(it)) give_up(it, Stage::LogFile);
  if (::chdir(it.request.cwd.c_str()) != 0) give_up(it, Stage::Folder);
  tell(it.report_fd, {::getpid(), 0, Stage::Exec});
  close_on_exec_all();
  ::execve(it.argv[0], it.argv.data(), it.env.data());
  give_up(it, Stage::Exec);
}

lang::Result<pid_t> outcome(const DaemonRequest& request, const Report& report) {
  const std::string why = std::generic_category().message(report.error);
  switch (report.stage) {
    case Stage::Fork:
      return lang::failure("a process cannot be started: " + why);
    case Stage::PidFile:
      return lang::failure("cannot write the pid file " + request.pid_file + ": " + why);
    case Stage::LogFile:
      return lang::failure("cannot open the log file " + request.log_file + ": " + why);
    case Stage::Folder:
      return lang::failure("cannot enter the folder " + request.cwd + ": " + why);
    case Stage::Exec:
      break;
  }
  return lang::failure("the program " + request.argv[0] + " cannot be started: " + why);
}

/// Reads reports until the pipe closes: by exec (all is well) or by the end of the child.
lang::Result<pid_t> await_report(const DaemonRequest& request, int fd) {
  Report last, one;
  bool any = false;
  for (;;) {
    const ssize_t got = ::read(fd, &one, sizeof one);
    if (got < 0 && errno == EINTR) continue;
    if (got != static_cast<ssize_t>(sizeof one)) break;
    last = one;
    any = true;
  }
  if (!any) return lang::failure("the program " + request.argv[0] + " ended before it was started");
  if (last.error != 0) return outcome(request, last);
  return last.pid;
}

}  // namespace

lang::Result<pid_t> start_daemon(const DaemonRequest& request) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("a process cannot be started");
  const FileDescriptor reports(ends[0]);
  FileDescriptor reporting(ends[1]);
  const Prepared prepared{request, request.pid_file + ".new", pointers(request.argv), pointers(request.env),
                          ends[1]};
  const pid_t middle = ::fork();
  if (middle < 0) return system_failure("a process cannot be started");
  if (middle == 0) {
    const pid_t grandchild = ::fork();
    if (grandchild == 0) become_program(prepared);
    if (grandchild < 0) tell(prepared.report_fd, {0, errno, Stage::Fork});
    ::_exit(0);
  }
  reporting.reset();
  while (::waitpid(middle, nullptr, 0) < 0 && errno == EINTR) {
  }
  return await_report(request, reports.get());
}

}  // namespace pawl::executor
