// The live view: finished steps scroll up as lines; below them the running steps are redrawn in place, each
// with the time it has taken and what it does or has printed last, so that a slow migration never looks like
// a hang.
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "cli/operation_words.h"
#include "cli/view.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

using namespace std::chrono_literals;

/// The first `columns` code points of a line, without control characters.
std::string cut(std::string_view line, int columns) {
  std::string out;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continuation = (byte & 0xC0u) == 0x80u;
    if (!continuation && columns-- <= 0) break;
    out += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return out;
}

class LiveView final : public executor::RunObserver {
 public:
  LiveView(const planner::Plan& plan, bool colour, int width)
      : plan_(plan), colour_(colour), width_(width), ticker_([this](std::stop_token stop) { tick(stop); }) {}

  ~LiveView() override {
    ticker_.request_stop();
    ticker_.join();
    const std::lock_guard lock(mutex_);
    erase();
    std::fflush(stdout);
  }

  void record(const executor::Record& record) override {
    const std::lock_guard lock(mutex_);
    erase();
    std::visit([&](const auto& fact) { show(fact); }, record.fact);
    draw();
  }

  void progress(std::uint32_t step, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(step);
    if (found != running_.end()) found->second.last_line = cut(line, width_);
  }

 private:
  struct Running {
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
    std::string last_line;
  };

  void show(const executor::RunBegan& fact) {
    print(fmt::format("{} {} → {}", fact.stack, fact.from, fact.to));
  }
  void show(const executor::StepStarted& fact) { running_.insert_or_assign(fact.step, Running{}); }
  void show(const executor::OperationStarted& fact) {
    const planner::Operation& operation = plan_.steps.at(fact.step).operations.at(fact.operation);
    running_[fact.step].last_line = cut(doing(operation), width_);
  }
  void show(const executor::OperationFinished&) {}
  void show(const executor::StepFinished& fact) { finish(fact.step, "32", "✓", {}); }
  /// Why the first step failed is what the command ends with; of the others only this line says it.
  void show(const executor::StepFailed& fact) {
    finish(fact.step, "31", "✗", failed_ ? fact.reason : "");
    failed_ = true;
  }
  void show(const executor::Sample& fact) { available_ = fact.available; }
  void show(const executor::Notified& fact) {
    if (!fact.ok) print("  notification " + fact.name + " failed: " + fact.error);
  }
  void show(const executor::RunEnded&) { running_.clear(); }

  void finish(std::uint32_t step, const char* code, const char* mark, const std::string& reason) {
    const std::string took = elapsed(running_[step]);
    running_.erase(step);
    print(fmt::format("{} {} {}  {}{}", painted(code, mark), step_number(step, plan_.steps.size()),
                      step_title(plan_.steps.at(step)), took, reason.empty() ? "" : "  " + reason));
  }

  static std::string elapsed(const Running& running) {
    const auto took = std::chrono::steady_clock::now() - running.since;
    return planner::render_duration(std::chrono::duration_cast<planner::Duration>(took));
  }

  std::string painted(const char* code, const std::string& text) const {
    return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }

  static void print(const std::string& line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  }

  /// The cursor is below what draw() drew; this takes those lines away again.
  void erase() {
    if (drawn_ > 0) std::fprintf(stdout, "\x1b[%dA\x1b[J", drawn_);
    drawn_ = 0;
  }

  void draw() {
    for (const auto& [step, running] : running_) {
      const std::string head = fmt::format("{} {} {}  {}", "▸", step_number(step, plan_.steps.size()),
                                           step_title(plan_.steps.at(step)), elapsed(running));
      print(cut(running.last_line.empty() ? head : head + "  " + running.last_line, width_ - 1));
      ++drawn_;
    }
    if (available_ && !*available_ && !running_.empty()) {
      print(painted("33", "  not available to users right now"));
      ++drawn_;
    }
    std::fflush(stdout);
  }

  void tick(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, stop, 250ms, [] { return false; });
      if (stop.stop_requested()) return;
      erase();
      draw();
    }
  }

  const planner::Plan& plan_;
  const bool colour_;
  const int width_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<std::uint32_t, Running> running_;
  std::optional<bool> available_;
  bool failed_ = false;  // some step has
  int drawn_ = 0;
  std::jthread ticker_;  // last: it uses everything above
};

}  // namespace

std::unique_ptr<executor::RunObserver> make_live_view(const planner::Plan& plan, bool colour, int width) {
  return std::make_unique<LiveView>(plan, colour, width);
}

}  // namespace pawl::cli
