// posix_spawn starts the child, a pidfd tells its end, one poll loop waits for output, end, stop and time
// together.
#include "executor/system/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "executor/system/file_descriptor.h"
extern "C" {
#include <sys/pidfd.h>
}

extern char** environ;

namespace pawl::executor {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// How long we go on reading after the child ended. What it wrote itself is in the pipe by then.
constexpr auto kDrain = 100ms;

struct Pipe {
  FileDescriptor read, write;
};

std::optional<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  Pipe pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return pipe;
}

/// stdin from text: an anonymous file, so that nobody has to feed a pipe.
FileDescriptor text_file(const std::string& text) {
  FileDescriptor file(::memfd_create("stdin", MFD_CLOEXEC));
  std::size_t done = 0;
  while (file && done < text.size()) {
    const ssize_t wrote = ::write(file.get(), text.data() + done, text.size() - done);
    if (wrote < 0) return {};
    done += static_cast<std::size_t>(wrote);
  }
  if (file) ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

/// posix_spawn's two option objects.
class SpawnOptions {
 public:
  SpawnOptions() {
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
    // The child starts with nothing blocked: pawl blocks the signals it reads itself.
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD})
      sigaddset(&defaults, signal);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnOptions() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;

  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
};

bool has_folder(const ProcessRequest& request) {
  struct stat info {};
  return request.cwd.empty() || (::stat(request.cwd.c_str(), &info) == 0 && S_ISDIR(info.st_mode));
}

std::string why_not_started(const ProcessRequest& request, int error) {
  if (!has_folder(request)) {
    return fmt::format("the folder {} to run `{}` in does not exist", request.cwd, request.argv[0]);
  }
  if (!request.stdin_file.empty() && ::access(request.stdin_file.c_str(), R_OK) != 0) {
    return fmt::format("{} cannot be read: {}", request.stdin_file, std::generic_category().message(errno));
  }
  if (error == ENOENT && request.argv[0].find('/') == std::string::npos) {
    return fmt::format("the program `{}` was not found in PATH", request.argv[0]);
  }
  return fmt::format("the program `{}` cannot be started: {}", request.argv[0],
                     std::generic_category().message(error));
}

/// A running child and the pipes from it.
struct Child {
  pid_t pid = -1;
  FileDescriptor pidfd, out, err;
};

class Runner {
 public:
  Runner(const ProcessRequest& request, const std::stop_token& stop) : request_(request), stop_(stop) {}

  ProcessEnd run() {
    if (!start()) return std::move(end_);
    if (request_.timeout > 0ms) act_at_ = SteadyClock::now() + request_.timeout;
    while (!over()) wait_once();
    return std::move(end_);
  }

