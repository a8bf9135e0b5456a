#include "cli/view.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <map>

#include "cli/output.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

void write_line(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

/// One JSON object per line: the records themselves.
class JsonView final : public executor::RunObserver {
 public:
  void record(const executor::Record& record) override { write_line(executor::write_record(record)); }
};

/// One line per event, for logs and CI.
class LineView final : public executor::RunObserver {
 public:
  explicit LineView(const planner::Plan& plan) : plan_(plan) {}

  void record(const executor::Record& record) override {
    std::visit([&](const auto& fact) { show(record, fact); }, record.fact);
  }

 private:
  void show(const executor::Record& record, const executor::RunBegan& fact) {
    write_line(fmt::format("{}  run {} {}: {} {} → {}", clock(record.at), record.run,
                           fact.resumed ? "goes on" : "begins", fact.stack, fact.from, fact.to));
  }
  void show(const executor::Record& record, const executor::StepStarted& fact) {
    began_[fact.step] = record.at;
    line(record.at, fact.step, "started");
  }
  void show(const executor::Record&, const executor::OperationStarted&) {}
  void show(const executor::Record& record, const executor::OperationFinished& fact) {
    if (!fact.ok) line(record.at, fact.step, "operation failed: " + fact.error);
  }
  void show(const executor::Record& record, const executor::StepFinished& fact) {
    const auto took = planner::Duration(record.at - began_[fact.step]);
    line(record.at, fact.step, "done in " + planner::render_duration(took));
  }
  void show(const executor::Record& record, const executor::StepFailed& fact) {
    line(record.at, fact.step, "failed: " + fact.reason);
  }
  void show(const executor::Record& record, const executor::Sample& fact) {
    write_line(fmt::format("{}  {}{}", clock(record.at), fact.available ? "available" : "not available",
                           fact.detail.empty() ? "" : ": " + fact.detail));
  }
  void show(const executor::Record& record, const executor::Notified& fact) {
    if (!fact.ok)
      write_line(fmt::format("{}  notification {} failed: {}", clock(record.at), fact.name, fact.error));
  }
  void show(const executor::Record&, const executor::RunEnded&) {}  // the command says how it ended

  void line(executor::Timestamp at, std::uint32_t step, const std::string& what) {
    write_line(fmt::format("{}  {} {}: {}", clock(at), step_number(step, plan_.steps.size()),
                           step_title(plan_.steps.at(step)), what));
  }
  static std::string clock(executor::Timestamp at) { return local_time(at).substr(11, 8); }

  const planner::Plan& plan_;
  std::map<std::uint32_t, executor::Timestamp> began_;
};

}  // namespace

std::string step_title(const planner::Step& step) {
  return fmt::format("{} {}", planner::name(step.kind), step.subject);
}

std::string step_number(std::uint32_t step, std::size_t of) {
  const std::string total = std::to_string(of);
  return fmt::format("[{:>{}}/{}]", step + 1, total.size(), total);
}

std::unique_ptr<executor::RunObserver> make_view(const Common& common, const planner::Plan& plan) {
  if (common.json) return std::make_unique<JsonView>();
  const char* terminal = std::getenv("TERM");
  const bool live = ::isatty(STDOUT_FILENO) && terminal && std::string_view(terminal) != "dumb";
  if (live) return make_live_view(plan, colour(common, STDOUT_FILENO), width());
  return std::make_unique<LineView>(plan);
}

}  // namespace pawl::cli
