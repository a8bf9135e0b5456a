// What the tests of this room share: a folder that goes away, plans in a line, a tiny HTTP server, a world in
// memory.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "executor/instructions/real_world.h"
#include "executor/observer.h"
#include "executor/run.h"
#include "executor/store/store.h"
#include "planner/file/plan_file.h"
#include "planner/file/plan_text.h"
#include "planner/plan/plan.h"
#include "tests/support/files.h"

namespace pawl::executor::testing {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

using support::TempFolder;

inline std::string read(const std::string& path) {
  return support::read_file(path);
}
inline void write(const std::string& path, std::string_view text) {
  support::write_file(path, text);
}
inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Waits for a condition, not for a time; fails the test after 10 seconds.
inline bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

inline std::vector<lang::Text> words(const std::vector<std::string>& all) {
  std::vector<lang::Text> out;
  for (const std::string& word : all) out.emplace_back(word);
  return out;
}
inline planner::Process process(const std::vector<std::string>& argv) {
  planner::Process it;
  it.argv = words(argv);
  return it;
}
inline planner::Process shell(const std::string& script) {
  return process({"/bin/sh", "-c", script});
}
inline planner::Command command(const std::vector<std::string>& argv) {
  planner::Command it;
  it.process = process(argv);
  return it;
}
inline planner::Command shell_command(const std::string& script) {
  return command({"/bin/sh", "-c", script});
}
inline planner::Operation operation(planner::Instruction instruction) {
  planner::Operation it;
  it.instruction = std::move(instruction);
  return it;
}
inline planner::Step step(std::string subject, std::vector<planner::Operation> operations,
                          std::vector<std::uint32_t> needs = {}) {
  planner::Step it;
  it.subject = std::move(subject);
  it.operations = std::move(operations);
  for (const std::uint32_t need : needs) it.needs.push_back({need});
  return it;
}
inline planner::Plan plan_of(std::vector<planner::Step> steps, int parallelism = 2) {
  planner::Plan plan;
  plan.stack = "piprio";
  plan.from = "1.4.0";
  plan.to = "1.5.0";
  plan.hop = "minor";
  plan.steps = std::move(steps);
  plan.snapshot.stack = "piprio";
  plan.parallelism = parallelism;
  plan.id = planner::plan_id(plan);
  return plan;
}

/// Keeps every record it is shown.
class Recorder : public RunObserver {
 public:
  void record(const Record& record) override {
    const std::lock_guard lock(mutex_);
    records_.push_back(record);
  }
  void progress(std::uint32_t step, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    progress_.emplace_back(step, line);
  }
  std::vector<Record> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }
  std::vector<std::pair<std::uint32_t, std::string>> progress_lines() const {
    const std::lock_guard lock(mutex_);
    return progress_;
  }
  /// "step-started 0", "operation-finished 0.1", …
  std::vector<std::string> story() const {
    std::vector<std::string> out;
    for (const Record& record : records()) out.push_back(std::string(kind(record.fact)) + where(record.fact));
    return out;
  }
  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const Record& record : records()) {
      if (const T* fact = std::get_if<T>(&record.fact)) out.push_back(*fact);
    }
    return out;
  }

 private:
  static std::string where(const Fact& fact) {
    return std::visit(
        [](const auto& it) -> std::string {
          if constexpr (requires { it.operation; }) {
            return " " + std::to_string(it.step) + "." + std::to_string(it.operation);
          } else if constexpr (requires { it.step; }) {
            return " " + std::to_string(it.step);
          } else {
            return "";
          }
        },
        fact);
  }
  mutable std::mutex mutex_;
  std::vector<Record> records_;
  std::vector<std::pair<std::uint32_t, std::string>> progress_;
};

