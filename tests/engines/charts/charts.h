// A pretended engine that moves a deployment as a whole: a release of a cluster's package manager, whose
// program is called `charts`. Nothing of it can be replaced alone; stopping a service means running none of
// it. The block is `helm { … }`, because the language has no word for pretended engines.
#pragma once

#include <algorithm>
#include <sstream>

#include "planner/engine/pins.h"
#include "planner/engine/provider.h"
#include "planner/engine/shared.h"
#include "planner/plan/hash.h"

namespace pawl::engines {

using namespace planner;

class ChartsProvider final : public Provider {
 public:
  std::string_view kind() const override { return "helm"; }

  Traits traits(const DeploymentView&) const override {
    Traits traits;
    traits.moves = Traits::Moves::AtOnce;
    traits.fetches = true;
    traits.mounts_at_start = true;
    traits.env_file = "values.env";
    traits.noise = "^W[0-9]+ ";
    traits.parallelism = 1;
    return traits;
  }

  std::vector<Query> configuration(const DeploymentView&) const override { return {}; }

  /// `charts show SERVICE` prints a line an instance: `NUMBER INVOCATION VERSION active|failed`.
  std::vector<Query> queries(const DeploymentView& view) const override {
    std::vector<Query> open;
    if (auto pin = pins::question(view.block())) open.push_back(std::move(*pin));
    for (const lang::ServiceId id : view.services()) open.push_back(show(view.stack[id]));
    return open;
  }

  Result<void> read(const DeploymentView& view, Snapshot& snapshot) const override {
    EngineState& engine = engine_of(snapshot, view.block().label);
    engine.kind = "helm";
    engine.tool = "charts 3";
    engine.pin = pins::state(view.block(), view.answers);
    for (const lang::ServiceId id : view.services()) {
      const Answer* answer = view.answers.find(show(view.stack[id]));
      if (!answer || !answer->ok) return lang::failure("charts does not answer.", "Start the supervisor.");
      ServiceState& state = state_of(snapshot, view.stack[id].name);
      state.expected = replicas(view.stack[id]);
      state.health = Health::Healthy;
      std::istringstream lines(answer->output);
      for (Instance one; lines >> one.number >> one.id >> one.version;) {
        std::string active;
        lines >> active;
        one.label = view.stack[id].name + "@" + std::to_string(one.number);
        one.health = active == "active" ? Health::Healthy : Health::Stopped;
        if (one.health != Health::Healthy) state.health = Health::Unhealthy;
        state.instances.push_back(one);
      }
    }
    return {};
  }

  Result<Rendering> render(const DeploymentView& view, const Snapshot&,
                           std::string_view version) const override {
    Rendering out;
    for (const lang::ServiceId id : view.services()) {
      const lang::Service& service = view.stack[id];
      const bool follows = service.role != lang::Role::Proxy && service.role != lang::Role::Datastore;
      const std::string image = "/opt/app/" + (follows ? std::string(version) : "fixed");
      out.services.push_back({service.name, image, sha256(image).substr(0, 12), replicas(service), {}});
    }
    return out;
  }

  Result<Lowered> lower(const EngineAction& action, const DeploymentView& view,
                        const Snapshot& snapshot) const override {
    return std::visit([&](const auto& each) { return lowered(each, view, snapshot); }, action);
  }

  Result<Process> program(lang::ServiceId service, std::vector<Text> argv, ProgramPlace place,
                          const std::string& version, Replica instance, const DeploymentView& view,
                          const Snapshot&) const override {
    Process process = place == ProgramPlace::Running
                          ? charts({"enter", unit(view.stack[service], std::max(1, instance.number))})
                          : charts({"once", view.stack[service].name, version});
    process.argv.insert(process.argv.end(), argv.begin(), argv.end());
    return process;
  }

  std::vector<Query> diagnose(lang::ServiceId service, int lines, const DeploymentView& view,
                              const Snapshot&) const override {
    return {QueryCommand{charts({"log", view.stack[service].name, std::to_string(lines)})}};
  }
  std::string title(const Snapshot&) const override { return "charts"; }

 private:
  static int replicas(const lang::Service& service) { return service.instances.value_or(1); }
  static std::string unit(const lang::Service& service, int number) {
    return service.name + "@" + std::to_string(number);
  }
  static Process charts(const std::vector<std::string>& words) {
    Process process;
    process.argv.emplace_back("charts");
    for (const std::string& word : words) process.argv.emplace_back(word);
    return process;
  }
  static Query show(const lang::Service& service) { return QueryCommand{charts({"show", service.name})}; }
  static Operation run(const std::vector<std::string>& words) {
    Command command;
    command.process = charts(words);
    return operation(std::move(command));
  }

  static Result<Lowered> as_a_whole() { return lang::failure("A release moves as a whole."); }
  Result<Lowered> lowered(const FetchVersion& a, const DeploymentView&, const Snapshot&) const {
    return Lowered{{run({"fetch", a.version})}, "fetch " + a.version};
  }
  Result<Lowered> lowered(const WritePin& a, const DeploymentView& view, const Snapshot&) const {
    return pins::edit(view.block(), a.from, a.to);
  }
  Result<Lowered> lowered(const TakeUpPin&, const DeploymentView&, const Snapshot&) const {
    return Lowered{};
  }
  Result<Lowered> lowered(const StopService& a, const DeploymentView& view, const Snapshot&) const {
    return Lowered{{run({"scale", view.stack[a.service].name, "0"})}, "run none of it"};
  }
  Result<Lowered> lowered(const ReplaceInstance&, const DeploymentView&, const Snapshot&) const {
    return as_a_whole();
  }
  Result<Lowered> lowered(const ReplaceService&, const DeploymentView&, const Snapshot&) const {
    return as_a_whole();
  }
  Result<Lowered> lowered(const MoveDeployment& a, const DeploymentView&, const Snapshot&) const {
    return Lowered{{run({"upgrade", "--version", a.to})}, "upgrade the release to " + a.to};
  }
  Result<Lowered> lowered(const StartService& a, const DeploymentView& view, const Snapshot&) const {
    const lang::Service& service = view.stack[a.service];
    return Lowered{{run({"scale", service.name, std::to_string(replicas(service))})}, "run it again"};
  }
  Result<Lowered> lowered(const RemoveService&, const DeploymentView&, const Snapshot&) const {
    return as_a_whole();
  }
  Result<Lowered> lowered(const ReloadService& a, const DeploymentView& view, const Snapshot&) const {
    return Lowered{{run({"reload", view.stack[a.service].name})}, "reload"};
  }
  /// So many instances are active, in the version, and none is one that was there before.
  Result<Lowered> lowered(const AwaitService& a, const DeploymentView& view, const Snapshot&) const {
    const lang::Service& service = view.stack[a.service];
    Await await;
    await.condition.question = show(service);
    await.condition.expect.lines = a.instances;
    await.condition.expect.lacks = "failed";
    for (const std::string& id : a.gone) *await.condition.expect.lacks += "|" + regex_escape(id);
    if (!a.version.empty()) await.condition.expect.matches = regex_escape(a.version) + " active";
    await.condition.means = service.name + " is active" + (a.version.empty() ? "" : " in " + a.version);
    await.within = a.within;
    return Lowered{{operation(std::move(await), Duration(0))}, ""};
  }
};

}  // namespace pawl::engines
