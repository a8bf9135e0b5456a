// One line per event, for logs and CI; and so that nobody takes a long dump for a hang, a line every few
// seconds about each step that is silent: what it does, how far it is, and how long it may take.
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "cli/operation_words.h"
#include "cli/output.h"
#include "cli/view.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

using Steady = std::chrono::steady_clock;

/// Whoever reads along never waits longer than ten seconds for a line, and the machine may be busy.
constexpr auto kQuiet = std::chrono::seconds(8);

void write_line(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

executor::Timestamp now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string clock(executor::Timestamp at) {
  return local_time(at).substr(11, 8);
}

class LineView final : public executor::RunObserver {
 public:
  explicit LineView(const planner::Plan& plan)
      : plan_(plan), ticker_([this](const std::stop_token& stop) { tick(stop); }) {}

  void record(const executor::Record& record) override {
    const std::lock_guard lock(mutex_);
    run_ = record.run;
    std::visit([&](const auto& fact) { show(record.at, fact); }, record.fact);
  }

  void progress(std::uint32_t step, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    if (const auto found = running_.find(step); found != running_.end()) found->second.last = line;
  }

 private:
  struct Running {
    executor::Timestamp began = 0;                  // the step
    executor::Timestamp operation_began = 0;        // the operation it is at
    const planner::Operation* operation = nullptr;  // null: it has failed, and its state is asked for
    Steady::time_point told = Steady::now();
    std::string last;  // what the operation said last
  };

  void show(executor::Timestamp at, const executor::RunBegan& fact) {
    write_line(fmt::format("{}  run {} {}: {} {} → {}", clock(at), run_, fact.resumed ? "goes on" : "begins",
                           fact.stack, fact.from, fact.to));
  }
  void show(executor::Timestamp at, const executor::StepStarted& fact) {
    running_.insert_or_assign(fact.step, Running{at, at, nullptr, Steady::now(), {}});
    line(at, fact.step, "started");
  }
  void show(executor::Timestamp at, const executor::OperationStarted& fact) {
    Running& running = running_[fact.step];
    running.operation = &plan_.steps.at(fact.step).operations.at(fact.operation);
    running.operation_began = at;
    running.last.clear();
  }
  void show(executor::Timestamp, const executor::OperationFinished& fact) {
    if (!fact.ok) running_[fact.step].operation = nullptr;
  }
  void show(executor::Timestamp at, const executor::StepFinished& fact) {
    line(at, fact.step, "done in " + took(at, fact.step));
    running_.erase(fact.step);
  }
  /// Why the first step failed is what the command ends with; of the others only this line says it.
  void show(executor::Timestamp at, const executor::StepFailed& fact) {
    const std::string reason = failed_ ? ": " + fact.reason : "";
    line(at, fact.step, "failed after " + took(at, fact.step) + reason);
    running_.erase(fact.step);
    failed_ = true;
  }
  void show(executor::Timestamp at, const executor::Sample& fact) {
    write_line(fmt::format("{}  {}{}", clock(at), fact.available ? "available" : "not available",
                           fact.detail.empty() ? "" : ": " + fact.detail));
  }
  void show(executor::Timestamp at, const executor::Notified& fact) {
    if (!fact.ok) write_line(fmt::format("{}  notification {} failed: {}", clock(at), fact.name, fact.error));
  }
  /// The command says how it ended.
  void show(executor::Timestamp, const executor::RunEnded&) { running_.clear(); }

  std::string took(executor::Timestamp at, std::uint32_t step) {
    return planner::render_duration(planner::Duration(at - running_[step].began));
  }

  void line(executor::Timestamp at, std::uint32_t step, const std::string& what) {
    write_line(fmt::format("{}  {} {}: {}", clock(at), step_number(step, plan_.steps.size()),
                           step_title(plan_.steps.at(step)), what));
    running_[step].told = Steady::now();
  }

  /// "20s so far: running `pg_dump` (1.2 GB written), until 03:25:10 at the latest".
  std::string still(const Running& running, executor::Timestamp at) const {
    const auto since = std::chrono::seconds((at - running.began) / 1000);
    std::string text = planner::render_duration(since) + " so far: ";
    if (!running.operation) return text + "it has failed, and its services are being looked at";
    text += doing(*running.operation);
    if (!running.last.empty()) text += " (" + running.last + ")";
    const planner::Duration most = time_limit(*running.operation);
    if (most == planner::Duration(0)) return text + ", without a time limit";
    return text + ", until " + clock(running.operation_began + most.count()) + " at the latest";
  }

  void tick(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
      if (stop.stop_requested()) return;
      for (const auto& [step, running] : running_) {
        if (Steady::now() - running.told >= kQuiet) line(now(), step, still(running, now()));
      }
    }
  }

  const planner::Plan& plan_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<std::uint32_t, Running> running_;
  executor::RunId run_ = 0;
  bool failed_ = false;  // some step has
  std::jthread ticker_;  // last: it uses everything above
};

}  // namespace

std::unique_ptr<executor::RunObserver> make_line_view(const planner::Plan& plan) {
  return std::make_unique<LineView>(plan);
}

}  // namespace pawl::cli
