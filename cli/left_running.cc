#include "cli/left_running.h"

#include <fmt/format.h>

#include <cctype>
#include <iostream>
#include <sstream>

#include "cli/output.h"
#include "cli/patience.h"
#include "cli/run_report.h"
#include "executor/record/fold.h"

namespace pawl::cli {
namespace {

std::optional<planner::LeftRunning> left_by(const Workspace& workspace, const planner::Process& stopped) {
  for (const lang::Deployment& deployment : workspace.stack().deployments) {
    const planner::Provider* provider = workspace.providers.engine(deployment.kind());
    if (!provider) continue;
    if (auto left = provider->left_running(stopped)) return left;
  }
  return std::nullopt;
}

/// The operation of a step that was stopped, or has failed; null: there is none, or it is no command.
const planner::Operation* unfinished(const planner::Step& step, const executor::StepProgress& progress) {
  using State = executor::StepState;
  const bool failed = progress.state == State::Failing || progress.state == State::Failed;
  if ((!failed && !progress.in_doubt) || progress.done >= step.operations.size()) return nullptr;
  const planner::Operation& operation = step.operations[progress.done];
  return std::holds_alternative<planner::Command>(operation.instruction) ? &operation : nullptr;
}

std::string capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace

std::vector<StillRunning> left_running(const Workspace& workspace, executor::World& world,
                                       executor::StateStore& store, executor::RunId run) {
  std::vector<StillRunning> still;
  const auto report = fold_run(store, run);
  if (!report) return still;
  const executor::RunState state = executor::fold(report->plan, report->records);
  for (std::size_t number = 0; number < state.steps.size(); ++number) {
    const executor::StepProgress& progress = state.steps[number];
    const planner::Operation* operation = unfinished(report->plan.steps[number], progress);
    if (!operation) continue;
    const auto left = left_by(workspace, std::get<planner::Command>(operation->instruction).process);
    if (!left) continue;
    if (!left->names) {
      if (progress.in_doubt) still.push_back({"", left->what, left->command});
      continue;
    }
    const planner::Answer answer = ask_patiently(world, {*left->names, operation->host});
    std::istringstream names(answer.ok && answer.exit_code == 0 ? answer.output : "");
    for (std::string name; std::getline(names, name);) {
      if (!name.empty()) still.push_back({name, left->what, left->command + " " + name});
    }
  }
  return still;
}

std::string render(const std::vector<StillRunning>& still) {
  std::string text;
  for (const StillRunning& one : still) {
    const std::string what = capital(one.what);
    text += one.name.empty()
                ? fmt::format("{} may still run; to look: {}\n", what, one.command)
                : fmt::format("{} still runs: {}. To stop it: {}\n", what, one.name, one.command);
  }
  return text;
}

std::optional<Exit> await_end_of_what_is_left(const Common& common, const Workspace& workspace,
                                              const Outside& outside, executor::StateStore& store,
                                              executor::RunId run, const executor::Interrupt& interrupt) {
  using namespace std::chrono_literals;
  constexpr int kSeconds = 600, kEverySeconds = 8;
  for (int second = 0;; ++second) {
    auto still = left_running(workspace, *outside.world, store, run);
    // What may have ended long ago cannot be waited for.
    std::erase_if(still, [](const StillRunning& one) { return one.name.empty(); });
    if (still.empty()) return std::nullopt;
    const StillRunning& first = still.front();
    if (second >= kSeconds) {
      print_refusal(
          common, {{fmt::format("{} that run {} began still runs: {}.", capital(first.what), run, first.name),
                    "Wait until it has ended, or stop it: " + first.command}});
      return Exit::Refused;
    }
    if (second % kEverySeconds == 0)
      std::cerr << fmt::format("Waiting for {} that run {} began: {}, {} s so far. To stop it: {}\n",
                               first.what, run, first.name, second, first.command);
    if (!outside.clock->sleep(1s, interrupt.finish_running.get_token())) {
      std::cerr << "Not waited for; nothing was changed.\n";
      return Exit::Interrupted;
    }
  }
}

}  // namespace pawl::cli
