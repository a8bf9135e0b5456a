#include "cli/run_job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "cli/interrupts.h"
#include "cli/ledger_news.h"
#include "cli/left_running.h"
#include "cli/observation.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/state.h"
#include "cli/view.h"
#include "planner/file/plan_file.h"
#include "planner/plan/hash.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

/// The configuration the plan was compiled from is part of it: an edit since then makes it stale, as a
/// changed world does.
std::vector<std::string> changed_files(const planner::Plan& plan, const Looked& now) {
  std::vector<std::string> changes;
  for (const auto& [path, digest] : plan.provenance.files) {
    const auto found = std::find_if(now.files.begin(), now.files.end(),
                                    [&](const auto& file) { return file.first == path; });
    if (found == now.files.end()) {
      changes.push_back(path + " is gone");
    } else if (found->second != digest) {
      changes.push_back(path + " was edited");
    }
  }
  return changes;
}

Exit report_stale(const Common& common, const std::vector<std::string>& changes) {
  std::vector<lang::Error> reasons;
  for (const std::string& change : changes)
    reasons.push_back({"Stale plan: " + change + " since it was made.", {}});
  reasons.back().fix = "Nothing was changed. Make a new one: " + typed(common, "pawl plan");
  print_refusal(common, reasons);
  return Exit::Refused;
}

Exit report_lock(const Common& common, const executor::LockInfo& holder) {
  print_refusal(common,
                {{fmt::format("Another run holds the lock: {} (pid {} on {}), since {}: {}.", holder.owner,
                              holder.pid, holder.host, local_time(holder.since), holder.reason),
                  "Wait for it (pawl status), or, when it is known to be dead: pawl unlock"}});
  return Exit::Refused;
}

/// Who holds the lock of the job's store, unless that owner is proved dead. A store that cannot be read says
/// so when the run begins.
std::optional<executor::LockInfo> holder_alive(const Job& job) {
  const auto own = job.store ? std::unique_ptr<executor::StateStore>()
                             : existing_store(job.plan.state_path).value_or(nullptr);
  executor::StateStore* store = job.store ? job.store.get() : own.get();
  if (!store) return std::nullopt;
  auto holder = store->lock_holder();
  if (!holder || !*holder || executor::proved_dead(**holder)) return std::nullopt;
  return std::move(**holder);
}

Exit report_refusal(const Common& common, const executor::RunResult& result) {
  if (!result.differences.empty()) return report_stale(common, result.differences);
  if (result.holder) return report_lock(common, *result.holder);
  print_refusal(common, {{result.reason, {}}});
  return Exit::Refused;
}

std::string availability(const planner::Plan& plan, const executor::RunResult& result) {
  if (!plan.availability) return {};
  const std::string name = plan.availability->service.empty() ? "The probe" : plan.availability->service;
  const planner::Duration away(result.unavailable_ms);
  if (away == planner::Duration(0) && !result.away) return name + " was always available";
  std::string text =
      fmt::format("{} was not available for {} (longest {})", name, planner::render_duration(away),
                  planner::render_duration(planner::Duration(result.longest_unavailable_ms)));
  if (const auto budget = plan.availability->budget) {
    text += fmt::format(", {} the budget of {}", away > *budget ? "over" : "within",
                        planner::render_duration(*budget));
  }
  if (result.away) text += "; it is not available now";
  return text;
}

/// What is asked of the world once a run has ended.
struct Aftermath {
  std::vector<LedgerNews> news;
  std::vector<StillRunning> still;
};