 private:
  bool start() {
    if (request_.argv.empty()) return refuse("there is no program to run");
    auto err = make_pipe();
    auto out = request_.stdout_fd < 0 ? make_pipe() : std::optional<Pipe>(Pipe{});
    FileDescriptor in = request_.stdin_text ? text_file(*request_.stdin_text) : FileDescriptor();
    if (!err || !out || (request_.stdin_text && !in)) return refuse("too many open files");
    SpawnOptions options;
    auto* actions = &options.actions;
    if (in) {
      ::posix_spawn_file_actions_adddup2(actions, in.get(), STDIN_FILENO);
    } else {
      const char* file = request_.stdin_file.empty() ? "/dev/null" : request_.stdin_file.c_str();
      ::posix_spawn_file_actions_addopen(actions, STDIN_FILENO, file, O_RDONLY, 0);
    }
    const int stdout_fd = request_.stdout_fd < 0 ? out->write.get() : request_.stdout_fd;
    ::posix_spawn_file_actions_adddup2(actions, stdout_fd, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(actions, err->write.get(), STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(actions, 3);
    if (!request_.cwd.empty()) ::posix_spawn_file_actions_addchdir_np(actions, request_.cwd.c_str());
    if (!spawn(options)) return false;
    child_.out = std::move(out->read);
    child_.err = std::move(err->read);
    return true;
  }

  bool spawn(const SpawnOptions& options) {
    const auto argv = pointers(request_.argv);
    std::vector<std::string> added;
    std::vector<char*> env;
    if (!request_.env.empty()) {
      added = environment_with(request_.env);
      env = pointers(added);
    }
    const int error = ::posix_spawnp(&child_.pid, argv[0], &options.actions, &options.attributes, argv.data(),
                                     env.empty() ? environ : env.data());
    if (error != 0) {
      end_.code = has_folder(request_) ? error : ENOTDIR;
      return refuse(why_not_started(request_, error));
    }
    child_.pidfd = FileDescriptor(::pidfd_open(child_.pid, 0));
    if (child_.pidfd) return true;
    ::kill(-child_.pid, SIGKILL);  // without a pidfd we could not wait; there is no descriptor left
    ::waitpid(child_.pid, nullptr, 0);
    return refuse("too many open files");
  }

  bool refuse(std::string why) {
    end_.how = ProcessEnd::How::NotStarted;
    end_.error = std::move(why);
    return false;
  }

  bool over() const {
    if (!ended_) return false;
    return (!child_.out && !child_.err) || SteadyClock::now() >= drain_until_;
  }

  void wait_once() {
    std::array<pollfd, 4> fds{{{ended_ ? -1 : child_.pidfd.get(), POLLIN, 0},
                               {child_.out.get(), POLLIN, 0},
                               {child_.err.get(), POLLIN, 0},
                               {wake_fd(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), poll_timeout()) < 0 && errno != EINTR) return;
    if (fds[1].revents) drain(child_.out, ProcessRequest::Stream::Out);
    if (fds[2].revents) drain(child_.err, ProcessRequest::Stream::Err);
    if (fds[0].revents) reap();
    if (!ended_) stop_if_due();
    if (!ended_ && request_.on_second && SteadyClock::now() >= next_second_) {
      request_.on_second();
      next_second_ = SteadyClock::now() + 1s;
    }
  }

  int poll_timeout() const {
    auto until = ended_ ? std::optional(drain_until_) : act_at_;
    if (!ended_ && request_.on_second) until = until ? std::min(*until, next_second_) : next_second_;
    if (!until) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - SteadyClock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
  }

  int wake_fd() const { return ended_ || stopping_ ? -1 : wake_.get(); }

  /// Reads what is there; closes at the end of the stream.
  void drain(FileDescriptor& fd, ProcessRequest::Stream stream) {
    char buffer[65536];
    for (int round = 0; round < 16; ++round) {
      const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (got <= 0) return fd.reset();
      keep(stream, {buffer, static_cast<std::size_t>(got)});
      if (static_cast<std::size_t>(got) < sizeof buffer) return;
    }
  }

  void keep(ProcessRequest::Stream stream, std::string_view chunk) {
    std::string& into = stream == ProcessRequest::Stream::Out ? end_.out : end_.err;
    const std::size_t room = request_.keep - std::min(request_.keep, into.size());
    into.append(chunk.substr(0, room));
    if (chunk.size() > room) end_.truncated = true;
    if (request_.on_output) request_.on_output(stream, chunk);
  }

  void reap() {
    // While the child is a zombie its group id cannot be another group's: the time to end what it left
    // behind.
    if (stopping_) ::kill(-child_.pid, SIGKILL);
    siginfo_t info{};
    if (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(child_.pidfd.get()), &info, WEXITED) != 0)
      return;
    ended_ = true;
    drain_until_ = SteadyClock::now() + kDrain;
    end_.code = info.si_status;
    if (stopping_) {
      end_.how = *stopping_;
    } else {
      end_.how = info.si_code == CLD_EXITED ? ProcessEnd::How::Exited : ProcessEnd::How::Signalled;
    }
  }

  void stop_if_due() {
    if (!stopping_ && stop_.stop_requested()) return begin_to_stop(ProcessEnd::How::Stopped);
    if (!act_at_ || SteadyClock::now() < *act_at_) return;
    if (!stopping_) return begin_to_stop(ProcessEnd::How::TimedOut);
    ::kill(-child_.pid, SIGKILL);
    act_at_.reset();
  }

  void begin_to_stop(ProcessEnd::How why) {
    stopping_ = why;
    ::kill(-child_.pid, SIGTERM);
    act_at_ = SteadyClock::now() + request_.grace;
  }

  const ProcessRequest& request_;
  const std::stop_token& stop_;
  ProcessEnd end_;
  Child child_;
  FileDescriptor wake_{stop_.stop_possible() ? ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1};
  std::stop_callback<std::function<void()>> on_stop_{stop_, [this] { ::eventfd_write(wake_.get(), 1); }};
  bool ended_ = false;
  std::optional<ProcessEnd::How> stopping_;
  std::optional<SteadyClock::time_point> act_at_;  // when to send the next signal
  SteadyClock::time_point drain_until_;
  SteadyClock::time_point next_second_ = SteadyClock::now() + 1s;
};

std::string seconds(std::chrono::milliseconds duration) {
  return duration % 1s == 0ms ? fmt::format("{}s", duration / 1s) : fmt::format("{}ms", duration.count());
}

}  // namespace

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& one : strings) out.push_back(const_cast<char*>(one.c_str()));
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all;
  const auto replaced = [&](std::string_view entry) {
    return std::any_of(added.begin(), added.end(), [&](const auto& one) {
      return entry.size() > one.first.size() && entry.starts_with(one.first) &&
             entry[one.first.size()] == '=';
    });
  };
  for (char** entry = environ; *entry; ++entry) {
    if (!replaced(*entry)) all.emplace_back(*entry);
  }
  for (auto one = added.begin(); one != added.end(); ++one) {
    const bool again =
        std::any_of(one + 1, added.end(), [&](const auto& later) { return later.first == one->first; });
    if (!again) all.push_back(one->first + "=" + one->second);
  }
  return all;
}

ProcessEnd run_process(const ProcessRequest& request, const std::stop_token& stop) {
  return Runner(request, stop).run();
}

std::string describe(const ProcessEnd& end, std::chrono::milliseconds timeout) {
  switch (end.how) {
    case ProcessEnd::How::NotStarted:
      return end.error;
    case ProcessEnd::How::Exited:
      return fmt::format("exited with {}", end.code);
    case ProcessEnd::How::Signalled:
      return fmt::format("was killed by signal {} ({})", end.code, ::sigdescr_np(end.code));
    case ProcessEnd::How::TimedOut:
      return fmt::format("did not end within {} and was stopped", seconds(timeout));
    case ProcessEnd::How::Stopped:
      return "was stopped";
  }
  return {};
}

}  // namespace pawl::executor