/// A real world in a temporary folder.
class RealWorldTest : public ::testing::Test {
 protected:
  std::unique_ptr<World> make(std::function<std::optional<std::string>(const planner::Ask&)> answer = {},
                              std::vector<planner::HostPlan> hosts = {}) {
    WorldSettings settings;
    settings.root = folder.path();
    settings.secrets = secrets.get();
    settings.clock = clock.get();
    settings.answer = std::move(answer);
    settings.hosts = std::move(hosts);
    return make_world(std::move(settings));
  }
  Outcome perform(const planner::Instruction& instruction, planner::Duration timeout = 60s,
                  std::stop_token stop = {}) {
    return perform(operation(instruction, timeout), std::move(stop));
  }
  Outcome perform_on(const std::string& host, const planner::Instruction& instruction) {
    return perform(planner::on_host(operation(instruction, 60s), host), {});
  }
  planner::Answer ask(const planner::Question& question, std::stop_token stop = {}) {
    return world->ask(question, std::move(stop));
  }
  static planner::Operation operation(const planner::Instruction& instruction, planner::Duration timeout) {
    planner::Operation it;
    it.instruction = instruction;
    it.timeout = timeout;
    return it;
  }
  Outcome perform(const planner::Operation& it, std::stop_token stop) {
    return world->perform(
        it, bindings, [this](std::string_view line) { progress.emplace_back(line); }, std::move(stop));
  }

  TempFolder folder;
  std::unique_ptr<Clock> clock = make_clock();
  std::unique_ptr<Secrets> secrets = make_secrets({{"password", "hunter2-secret"}, {"pin", "417"}});
  std::unique_ptr<World> world = make();
  std::vector<std::string> progress;
  Bindings bindings = [](const std::string& name) -> std::optional<std::string> {
    if (name == "run") return "20261121-143005";
    if (name == "run.id") return "7";
    return std::nullopt;
  };
};

/// Answers every GET with what `respond` says for its path: a status, then a body.
class HttpServer {
 public:
  struct Reply {
    int status = 200;
    std::string body;
    std::chrono::milliseconds delay{0};
  };
  using Respond = std::function<Reply(const std::string& request)>;

  explicit HttpServer(Respond respond) : respond_(std::move(respond)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0)
      std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  int port() const { return port_; }
  std::string url(const std::string& path = "/health") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (;;) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      handle(client);
      ::close(client);
    }
  }
  void handle(int client) {
    timeval patience{2, 0};
    ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string request;
    char buffer[4096];
    while (!whole(request)) {
      const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const Reply reply = respond_(request);
    std::this_thread::sleep_for(reply.delay);
    const std::string text = "HTTP/1.1 " + std::to_string(reply.status) +
                             " X\r\nContent-Length: " + std::to_string(reply.body.size()) +
                             "\r\nConnection: close\r\n\r\n" + reply.body;
    [[maybe_unused]] const ssize_t sent = ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
  }
  static bool whole(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto length = request.find("Content-Length: ");
    if (length == std::string::npos) return true;
    return request.size() >= end + 4 + std::stoul(request.substr(length + 16));
  }

  Respond respond_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// A world without processes: each operation is a Command whose first word says what to do.
class MemoryWorld : public World {
 public:
  std::function<Outcome(const std::string& name, std::stop_token stop)> act = [](const std::string&,
                                                                                 std::stop_token) {
    Outcome outcome;
    outcome.ok = true;
    return outcome;
  };
  std::function<planner::Answer(const planner::Question&)> answer = [](const planner::Question&) {
    return planner::Answer{};
  };

  planner::Answer ask(const planner::Question& question, std::stop_token) override {
    return answer(question);
  }
  Outcome perform(const planner::Operation& operation, const Bindings&,
                  const std::function<void(std::string_view)>&, std::stop_token stop) override {
    const auto* command = std::get_if<planner::Command>(&operation.instruction);
    const std::string name =
        command ? command->process.argv[0].shown() : std::string(kind(operation.instruction));
    const int now = ++running_;
    int before = most_;
    while (now > before && !most_.compare_exchange_weak(before, now)) {
    }
    {
      const std::lock_guard lock(mutex_);
      performed_.push_back(name);
    }
    Outcome outcome = act(name, std::move(stop));
    --running_;
    return outcome;
  }
  std::vector<std::string> performed() const {
    const std::lock_guard lock(mutex_);
    return performed_;
  }
  int most_at_once() const { return most_; }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> performed_;
  std::atomic<int> running_ = 0, most_ = 0;
};

}  // namespace pawl::executor::testing
