#include "examples/demo/signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace piprio {

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  file_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (file_ < 0) throw std::runtime_error("cannot receive signals");
}

Signals::~Signals() {
  close(file_);
}

Signals::What Signals::poll_once(int timeout_ms) {
  if (stopping_) return What::Stop;
  pollfd poll_for{file_, POLLIN, 0};
  poll(&poll_for, 1, timeout_ms);
  What what = What::None;
  signalfd_siginfo signal;
  while (read(file_, &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo != SIGHUP) stopping_ = true;
    what = What::Reload;
  }
  return stopping_ ? What::Stop : what;
}

Signals::What Signals::wait(std::chrono::milliseconds duration) {
  return poll_once(static_cast<int>(duration.count()));
}

Signals::What Signals::wait() {
  for (;;)
    if (const What what = poll_once(-1); what != What::None) return what;
}

}  // namespace piprio
