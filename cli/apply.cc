// `pawl apply`: get a plan (compile it, read it from a file, or take the unfinished run's), show it, ask, run
// it.
#include "cli/apply.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "cli/commands.h"
#include "cli/interrupts.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/state.h"
#include "cli/view.h"
#include "executor/run.h"
#include "planner/hash.h"
#include "planner/plan_file.h"
#include "planner/render.h"

namespace pawl::cli {
namespace {

/// What is going to be run, and where its records go.
struct Job {
  planner::Plan plan;
  std::string json;  // the plan's bytes, saved with the run
  std::optional<executor::RunId> resume;
  std::unique_ptr<executor::StateStore> store;
};

std::variant<Job, Exit> refuse(const lang::Error& error, Exit exit) {
  print_error(error);
  return exit;
}

std::variant<Job, Exit> job_of_file(const std::string& path) {
  const lang::DiskReader disk(path.starts_with('/') ? "/" : ".");
  auto text = disk.read(path, 256u << 20);
  if (!text) return refuse(text.error(), Exit::Usage);
  if (!*text)
    return refuse({"There is no plan file " + path + ".", "Make one: pawl plan --out " + path}, Exit::Usage);
  auto plan = planner::read_plan(**text);
  if (!plan) return refuse({path + ": " + plan.error().what, plan.error().fix}, Exit::Usage);
  return Job{std::move(*plan), std::move(**text), {}, {}};
}

std::variant<Job, Exit> job_to_resume(const lang::Stack& stack) {
  auto store = existing_store(state_path(stack));
  if (!store) return refuse(store.error(), Exit::Failed);
  if (!*store) return refuse({"Nothing to resume: no run has begun here.", {}}, Exit::Refused);
  const auto run = executor::resumable(**store);
  if (!run) return refuse(run.error(), Exit::Failed);
  if (!*run) return refuse({"Nothing to resume: the last run finished.", "See: pawl history"}, Exit::Refused);
  auto json = (*store)->plan((*run)->plan_id);
  if (!json) return refuse(json.error(), Exit::Failed);
  auto plan = planner::read_plan(*json);
  if (!plan)
    return refuse(
        {"The saved plan of run " + std::to_string((*run)->run) + " cannot be read: " + plan.error().what,
         {}},
        Exit::Failed);
  return Job{std::move(*plan), std::move(*json), (*run)->run, std::move(*store)};
}

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
  reasons.back().fix = "Nothing was changed. Make a new one: pawl plan";
  print_refusal(common, reasons);
  return Exit::Refused;
}

Exit report_refusal(const Common& common, const executor::RunResult& result) {
  if (!result.differences.empty()) return report_stale(common, result.differences);
  lang::Error reason{result.reason, {}};
  if (result.holder) {
    const executor::LockInfo& holder = *result.holder;
    reason.what = fmt::format("Another run holds the lock: {} (pid {} on {}), since {}: {}.", holder.owner,
                              holder.pid, holder.host, local_time(holder.since), holder.reason);
    reason.fix = "Wait for it (pawl status), or, when it is known to be dead: pawl unlock";
  }
  print_refusal(common, {reason});
  return Exit::Refused;
}

std::string availability(const planner::Plan& plan, const executor::RunResult& result) {
  if (!plan.availability) return {};
  const std::string name = plan.availability->service.empty() ? "The probe" : plan.availability->service;
  const planner::Duration away(result.unavailable_ms);
  std::string text =
      fmt::format("{} was not available for {} (longest {})", name, planner::render_duration(away),
                  planner::render_duration(planner::Duration(result.longest_unavailable_ms)));
  if (const auto budget = plan.availability->budget) {
    text += fmt::format(", {} the budget of {}", away > *budget ? "over" : "within",
                        planner::render_duration(*budget));
  }
  return text;
}

Exit report_failure(const planner::Plan& plan, const executor::RunResult& result) {
  const planner::Step* step = result.failed_step ? &plan.steps.at(*result.failed_step) : nullptr;
  std::cerr << "\nThe " << planner::name(plan.purpose) << (step ? " stopped at " : " stopped: ")
            << result.reason;
  if (step && step->origin.line) std::cerr << fmt::format(" ({}:{})", step->origin.file, step->origin.line);
  std::cerr << '\n';
  if (!result.evidence.empty())
    std::cerr << "\n" << result.evidence << (result.evidence.ends_with('\n') ? "" : "\n");
  if (const std::string text = availability(plan, result); !text.empty()) std::cerr << "\n" << text << '\n';
  if (step) std::cerr << "The way back from here: " << planner::describe(step->recovery) << ".\n";
  std::cerr << "Next: " << (step ? step->recovery.next : "pawl apply --resume") << '\n';
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
    case planner::Purpose::Upgrade:
    case planner::Purpose::Rollback:
      break;
  }
  return fmt::format("{} runs {} now", plan.stack, plan.to);
}

