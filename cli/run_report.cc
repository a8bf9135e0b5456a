#include "cli/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/output.h"
#include "cli/state.h"
#include "cli/view.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

/// One record applied to what is known of the run; the only place that changes a StepReport.
struct Fold {
  RunReport& report;
  executor::Timestamp at;

  StepReport* step(std::uint32_t number) {
    return number < report.steps.size() ? &report.steps[number] : nullptr;
  }
  void operator()(const executor::StepStarted& fact) {
    if (StepReport* one = step(fact.step)) *one = {StepReport::State::Running, at, 0, {}};
  }
  void operator()(const executor::StepFinished& fact) {
    if (StepReport* one = step(fact.step)) one->state = StepReport::State::Done, one->ended = at;
  }
  void operator()(const executor::StepFailed& fact) {
    StepReport* one = step(fact.step);
    if (!one) return;
    one->state = StepReport::State::Failed;
    one->ended = at;
    one->reason = fact.reason;
    report.evidence = fact.evidence;
  }
  void operator()(const auto&) {}
};

std::string_view name(StepReport::State state) {
  switch (state) {
    case StepReport::State::Waiting:
      return "waiting";
    case StepReport::State::Running:
      return "running";
    case StepReport::State::Done:
      return "done";
    case StepReport::State::Failed:
      return "failed";
  }
  return "";
}

std::string step_line(const RunReport& report, std::uint32_t number) {
  const StepReport& step = report.steps[number];
  std::string line = fmt::format("  {} {:<40} {}", step_number(number, report.steps.size()),
                                 step_title(report.plan.steps[number]), name(step.state));
  if (step.ended > 0)
    line += " after " + planner::render_duration(planner::Duration(step.ended - step.began));
  if (!step.reason.empty()) line += ": " + step.reason;
  return line + "\n";
}

/// What to type after a run that did not succeed.
std::string next_command(const RunReport& report) {
  for (std::size_t number = 0; number < report.steps.size(); ++number) {
    if (report.steps[number].state == StepReport::State::Failed)
      return report.plan.steps[number].recovery.next;
  }
  return "pawl apply --resume";
}

}  // namespace

lang::Result<RunReport> fold_run(executor::StateStore& store, executor::RunId run) {
  const auto runs = store.runs(1'000'000, "");
  if (!runs) return tl::unexpected(runs.error());
  const auto summary =
      std::find_if(runs->begin(), runs->end(), [&](const auto& one) { return one.run == run; });
  if (summary == runs->end())
    return lang::failure(fmt::format("There is no run {}.", run), "See: pawl history");
  auto plan = plan_of(store, *summary);
  if (!plan) return tl::unexpected(plan.error());
  auto records = store.records(run);
  if (!records) return tl::unexpected(records.error());
  RunReport report{*summary, std::move(*plan), {}, {}, std::move(*records)};
  report.steps.resize(report.plan.steps.size());
  for (const executor::Record& record : report.records) std::visit(Fold{report, record.at}, record.fact);
  return report;
}

std::string outcome(const executor::RunSummary& summary, bool live) {
  if (live) return "running";
  if (!summary.end) return "died";
  switch (summary.end->outcome) {
    case executor::RunEnded::Outcome::Succeeded:
      return "succeeded";
    case executor::RunEnded::Outcome::Failed:
      return "failed";
    case executor::RunEnded::Outcome::Refused:
      return "refused";
    case executor::RunEnded::Outcome::Interrupted:
      return "interrupted";
  }
  return "";
}

std::string render(const Common& common, const RunReport& report, bool live) {
  const executor::RunSummary& summary = report.summary;
  const std::string how = outcome(summary, live);
  std::string text = fmt::format("run {}  {}  {} → {}  {}, began {} by {}\n", summary.run, summary.stack,
                                 summary.from, summary.to, how, local_time(summary.began), summary.owner);
  for (std::uint32_t number = 0; number < report.steps.size(); ++number) text += step_line(report, number);
  if (!report.evidence.empty() && how != "succeeded") text += "\n" + report.evidence + "\n";
  if (summary.end && how == "succeeded" && report.plan.availability) {
    text += fmt::format("not available for {} (longest {})\n",
                        planner::render_duration(planner::Duration(summary.end->unavailable_ms)),
                        planner::render_duration(planner::Duration(summary.end->longest_unavailable_ms)));
  }
  if (how == "failed" || how == "interrupted" || how == "died")
    text += "Next: " + typed(common, next_command(report)) + "\n";
  return text;
}

std::string render_json(const RunReport& report, bool live) {
  const executor::RunSummary& summary = report.summary;
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (std::size_t number = 0; number < report.steps.size(); ++number) {
    const StepReport& step = report.steps[number];
    steps.push_back({{"step", number + 1},
                     {"kind", planner::name(report.plan.steps[number].kind)},
                     {"subject", report.plan.steps[number].subject},
                     {"state", name(step.state)},
                     {"began", step.began},
                     {"ended", step.ended},
                     {"reason", step.reason}});
  }
  nlohmann::ordered_json out{
      {"run", summary.run},     {"plan", summary.plan_id}, {"stack", summary.stack},
      {"from", summary.from},   {"to", summary.to},        {"purpose", summary.purpose},
      {"owner", summary.owner}, {"began", summary.began},  {"outcome", outcome(summary, live)},
      {"steps", steps}};
  if (summary.end) {
    out["ended"] = summary.ended.value_or(0);
    out["reason"] = summary.end->reason;
    out["unavailable_ms"] = summary.end->unavailable_ms;
    out["longest_unavailable_ms"] = summary.end->longest_unavailable_ms;
  }
  return out.dump() + "\n";
}

}  // namespace pawl::cli