Exit report_failure(const Common& common, const planner::Plan& plan, const executor::RunResult& result,
                    const Aftermath& after) {
  const planner::Step* step = result.failed_step ? &plan.steps.at(*result.failed_step) : nullptr;
  std::cerr << "\nThe " << planner::name(plan.purpose) << (step ? " stopped at " : " stopped: ")
            << result.reason;
  if (step && step->origin.line) std::cerr << fmt::format(" ({}:{})", step->origin.file, step->origin.line);
  std::cerr << '\n';
  if (!result.evidence.empty())
    std::cerr << "\n" << result.evidence << (result.evidence.ends_with('\n') ? "\n" : "\n\n");
  if (const std::string text = availability(plan, result); !text.empty())
    std::cerr << (result.evidence.empty() ? "\n" : "") << text << '\n';
  std::cerr << render(after.news, true) << render(after.still);
  if (step && plan.purpose == planner::Purpose::Upgrade) {
    std::cerr << "The way back from here: " << planner::describe(step->recovery) << ".\n";
    if (step->recovery.next == "pawl rollback")
      std::cerr << "Once the cause is mended, this goes on instead: " << typed(common, "pawl apply --resume")
                << "\n";
  }
  if (step)
    std::cerr << "Every command of that step: "
              << typed(common, fmt::format("pawl show {} --step {}", result.run, *result.failed_step + 1))
              << "\n";
  std::cerr << "Next: " << typed(common, step ? step->recovery.next : "pawl apply --resume") << '\n';
  return Exit::Failed;
}

/// What a run that ended well has brought about.
std::string what_is_so(const planner::Plan& plan) {
  switch (plan.purpose) {
    case planner::Purpose::Backup:
      return "A bundle of " + plan.stack + " " + plan.to + " is taken; see pawl backups";
    case planner::Purpose::Drill:
      return "The bundle restores";
    case planner::Purpose::Restore:
      return fmt::format("{} is restored and runs {} now", plan.stack, plan.to);
    case planner::Purpose::Rollback:
      return fmt::format("{} runs {} again", plan.stack, plan.to);
    case planner::Purpose::Upgrade:
      break;
  }
  return fmt::format("{} runs {} now", plan.stack, plan.to);
}

Exit report(const Common& common, const planner::Plan& plan, const executor::RunResult& result,
            const Aftermath& after) {
  using End = executor::RunResult::End;
  if (common.json) std::cout << json_lines(after.news, result.run) << std::flush;
  switch (result.end) {
    case End::Succeeded: {
      if (common.json) return Exit::Done;
      const std::string text = availability(plan, result);
      std::cout << fmt::format("\n{} (run {}).\n{}{}{}", what_is_so(plan), result.run,
                               render(after.news, false), text, text.empty() ? "" : "\n");
      return Exit::Done;
    }
    case End::Refused:
      return report_refusal(common, result);
    case End::Interrupted:
      std::cerr << "\nInterrupted: " << result.reason << "\n"
                << render(after.still) << "Next: " << typed(common, "pawl apply --resume") << "\n";
      return Exit::Interrupted;
    case End::StoreFailed:
      std::cerr << "\nStopped: " << result.reason
                << "\nNothing more was started. When that is mended: " << typed(common, "pawl apply --resume")
                << "\n";
      return Exit::Failed;
    case End::Failed:
      break;
  }
  return report_failure(common, plan, result, after);
}

/// Asks before anything changes. Nothing said on a terminal, or no terminal at all, is a no.
std::optional<Exit> approve(const RunChoices& choices, const planner::Plan& plan) {
  if (choices.auto_approve) return std::nullopt;
  if (!interactive()) {
    std::cerr << "Not on a terminal, so nobody can be asked.\n"
                 "  Look at the plan, then give the same command once more, with --auto-approve.\n";
    return Exit::Usage;
  }
  const auto answer =
      prompt(fmt::format("Apply these {} steps? Only \"yes\" is accepted:", plan.steps.size()));
  if (answer && *answer == "yes") return std::nullopt;
  std::cerr << "Not applied; nothing was changed.\n";
  return Exit::Refused;
}

void show_plan(const Common& common, const planner::Plan& plan) {
  if (common.json) return;
  // The question that follows is what is next.
  std::cout << planner::render_text(plan, {.colour = colour(common, STDOUT_FILENO),
                                           .width = width(),
                                           .plan_file = {},
                                           .next = {.apply = "", .plan = "", .apply_file = "", .show = ""}})
            << std::endl;
}