Exit report(const Common& common, const planner::Plan& plan, const executor::RunResult& result) {
  using End = executor::RunResult::End;
  switch (result.end) {
    case End::Succeeded: {
      if (common.json) return Exit::Done;
      const std::string text = availability(plan, result);
      std::cout << fmt::format("\n{} (run {}).{}{}\n", what_is_so(plan), result.run, text.empty() ? "" : "\n",
                               text);
      return Exit::Done;
    }
    case End::Refused:
      return report_refusal(common, result);
    case End::Interrupted:
      std::cerr << "\nInterrupted: " << result.reason << "\nNext: pawl apply --resume\n";
      return Exit::Interrupted;
    case End::StoreFailed:
      std::cerr << "\nStopped: " << result.reason
                << "\nNothing more was started. When that is mended: pawl apply --resume\n";
      return Exit::Failed;
    case End::Failed:
      break;
  }
  return report_failure(plan, result);
}

/// Asks before anything changes. Nothing said on a terminal, or no terminal at all, is a no.
std::optional<Exit> approve(const ApplyArguments& arguments, const planner::Plan& plan) {
  if (arguments.auto_approve) return std::nullopt;
  if (!interactive()) {
    std::cerr << "Not on a terminal, so nobody can be asked.\n  Look at the plan, then run: pawl apply "
                 "--auto-approve\n";
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
  std::cout << planner::render_text(
                   plan, {.colour = colour(common, STDOUT_FILENO), .width = width(), .plan_file = {}})
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

Exit execute(const Common& common, const ApplyArguments& arguments, const Workspace& workspace, Job job) {
  executor::Interrupt interrupt;
  const Interrupts signals(interrupt);
  if (!job.store) {
    auto store = executor::open_sqlite_store(job.plan.state_path);
    if (!store) {
      print_error(store.error());
      return Exit::Failed;
    }
    job.store = std::move(*store);
  }
  const Outside outside =
      open_outside(workspace, job.plan.hosts, answer_asks(arguments.yes, arguments.confirm));
  if (const auto reasons = missing_secrets(job, *outside.secrets); !reasons.empty()) {
    print_refusal(common, reasons);
    return Exit::Refused;
  }
  executor::RunOptions options;
  options.parallelism = arguments.parallelism;
  options.resume = job.resume;
  options.reobserve = [&]() -> lang::Result<planner::Snapshot> {
    auto seen = observe_world(workspace, *outside.world);
    if (!seen) return tl::unexpected(seen.error());
    return std::move(seen->snapshot);
  };
  const auto view = make_view(common, job.plan);
  const executor::RunResult result = executor::run(job.plan, job.json, *outside.world, *job.store,
                                                   *outside.clock, *view, interrupt, options);
  return report(common, job.plan, result);
}

Exit apply_job(const Common& common, const ApplyArguments& arguments, const Workspace& workspace, Job job) {
  if (job.plan.stack != *workspace.stack().name) {
    print_error({"The plan is of stack " + job.plan.stack + ", the manifest here is of " +
                     *workspace.stack().name + ".",
                 {}});
    return Exit::Refused;
  }
  if (!job.resume) {
    const auto changes = changed_files(job.plan, look(workspace, nullptr));
    if (!changes.empty()) return report_stale(common, changes);
  }
  if (job.plan.empty()) {
    if (common.json)
      std::cout << "{\"nothing_to_do\":true}\n";
    else
      std::cout << fmt::format("Nothing to do: {} runs {}.\n", job.plan.stack, job.plan.to);
    return Exit::Done;
  }
  show_plan(common, job.plan);
  if (const auto no = approve(arguments, job.plan)) return *no;
  return execute(common, arguments, workspace, std::move(job));
}

}  // namespace

Exit apply_plan(const Common& common, const ApplyArguments& arguments, Planned planned) {
  std::string json = planner::write_plan(planned.plan);
  return apply_job(common, arguments, planned.workspace, {std::move(planned.plan), std::move(json), {}, {}});
}

Exit run(const Common& common, const ApplyArguments& arguments) {
  if (arguments.file.empty() && !arguments.resume) {
    auto made = make_plan(common, {arguments.to, {}, {}});
    if (const Exit* exit = std::get_if<Exit>(&made)) return *exit;
    return apply_plan(common, arguments, std::move(std::get<Planned>(made)));
  }
  const lang::DiskReader files(".");
  const auto workspace = open_workspace(common, files);
  if (!workspace) return Exit::Usage;
  auto job = arguments.resume ? job_to_resume(workspace->stack()) : job_of_file(arguments.file);
  if (const Exit* exit = std::get_if<Exit>(&job)) return *exit;
  return apply_job(common, arguments, *workspace, std::move(std::get<Job>(job)));
}

}  // namespace pawl::cli
