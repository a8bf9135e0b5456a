#include "planner/plans/rollback_notices.h"

#include <algorithm>

namespace pawl::planner {

std::map<std::string, std::string> images_that_ran(const PastRun& past) {
  std::map<std::string, std::string> out;
  const auto from = lang::Version::parse(past.plan->from);
  for (const ServiceState& state : past.plan->snapshot.services) {
    for (const Instance& each : state.instances) {
      const bool stayed = each.version.empty() || (from && is_version(each.version, *from));
      if (!each.image_id.empty() && stayed) out.emplace(state.service, each.image_id);
    }
  }
  return out;
}

namespace {

/// A name means what somebody last called so: of an image that was pushed or built again since, the one that
/// ran comes back, not the one of that name.
void note_other_images(const CompileInput& input, const PastRun& past, const Changes& changes, Plan& plan) {
  const std::map<std::string, std::string> ran = images_that_ran(past);
  for (std::size_t i = 0; i < changes.services.size(); ++i) {
    const lang::Service& service = input.stack->services[i];
    const auto id = ran.find(service.name);
    if (changes.services[i].kind != ServiceChange::Kind::Moves || id == ran.end() || !service.on) continue;
    const EngineState* engine = engine_state(input, *service.on);
    for (const RenderedService& each : changes.deployments[service.on->value].after.services) {
      if (each.service != service.name || !engine || engine->image_ids.empty()) continue;
      if (each.image_id == id->second) continue;
      plan.notices.push_back(
          {each.image + (each.image_id.empty() ? " is not there any more" : " means another image by now") +
               "; " + service.name + " goes back to the one that ran, " + short_id(id->second) +
               ", which gets that name again",
           origin_of(input, service.span)});
    }
  }
}

/// A ledger knows of migrations that ended. One that stopped in the middle and is no transaction leaves what
/// it did.
void note_half_migrations(const CompileInput& input, const PastRun& past, const DatabaseWay& way,
                          Plan& plan) {
  const lang::Database& database = (*input.stack)[way.database];
  for (std::size_t i = 0; i < past.plan->steps.size(); ++i) {
    const auto& migrates = past.plan->steps[i].effects.migrates;
    if (past.steps[i] != PastRun::Step::Begun ||
        std::find(migrates.begin(), migrates.end(), database.name) == migrates.end())
      continue;
    plan.notices.push_back(
        {"step " + std::to_string(i + 1) + " of run " + std::to_string(past.number) +
             " stopped and may have been migrating " + database.name +
             "; its ledger has not moved, so it is left as it is. What a migration did outside a transaction "
             "would stay: if " +
             plan.to + " does not run on it, restore a bundle of before (pawl backups)",
         origin_of(input, database.span)});
    return;
  }
}

/// What runs once is not moved by a rollback, and what is at work in the newer version goes on with it.
void note_running_jobs(const CompileInput& input, const PastRun& past, Plan& plan) {
  const auto newer = lang::Version::parse(past.plan->to);
  for (const lang::Service& service : input.stack->services) {
    const ServiceState* state = input.snapshot->service(service.name);
    if (!runs_once(service) || !state || !newer) continue;
    const bool runs =
        std::any_of(state->instances.begin(), state->instances.end(), [&](const Instance& each) {
          return each.health != Health::Stopped && is_version(each.version, *newer);
        });
    if (runs)
      plan.notices.push_back({service.name + " is at work in " + past.plan->to +
                                  " and goes on with it: stop it first if it must not work on the data of " +
                                  plan.to,
                              origin_of(input, service.span)});
  }
}

}  // namespace

void note_way_back(const CompileInput& input, const PastRun& past, const Changes& changes, const WayBack& way,
                   Plan& plan) {
  for (const DatabaseWay& each : way.databases) {
    const lang::Database& database = (*input.stack)[each.database];
    if (each.kind == DatabaseWay::Kind::PutBack) {
      plan.notices.push_back({"what was written to " + database.name + " since run " +
                                  std::to_string(past.number) +
                                  " moved it to a new server is lost: the old "
                                  "server comes back with its files as they were then",
                              origin_of(input, database.span)});
    } else if (each.kind == DatabaseWay::Kind::Watch) {
      note_half_migrations(input, past, each, plan);
    } else if (each.kind == DatabaseWay::Kind::Restore) {
      plan.notices.push_back({"what was written to " + database.name + " since " + way.bundle->taken_at +
                                  " is lost: it goes back to bundle " + way.bundle->name + ", because " +
                                  each.because,
                              origin_of(input, database.span)});
    } else if (each.kind == DatabaseWay::Kind::Down && database.down_loses_data) {
      plan.notices.push_back(
          {"undoing the migrations of " + database.name + " loses data (the manifest says so)",
           origin_of(input, database.down->span)});
    }
  }
  note_other_images(input, past, changes, plan);
  note_running_jobs(input, past, plan);
  plan.notices.insert(plan.notices.end(), changes.notices.begin(), changes.notices.end());
  for (const lang::FilesId id : way.files) {
    const lang::FileSet& files = (*input.stack)[id];
    plan.notices.push_back({"what was written to " + files.name + " since " + way.bundle->taken_at +
                                " is lost: it goes back to bundle " + way.bundle->name,
                            origin_of(input, files.span)});
  }
  for (std::size_t i = 0; i < past.plan->steps.size(); ++i) {
    const Step& step = past.plan->steps[i];
    if (step.effects.unknown.empty() || past.steps[i] == PastRun::Step::NotBegun) continue;
    plan.notices.push_back(
        {"unknown: " + step.effects.unknown + ", and step " + std::to_string(i + 1) + " (" +
             std::string(name(step.kind)) + " " + step.subject + ") of run " + std::to_string(past.number) +
             " had begun. What it changed is not undone: " + "check whether " + plan.to + " minds",
         step.origin});
  }
}

}  // namespace pawl::planner
