// Pass `seal`: what is said about the plan as a whole, and the id that is the hash of all of it.
#include <algorithm>

#include "planner/bundle/backup.h"
#include "planner/file/plan_text.h"
#include "planner/pass/passes.h"
#include "planner/plan/render.h"
#include "planner/scene/probes.h"

namespace pawl::planner {
namespace {

/// "docker compose, 6 services".
std::string engine_line(const CompileInput& input) {
  std::vector<std::string> titles;
  for (std::uint32_t i = 0; i < input.stack->deployments.size(); ++i) {
    const std::string title = engine_of(input, lang::DeploymentId{i}).title();
    if (std::find(titles.begin(), titles.end(), title) == titles.end()) titles.push_back(title);
  }
  std::string out;
  for (const std::string& title : titles) out += (out.empty() ? "" : " and ") + title;
  const std::size_t services = input.stack->services.size();
  return out + (out.empty() ? "" : ", ") + std::to_string(services) +
         (services == 1 ? " service" : " services");
}

std::string step_number(StepId id) {
  return std::to_string(id.value + 1);
}

/// A server has new files by then.
bool is_rebuilt(const Plan& plan, StepId by) {
  for (std::uint32_t i = 0; i < by.value; ++i) {
    for (const ServiceEffect& each : plan.steps[i].effects.services) {
      if (each.rebuilds) return true;
    }
  }
  return false;
}

void note_point_of_no_return(const CompileInput& input, const Target& target, Plan& plan) {
  if (!plan.point_of_no_return) return;
  const Step& step = plan.steps[plan.point_of_no_return->value];
  std::string databases;
  for (const std::string& database : step.effects.migrates)
    databases += (databases.empty() ? "" : ", ") + database;
  std::string rewritten;
  for (const ServiceEffect& each : step.effects.services) {
    if (each.rewrites) rewritten = each.service;
  }
  const std::string what =
      !rewritten.empty()
          ? "the server of " + rewritten + " comes back in another image, which may change its files for good"
      : step.effects.one_way ? "what step " + step.subject + " does is undone by nothing"
      : !step.effects.touches.empty()
          ? "step " + step.subject + " may change what " + step.effects.touches.front() + " holds"
      : databases.empty() ? plan.to + " cannot be left again"
                          : "changes to the schema of " + databases + " cannot be undone";
  const bool earlier =
      target.from != target.to && data_version(*input.stack, *input.snapshot, target) == target.to;
  if (earlier) {
    plan.notices.insert(plan.notices.begin(), {step.recovery.because, step.origin});
    return;
  }
  if (step.recovery.kind == RecoveryKind::Restore && is_rebuilt(plan, *plan.point_of_no_return)) {
    plan.notices.insert(plan.notices.begin(), {"from step " + step_number(*plan.point_of_no_return) +
                                                   " on, going back loses what is "
                                                   "written meanwhile: " +
                                                   step.recovery.because,
                                               step.origin});
    return;
  }
  std::string text = what + ": from step " + step_number(*plan.point_of_no_return) + " on, ";
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].kind != StepKind::Backup || step.recovery.kind == RecoveryKind::ForwardOnly) continue;
    plan.notices.insert(plan.notices.begin(),
                        {text + "the way back is the backup of step " + step_number({i}) +
                             (step.recovery.kind == RecoveryKind::Unknown ? ", as far as is known" : ""),
                         origin_of(input, input.stack->backup->span)});
    return;
  }
  plan.notices.insert(plan.notices.begin(), {text + "there is no way back, only forward", step.origin});
}

/// A step of the author's own can do anything; what it says of itself is all that is known.
void note_silent_steps(Plan& plan) {
  std::string names;
  Origin origin;
  for (const Step& step : plan.steps) {
    if (step.kind != StepKind::Custom || step.effects.unknown.empty()) continue;
    if (names.empty()) origin = step.origin;
    names += (names.empty() ? "" : ", ") + step.subject;
  }
  if (names.empty()) return;
  plan.notices.push_back(
      {"unknown: nothing says what these steps change, so no way back can be proved once "
       "one of them may have begun: " +
           names +
           ". Say `touches = []` in a step that leaves nothing to undo; else what it "
           "changes with `touches` or `migrates`, how it is undone with `undo`, or that "
           "nothing undoes it with `one_way = true`",
       origin});
}

void note_backup(const CompileInput& input, const Target& target, const PolicyDecision& policy, Plan& plan) {
  if (plan.empty() || !input.stack->backup || plan.purpose != Purpose::Upgrade) return;
  const lang::Backup& backup = *input.stack->backup;
  if (!policy.backup && target.hop == lang::HopClass::Same) {
    plan.notices.push_back({"no backup is made: the programs that work on the data stay the same", {}});
  } else if (!policy.backup) {
    plan.notices.push_back(
        {"no backup is made for a " + plan.hop + " upgrade", origin_of(input, policy.backup_skipped_by)});
  } else if (backup.max_age) {
    const std::string& version = data_version(*input.stack, *input.snapshot, target);
    std::string newest;
    for (const BundleState& bundle : input.snapshot->bundles) {
      if (bundle.version == version && (bundle.drilled || !backup.drill) && newest.empty())
        newest = " (the newest is " + bundle.name + ", of " + bundle.taken_at + ")";
    }
    plan.notices.push_back({"no backup is made when " + bundle_folder(*input.stack) + " holds one of " +
                                version + " that is younger than " + render_duration(*backup.max_age) +
                                (backup.drill ? " and was drilled" : "") + newest,
                            origin_of(input, backup.span)});
  }
}

