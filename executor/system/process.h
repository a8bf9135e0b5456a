// One child process, from start to end: exact argv, its own process group, bounded output, exit and signal
// told apart.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pawl::executor {

struct ProcessRequest {
  std::vector<std::string> argv;  // argv[0] is looked up in pawl's own PATH when it has no `/`
  std::vector<std::pair<std::string, std::string>> env;  // added to pawl's own environment
  std::string cwd;                                       // empty: pawl's own
  std::string stdin_file;                                // absolute; empty: /dev/null, or `stdin_text`
  std::optional<std::string> stdin_text;
  int stdout_fd = -1;                      // where stdout goes; -1: a pipe read by pawl
  std::chrono::milliseconds timeout{0};    // 0: none
  std::chrono::milliseconds grace{5'000};  // between SIGTERM and SIGKILL when it must stop
  std::size_t keep = 0;                    // bytes of stdout and of stderr that end up in ProcessEnd
  enum class Stream { Out, Err };
  std::function<void(Stream, std::string_view chunk)> on_output;  // as it comes, on the calling thread
  std::function<void()> on_second;  // about once a second while it runs, on the calling thread
};

struct ProcessEnd {
  enum class How {
    NotStarted,  // `error` says why; `code` is its errno, 0 when there is none
    Exited,      // with `code`
    Signalled,   // killed by signal `code`, not by us
    TimedOut,
    Stopped,  // the stop token ended it
  };
  How how = How::NotStarted;
  int code = 0;
  std::string error;     // NotStarted only; one sentence
  std::string out, err;  // the first `keep` bytes of each
  bool truncated = false;
};

/// Runs a process and waits for its end. SIGTERM, then SIGKILL after `grace`, go to the whole process group
/// when the time is up or `stop` is requested. A grandchild that keeps the pipes open does not delay the
/// return. Any thread.
ProcessEnd run_process(const ProcessRequest& request, const std::stop_token& stop);

/// "exited with 3", "was killed by signal 11 (Segmentation fault)", "did not end within 30s and was stopped".
std::string describe(const ProcessEnd& end, std::chrono::milliseconds timeout);

/// pawl's environment with `added` on top, as NAME=value.
std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& added);

/// As execve wants them: the strings themselves, which must outlive the result, and a null pointer.
std::vector<char*> pointers(const std::vector<std::string>& strings);

}  // namespace pawl::executor
