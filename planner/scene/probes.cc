#include "planner/scene/probes.h"

namespace pawl::planner {
namespace {

constexpr Duration kEveryNetwork{200};
constexpr Duration kEveryProgram{1'000};

std::vector<std::pair<std::string, Text>> filled_pairs(const std::vector<std::pair<std::string, Text>>& pairs,
                                                       const Scene& scene) {
  std::vector<std::pair<std::string, Text>> out;
  for (const auto& [name, value] : pairs) out.emplace_back(name, scene.fill(value));
  return out;
}

std::string words(const std::vector<Text>& argv) {
  std::string out;
  for (const Text& word : argv) out += (out.empty() ? "" : " ") + word.shown();
  return out;
}

std::string means(const lang::Probe& probe, const Scene& scene) {
  if (const auto* http = std::get_if<lang::HttpCheck>(&probe.how)) {
    return scene.fill(http->url).shown() + " answers " + std::to_string(http->status);
  }
  if (const auto* tcp = std::get_if<lang::TcpCheck>(&probe.how))
    return scene.fill(tcp->address).shown() + " accepts connections";
  if (const auto* exec = std::get_if<lang::ExecIn>(&probe.how)) {
    return words(scene.fill(exec->argv)) + " succeeds in " + scene.stack[exec->service].name;
  }
  if (const auto* command = std::get_if<lang::HostCommand>(&probe.how))
    return words(scene.fill(command->argv)) + " succeeds";
  return "";
}

Process host_process(const lang::HostCommand& command, const Scene& scene) {
  Process process;
  process.argv = scene.fill(command.argv);
  if (command.host) process.host = scene.stack[*command.host].name;
  return process;
}

Operation ask_person(const Text& instruction, const std::string& name, const Scene& scene) {
  return operation(Ask{scene.fill(instruction).shown(), {}, name}, Duration(0));
}

}  // namespace

Operation operation(Instruction instruction, Duration timeout) {
  Operation out;
  out.instruction = std::move(instruction);
  out.timeout = timeout;
  return out;
}

const Provider* Scene::engine_of(lang::ServiceId service) const {
  const auto on = stack[service].on;
  return on ? providers.engine(stack[*on].kind()) : nullptr;
}

DeploymentView Scene::view_of(lang::ServiceId service) const {
  return {stack, stack[service].on.value_or(lang::DeploymentId{}), answers};
}

Text Scene::fill(const Text& text) const {
  return target ? filled(text, *target) : text;
}

std::vector<Text> Scene::fill(const std::vector<Text>& texts) const {
  std::vector<Text> out;
  out.reserve(texts.size());
  for (const Text& text : texts) out.push_back(fill(text));
  return out;
}

Result<std::optional<Query>> probe_query(const lang::Probe& probe, const Scene& scene) {
  if (const auto* http = std::get_if<lang::HttpCheck>(&probe.how)) {
    HttpProbe query;
    query.url = scene.fill(http->url);
    query.status = http->status;
    query.json = filled_pairs(http->json, scene);
    query.header = filled_pairs(http->header, scene);
    return Query(std::move(query));
  }
  if (const auto* tcp = std::get_if<lang::TcpCheck>(&probe.how)) {
    TcpProbe query;
    query.address = scene.fill(tcp->address);
    return Query(std::move(query));
  }
  if (const auto* command = std::get_if<lang::HostCommand>(&probe.how))
    return Query(QueryCommand{host_process(*command, scene)});
  const auto* exec = std::get_if<lang::ExecIn>(&probe.how);
  const Provider* engine = exec ? scene.engine_of(exec->service) : nullptr;
  if (!engine) return std::nullopt;
  auto query =
      engine->inside(exec->service, scene.fill(exec->argv), scene.view_of(exec->service), scene.snapshot);
  if (!query) return tl::unexpected(query.error());
  return std::optional<Query>(std::move(*query));
}

Result<std::optional<Condition>> probe_condition(const lang::Probe& probe, const Scene& scene) {
  auto query = probe_query(probe, scene);
  if (!query) return tl::unexpected(query.error());
  if (!*query) return std::nullopt;
  Condition condition;
  condition.query = std::move(**query);
  condition.means = means(probe, scene);
  return condition;
}

Result<std::vector<Operation>> probe_operations(const lang::Probe& probe, const std::string& name,
                                                Duration within, const Scene& scene) {
  if (const auto* manual = std::get_if<lang::ManualTask>(&probe.how)) {
    return std::vector<Operation>{ask_person(manual->instruction, name, scene)};
  }
  auto condition = probe_condition(probe, scene);
  if (!condition) return tl::unexpected(condition.error());
  if (!*condition) return std::vector<Operation>{};
  const bool network = !std::holds_alternative<QueryCommand>((*condition)->query);
  Await await;
  await.condition = std::move(**condition);
  await.within = probe.within.value_or(within);
  await.every = probe.every.value_or(network ? kEveryNetwork : kEveryProgram);
  return std::vector<Operation>{operation(std::move(await), Duration(0))};
}

/// What an engine runs for an action may be repeated as what the host runs: a reload, a migration tool with a
/// ledger. A step of the author's own says otherwise itself.
static Result<std::vector<Operation>> repeatable(Result<std::vector<Operation>> operations) {
  if (operations) {
    for (Operation& each : *operations) each.repeat = Repeat::Safe;
  }
  return operations;
}

Result<std::vector<Operation>> action_operations(const lang::Action& action, const std::string& name,
                                                 const Scene& scene) {
  if (const auto* manual = std::get_if<lang::ManualTask>(&action.how)) {
    return std::vector<Operation>{ask_person(manual->instruction, name, scene)};
  }
  Command command;
  if (const auto* host = std::get_if<lang::HostCommand>(&action.how)) {
    command.process = host_process(*host, scene);
    return std::vector<Operation>{operation(std::move(command))};
  }
  if (const auto* shell = std::get_if<lang::ShellCommand>(&action.how)) {
    command.process.argv = {Text("/bin/sh"), Text("-c"), scene.fill(shell->script)};
    return std::vector<Operation>{operation(std::move(command))};
  }
  if (const auto* exec = std::get_if<lang::ExecIn>(&action.how)) {
    return repeatable(scene.engine_of(exec->service)
                          ->lower(RunInside{exec->service, scene.fill(exec->argv), "", ""},
                                  scene.view_of(exec->service), scene.snapshot));
  }
  const auto& run = std::get<lang::RunIn>(action.how);
  const std::string version = scene.target ? scene.target->to : "";
  return repeatable(scene.engine_of(run.service)
                        ->lower(RunOnce{run.service, scene.fill(run.argv), version},
                                scene.view_of(run.service), scene.snapshot));
}

}  // namespace pawl::planner
