// Starts a program that outlives pawl: its own session, a child of init, its identity on disk before it runs.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "lang/result.h"

namespace pawl::executor {

struct DaemonRequest {
  std::vector<std::string> argv;  // argv[0] with a `/`: already looked up
  std::vector<std::string> env;   // NAME=value, whole
  std::string cwd;
  std::string log_file;  // stdout and stderr are appended to it
  std::string pid_file;
  /// The pid file's JSON around its two numbers: `head` PID `middle` TICKS `tail`.
  std::string head, middle, tail;
  /// A locked descriptor that the child keeps until the program runs: as long as some process holds the lock,
  /// a start is under way.
  int lock_fd = -1;
};

/// The pid of the running program. When the program cannot be started the pid file is gone again and the
/// Error says why.
lang::Result<pid_t> start_daemon(const DaemonRequest& request);

}  // namespace pawl::executor
