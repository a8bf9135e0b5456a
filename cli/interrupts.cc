#include "cli/interrupts.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

namespace pawl::cli {
namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

void say(const char* line) {
  std::fputs(line, stderr);
  std::fflush(stderr);
}

}  // namespace

Interrupts::Interrupts(executor::Interrupt& interrupt) : interrupt_(interrupt) {
  const sigset_t set = watched();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  quit_ = ::eventfd(0, EFD_CLOEXEC);
  listener_ = std::thread([this] { listen(); });
}

Interrupts::~Interrupts() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t wrote = ::write(quit_, &one, sizeof one);
  listener_.join();
  ::close(signals_);
  ::close(quit_);
  const sigset_t set = watched();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupts::listen() {
  int seen = 0;
  pollfd both[2] = {{signals_, POLLIN, 0}, {quit_, POLLIN, 0}};
  for (;;) {
    if (::poll(both, 2, -1) < 0) continue;
    if (both[1].revents) return;
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    if (++seen == 1) {
      say("\nStopping after the running step. Ctrl-C once more stops it at once.\n");
      interrupt_.finish_running.request_stop();
    } else {
      say("\nStopping now; this takes a few seconds.\n");
      interrupt_.stop_now.request_stop();
    }
  }
}

}  // namespace pawl::cli
