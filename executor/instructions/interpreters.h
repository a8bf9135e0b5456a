// One interpreter for each query and each instruction of planner/plan/operation.h. `real_world.cc` picks; every
// family has its file. References and `{run}` are already filled in (fill.h); only secrets are left.
// Context::host says on which machine; whatever cannot be asked or done on another one is refused before its
// interpreter is called.
#pragma once

#include "executor/instructions/context.h"
#include "planner/plan/operation.h"

namespace pawl::executor {

// real_world.cc
planner::Answer ask(const Context& context, const planner::Question& question);

// files.cc
planner::Answer ask(const Context& context, const planner::ReadFile& query);
planner::Answer ask(const Context& context, const planner::ListFolder& query);
planner::Answer ask(const Context& context, const planner::ReadLink& query);
planner::Answer ask(const Context& context, const planner::DiskSpace& query);
Outcome perform(const Context& context, const planner::MakeFolder& it);

// inspect_bundle.cc
planner::Answer ask(const Context& context, const planner::InspectBundle& query);

// command.cc
planner::Answer ask(const Context& context, const planner::QueryCommand& query);
Outcome perform(const Context& context, const planner::Command& it);

// git.cc
Outcome perform(const Context& context, const planner::GitCheckout& it);

// probes.cc
planner::Answer ask(const Context& context, const planner::HttpProbe& query);
planner::Answer ask(const Context& context, const planner::TcpProbe& query);

// await.cc
Outcome perform(const Context& context, const planner::Await& it);
// log_watch.cc
Outcome perform(const Context& context, const planner::LogWatch& it);
// people.cc
Outcome perform(const Context& context, const planner::Wait& it);
Outcome perform(const Context& context, const planner::Ask& it);
Outcome perform(const Context& context, const planner::Notify& it);

// edit_file.cc
Outcome perform(const Context& context, const planner::EditFile& it);

// local_process.cc
planner::Answer ask(const Context& context, const planner::InspectProcess& query);
Outcome perform(const Context& context, const planner::StartProcess& it);
Outcome perform(const Context& context, const planner::StopProcess& it);
Outcome perform(const Context& context, const planner::SignalProcess& it);

// archive.cc
Outcome perform(const Context& context, const planner::Archive& it);
Outcome perform(const Context& context, const planner::Unarchive& it);

// bundle.cc
Outcome perform(const Context& context, const planner::SealBundle& it);
Outcome perform(const Context& context, const planner::PruneBundles& it);

// census.cc
Outcome perform(const Context& context, const planner::CompareCensus& it);
// exchange.cc
Outcome perform(const Context& context, const planner::ExchangePaths& it);

}  // namespace pawl::executor
