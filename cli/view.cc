#include "cli/view.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/output.h"

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
  return make_line_view(plan);
}

}  // namespace pawl::cli