/// A step of the plan may change the schema of the database.
bool may_migrate(const Plan& plan, const std::string& database) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    const auto& names = step.effects.migrates;
    return std::find(names.begin(), names.end(), database) != names.end();
  });
}

/// What rewrites a table takes longer the larger it is; the author has said from which size that matters.
void note_large_databases(const CompileInput& input, Plan& plan) {
  for (const lang::Database& database : input.stack->databases) {
    const DatabaseState* state = input.snapshot->database(database.name);
    if (!database.large || !state || state->bytes <= database.large->value) continue;
    if (!may_migrate(plan, database.name)) continue;
    plan.notices.push_back({"database " + database.name + " has " + render_size(state->bytes) +
                                ", above the " + render_size(database.large->value) +
                                " that the manifest calls large: its migrations may take a long time",
                            origin_of(input, database.large->span)});
  }
}

/// A ledger that names nothing although something runs is often another table than the one the migrations are
/// written into; a rollback does not believe it (find_way_back).
void note_empty_ledgers(const CompileInput& input, Plan& plan) {
  if (plan.empty() || plan.purpose != Purpose::Upgrade || plan.from.empty()) return;
  for (const lang::Database& database : input.stack->databases) {
    const DatabaseState* state = input.snapshot->database(database.name);
    if (!database.ledger || !state || !state->reachable || !state->applied.empty()) continue;
    if (!may_migrate(plan, database.name)) continue;
    plan.notices.push_back({"the ledger of " + database.name + " names no migration although " + plan.from +
                                " runs: is it the one that is written to? A rollback will not rely on it",
                            origin_of(input, database.span)});
  }
}

/// Where nothing of this plan needs the bundle, it is made all the same, and somebody may count on it.
void note_useless_bundles(const CompileInput& input, Plan& plan) {
  for (const Step& step : plan.steps) {
    if (step.kind != StepKind::Backup) continue;
    for (const std::string& name : step.effects.backs_up) {
      const DatabaseState* state = input.snapshot->database(name);
      if (!state || state->no_restore.empty()) continue;
      plan.notices.push_back(
          {"the backup of " + name + " could not be put back by pawl: " + state->no_restore,
           origin_of(input, input.stack->backup->span)});
    }
  }
}

void add_availability(const CompileInput& input, const Target& target, Plan& plan) {
  const auto& downtime = input.stack->downtime;
  if (!downtime || !downtime->probe) return;
  const Scene scene{*input.stack, *input.providers, *input.answers, *input.snapshot, &target};
  const auto question = probe_question(*downtime->probe, scene);
  if (!question || !*question) return;
  const auto* http = std::get_if<HttpProbe>(&(*question)->query);
  if (!http) return;  // lang refuses another probe
  Availability availability;
  availability.probe = *http;
  if (downtime->probe_of) availability.service = (*input.stack)[*downtime->probe_of].name;
  if (downtime->probe->every) availability.every = *downtime->probe->every;
  availability.budget = downtime->budget;
  plan.availability = std::move(availability);
  if (downtime->budget && plan.unavailable > *downtime->budget) {
    plan.notices.push_back({"expected to be away for about " + render_duration(plan.unavailable) +
                                ", more than the budget of " + render_duration(*downtime->budget),
                            origin_of(input, downtime->span)});
  }
}

std::string event_name(lang::Notification::Event event) {
  using Event = lang::Notification::Event;
  switch (event) {
    case Event::Planned:
      return "planned";
    case Event::Started:
      return "started";
    case Event::Waiting:
      return "waiting";
    case Event::Failed:
      return "failed";
    case Event::Finished:
      return "finished";
  }
  return "";
}

void add_notifications(const CompileInput& input, const Target& target, Plan& plan) {
  const Scene scene{*input.stack, *input.providers, *input.answers, *input.snapshot, &target};
  for (const lang::Notification& block : input.stack->notifications) {
    NotificationPlan notification;
    for (const lang::Notification::Event event : block.on) notification.on.push_back(event_name(event));
    notification.notify.name = block.name;
    notification.notify.log = block.log;
    notification.notify.webhook = scene.fill(block.webhook);
    notification.notify.command = scene.fill(block.command);
    plan.notifications.push_back(std::move(notification));
  }
}

int parallelism(const CompileInput& input) {
  int least = 64;
  for (std::uint32_t i = 0; i < input.stack->deployments.size(); ++i) {
    least = std::min(least, engine_of(input, lang::DeploymentId{i}).traits().parallelism);
  }
  return input.stack->deployments.empty() ? 1 : std::clamp(least, 1, 64);
}

}  // namespace

void seal(const CompileInput& input, const Target& target, const PolicyDecision& policy, Plan& plan) {
  plan.stack = input.stack->name.value;
  plan.from = target.from;
  plan.to = target.to;
  plan.hop = lang::name(target.hop);
  plan.target_source = target.source;
  plan.engine = engine_line(input);
  note_point_of_no_return(input, target, plan);
  note_silent_steps(plan);
  note_backup(input, target, policy, plan);
  note_empty_ledgers(input, plan);
  note_large_databases(input, plan);
  note_useless_bundles(input, plan);
  add_availability(input, target, plan);
  add_notifications(input, target, plan);
  for (const lang::Host& host : input.stack->hosts) plan.hosts.push_back({host.name, host.ssh, host.dir});
  if (input.stack->state && !input.stack->state->sqlite_path.empty())
    plan.state_path = input.stack->state->sqlite_path.shown();
  plan.parallelism = parallelism(input);
  plan.snapshot = *input.snapshot;
  plan.provenance = input.provenance;
  if (plan.purpose == Purpose::Upgrade) plan.unfinished = input.unfinished;
  plan.id = plan_id(plan);
}

}  // namespace pawl::planner
