// `pawl apply`: get a plan (compile it, read it from a file, or take the unfinished run's), show it, ask, run
// it.
#include <algorithm>

#include "cli/commands.h"
#include "cli/make_plan.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/rollback.h"
#include "cli/run_job.h"
#include "cli/state.h"
#include "planner/file/plan_file.h"

namespace pawl::cli {
namespace {

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
  if (!*store)
    return refuse({"Nothing to resume: no run of " + *stack.name + " has begun here.", {}}, Exit::Refused);
  const auto run = executor::resumable(**store, *stack.name);
  if (!run) return refuse(run.error(), Exit::Failed);
  if (!*run)
    return refuse({"Nothing to resume: no run of " + *stack.name + " is unfinished.", "See: pawl history"},
                  Exit::Refused);
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

/// A rollback at night has nobody to type the phrase of the `restore` block: it must have been said before.
std::optional<Exit> missing_phrase(const ApplyArguments& arguments, const lang::Stack& stack,
                                   const planner::Plan& plan) {
  if (arguments.on_failure != "rollback" || !stack.restore || !arguments.choices.confirm.empty())
    return std::nullopt;
  const bool restores = std::any_of(plan.steps.begin(), plan.steps.end(), [](const planner::Step& step) {
    return step.recovery.kind == planner::RecoveryKind::Restore;
  });
  if (!restores) return std::nullopt;
  print_error(
      {"A rollback of this upgrade may replace data, and the manifest wants a phrase typed before that.",
       "Say it now: --confirm \"" + stack.restore->confirm.shown() + "\""});
  return Exit::Usage;
}

bool wants_rollback(const ApplyArguments& arguments) {
  if (arguments.on_failure != "ask") return arguments.on_failure == "rollback";
  const auto answer = prompt("Roll back now? Only \"yes\" is accepted:");
  return answer && *answer == "yes";
}

Exit apply(const Common& common, const ApplyArguments& arguments, const Workspace& workspace, Job job) {
  if (const auto no = missing_phrase(arguments, workspace.stack(), job.plan)) return *no;
  const bool upgrade = job.plan.purpose == planner::Purpose::Upgrade;
  const JobResult ended = run_job(common, arguments.choices, workspace, std::move(job));
  if (!ended.failed || !upgrade || !wants_rollback(arguments)) return ended.exit;
  RollbackArguments back;
  back.choices = arguments.choices;
  back.choices.auto_approve = true;
  back.run = ended.run;
  return roll_back(common, back) == Exit::Done ? Exit::RolledBack : Exit::Failed;
}

}  // namespace

Exit run(const Common& common, const ApplyArguments& arguments) {
  if (arguments.file.empty() && !arguments.resume) {
    auto made = make_plan(common, {arguments.to, {}, {}});
    if (const Exit* exit = std::get_if<Exit>(&made)) return *exit;
    Planned& planned = std::get<Planned>(made);
    return apply(common, arguments, planned.workspace, job_of(std::move(planned.plan)));
  }
  const lang::DiskReader files(".");
  const auto workspace = open_workspace(common, files);
  if (!workspace) return Exit::Usage;
  auto job = arguments.resume ? job_to_resume(workspace->stack()) : job_of_file(arguments.file);
  if (const Exit* exit = std::get_if<Exit>(&job)) return *exit;
  return apply(common, arguments, *workspace, std::move(std::get<Job>(job)));
}

}  // namespace pawl::cli