/// Every secret is looked up before anything changes: a missing one refuses the run, and from the first step
/// on none of them can be printed by a program and end up in the journal.
std::vector<lang::Error> missing_secrets(const Job& job, executor::Secrets& secrets) {
  std::vector<lang::Error> reasons;
  for (const std::string& source : planner::secret_sources(job.json)) {
    if (const auto value = secrets.resolve(source); !value) reasons.push_back(value.error());
  }
  return reasons;
}

JobResult execute(const Common& common, const RunChoices& choices, const Workspace& workspace, Job job) {
  executor::Interrupt interrupt;
  const Interrupts signals(interrupt);
  if (!job.store) {
    auto store = executor::open_sqlite_store(job.plan.state_path);
    if (!store) {
      print_error(store.error());
      return {Exit::Failed};
    }
    job.store = std::move(*store);
  }
  const Outside outside = open_outside(workspace, job.plan.hosts, answer_asks(choices.yes, choices.confirm));
  if (const auto reasons = missing_secrets(job, *outside.secrets); !reasons.empty()) {
    print_refusal(common, reasons);
    return {Exit::Refused};
  }
  for (const executor::RunId earlier : {job.resume.value_or(0), job.plan.undoes}) {
    if (earlier == 0) continue;
    if (const auto no = await_end_of_what_is_left(common, workspace, outside, *job.store, earlier, interrupt))
      return {*no};
  }
  executor::RunOptions how;
  how.parallelism = choices.parallelism;
  how.resume = job.resume;
  how.reobserve = [&]() -> lang::Result<planner::Snapshot> {
    auto seen = observe_world(workspace, *outside.world);
    if (!seen) return tl::unexpected(seen.error());
    return std::move(seen->snapshot);
  };
  const auto view = make_view(common, job.plan);
  const executor::RunResult result =
      executor::run(job.plan, job.json, *outside.world, *job.store, *outside.clock, *view, interrupt, how);
  using End = executor::RunResult::End;
  const bool ended = result.end == End::Succeeded || result.end == End::Failed;
  Aftermath after;
  if (ended) after.news = ledger_news(workspace, *outside.world, job.plan);
  if (result.end == End::Failed || result.end == End::Interrupted)
    after.still = left_running(workspace, *outside.world, *job.store, result.run);
  const bool stale = result.end == End::Refused && !result.differences.empty();
  return {report(common, job.plan, result, after), result.run, result.end == End::Failed, stale};
}

}  // namespace

Job job_of(planner::Plan plan) {
  Job job;
  job.json = planner::write_plan(plan);
  job.plan = std::move(plan);
  return job;
}

JobResult run_job(const Common& common, const RunChoices& choices, const Workspace& workspace, Job job) {
  if (job.plan.stack != *workspace.stack().name) {
    print_error({"The plan is for stack " + job.plan.stack + ", the manifest here is for " +
                     *workspace.stack().name + ".",
                 {}});
    return {Exit::Refused};
  }
  // While another run is at work, what it changes is not news.
  if (const auto holder = holder_alive(job)) return {report_lock(common, *holder)};
  if (!job.resume) {
    const auto changes = changed_files(job.plan, look(workspace, nullptr));
    if (!changes.empty()) return {report_stale(common, changes)};
  }
  if (job.plan.empty()) {
    if (common.json)
      std::cout << "{\"nothing_to_do\":true}\n";
    else
      std::cout << fmt::format("Nothing to do: {} runs {}.\n", job.plan.stack, job.plan.to);
    return {Exit::Done};
  }
  show_plan(common, job.plan);
  if (const auto no = approve(choices, job.plan)) return {*no};
  return execute(common, choices, workspace, std::move(job));
}

Exit run_plan(const Common& common, const RunChoices& choices, Planned planned) {
  return run_job(common, choices, planned.workspace, job_of(std::move(planned.plan))).exit;
}

}  // namespace pawl::cli
