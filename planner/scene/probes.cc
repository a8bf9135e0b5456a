#include "planner/scene/probes.h"

#include <algorithm>

namespace pawl::planner {
namespace {

constexpr Duration kEveryNetwork{200};
constexpr Duration kEveryProgram{1'000};
constexpr Duration kInService = std::chrono::hours(24);

std::vector<std::pair<std::string, Text>> filled_pairs(const std::vector<std::pair<std::string, Text>>& pairs,
                                                       const Scene& scene, int instance) {
  std::vector<std::pair<std::string, Text>> out;
  for (const auto& [name, value] : pairs) out.emplace_back(name, scene.fill(value, instance));
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

const Provider* Scene::engine_of(lang::ServiceId service) const {
  const auto on = stack[service].on;
  return on ? providers.engine(stack[*on].kind()) : nullptr;
}

DeploymentView Scene::view_of(lang::ServiceId service) const {
  return {stack, stack[service].on.value_or(lang::DeploymentId{}), answers};
}

Text Scene::fill(const Text& text, int instance) const {
  return target ? filled(text, *target, instance) : text;
}

std::vector<Text> Scene::fill(const std::vector<Text>& texts, int instance) const {
  std::vector<Text> out;
  out.reserve(texts.size());
  for (const Text& text : texts) out.push_back(fill(text, instance));
  return out;
}

Result<Process> Scene::program(lang::ServiceId service, const std::vector<Text>& argv, ProgramPlace place,
                               int instance) const {
  const std::string version = place == ProgramPlace::Fresh && target ? target->to : "";
  return engine_of(service)->program(service, fill(argv, std::max(1, instance)), place, version, instance,
                                     view_of(service), snapshot);
}

Result<std::optional<Query>> probe_query(const lang::Probe& probe, const Scene& scene, int instance) {
  const int number = std::max(1, instance);
  if (const auto* http = std::get_if<lang::HttpCheck>(&probe.how)) {
    HttpProbe query;
    query.url = scene.fill(http->url, number);
    query.status = http->status;
    query.json = filled_pairs(http->json, scene, number);
    query.header = filled_pairs(http->header, scene, number);
    return Query(std::move(query));
  }
  if (const auto* tcp = std::get_if<lang::TcpCheck>(&probe.how)) {
    TcpProbe query;
    query.address = scene.fill(tcp->address, number);
    return Query(std::move(query));
  }
  if (const auto* command = std::get_if<lang::HostCommand>(&probe.how))
    return Query(QueryCommand{host_process(*command, scene)});
  const auto* exec = std::get_if<lang::ExecIn>(&probe.how);
  if (!exec || !scene.engine_of(exec->service)) return std::nullopt;
  auto process = scene.program(exec->service, exec->argv, ProgramPlace::Running, instance);
  if (!process) return tl::unexpected(process.error());
  return std::optional<Query>(QueryCommand{std::move(*process)});
}

Result<std::optional<Condition>> probe_condition(const lang::Probe& probe, const Scene& scene, int instance) {
  auto query = probe_query(probe, scene, instance);
  if (!query) return tl::unexpected(query.error());
  if (!*query) return std::nullopt;
  Condition condition;
  condition.query = std::move(**query);
  condition.means = means(probe, scene);
  return condition;
}

Result<std::vector<Operation>> probe_operations(const lang::Probe& probe, const std::string& name,
                                                Duration within, const Scene& scene, int instance) {
  if (const auto* manual = std::get_if<lang::ManualTask>(&probe.how)) {
    return std::vector<Operation>{ask_person(manual->instruction, name, scene)};
  }
  auto condition = probe_condition(probe, scene, instance);
  if (!condition) return tl::unexpected(condition.error());
  if (!*condition) return std::vector<Operation>{};
  const bool network = !std::holds_alternative<QueryCommand>((*condition)->query);
  Await await;
  await.condition = std::move(**condition);
  await.within = probe.within.value_or(within);
  await.every = probe.every.value_or(network ? kEveryNetwork : kEveryProgram);
  return std::vector<Operation>{operation(std::move(await), Duration(0))};
}

namespace {

Lowered one(Operation operation, std::string words) {
  Lowered out;
  out.operations.push_back(std::move(operation));
  out.words = std::move(words);
  return out;
}

/// As it could be typed.
std::string shown(std::vector<Text> argv) {
  QueryCommand query;
  query.process.argv = std::move(argv);
  return render(Query(std::move(query)));
}

/// A program that works inside a service may take as long as it takes.
Result<Lowered> in_service(lang::ServiceId service, const std::vector<Text>& argv, ProgramPlace place,
                           const Scene& scene) {
  auto process = scene.program(service, argv, place);
  if (!process) return tl::unexpected(process.error());
  const std::string& name = scene.stack[service].name;
  const std::string version = scene.target ? " of " + scene.target->to : "";
  Command command;
  command.process = std::move(*process);
  return one(
      operation(std::move(command), kInService),
      shown(scene.fill(argv)) + (place == ProgramPlace::Running ? " in " + name : " in a fresh " + name + version));
}

}  // namespace

Result<Lowered> action_operations(const lang::Action& action, const std::string& name, const Scene& scene) {
  if (const auto* exec = std::get_if<lang::ExecIn>(&action.how))
    return in_service(exec->service, exec->argv, ProgramPlace::Running, scene);
  if (const auto* run = std::get_if<lang::RunIn>(&action.how))
    return in_service(run->service, run->argv, ProgramPlace::Fresh, scene);
  if (const auto* manual = std::get_if<lang::ManualTask>(&action.how)) {
    Operation asked = ask_person(manual->instruction, name, scene);
    std::string shown = render(asked.instruction);
    return one(std::move(asked), std::move(shown));
  }
  Command command;
  if (const auto* host = std::get_if<lang::HostCommand>(&action.how)) {
    command.process = host_process(*host, scene);
  } else {
    const auto& shell = std::get<lang::ShellCommand>(action.how);
    command.process.argv = {Text("/bin/sh"), Text("-c"), scene.fill(shell.script)};
  }
  std::string shown = render(Instruction(command));
  return one(operation(std::move(command)), std::move(shown));
}

}  // namespace pawl::planner
