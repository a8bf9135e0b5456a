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

/// What the manifest has over several lines, such as a script, as part of a sentence.
std::string in_one_line(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return text;
}

/// What a program that is asked must do: "succeeds", "says "0 running"", "ends with exit code 0 or 5".
std::string does(const lang::Probe& probe, const Scene& scene, int instance) {
  const Expectation expect = probe_expectation(probe, scene, instance);
  const bool plain = expect.exit_codes == std::vector<int>{0};
  if (plain && expect.contains.empty()) return "succeeds";
  std::string out = expect.contains.empty() ? "" : "says \"" + in_one_line(expect.contains.shown()) + "\"";
  if (plain) return out;
  if (!out.empty()) out += " and ";
  out += "ends with exit code ";
  for (std::size_t i = 0; i < expect.exit_codes.size(); ++i) {
    if (i > 0) out += i + 1 == expect.exit_codes.size() ? " or " : ", ";
    out += std::to_string(expect.exit_codes[i]);
  }
  return out;
}

std::string means(const lang::Probe& probe, const Scene& scene, Replica instance) {
  const int number = std::max(1, instance.number);
  if (const auto* http = std::get_if<lang::HttpCheck>(&probe.how)) {
    return scene.fill(http->url, number).shown() + " answers " + std::to_string(http->status);
  }
  if (const auto* tcp = std::get_if<lang::TcpCheck>(&probe.how))
    return scene.fill(tcp->address, number).shown() + " accepts connections";
  if (const auto* exec = std::get_if<lang::ExecIn>(&probe.how)) {
    return words(scene.fill(exec->argv, number)) + " " + does(probe, scene, number) + " in " +
           scene.stack[exec->service].name +
           (instance.number > 0 ? " " + std::to_string(instance.number) : "");
  }
  if (const auto* command = std::get_if<lang::HostCommand>(&probe.how))
    return words(scene.fill(command->argv, number)) + " " + does(probe, scene, number);
  if (const auto* shell = std::get_if<lang::ShellCommand>(&probe.how))
    return in_one_line(scene.fill(shell->script, number).shown()) + " " + does(probe, scene, number);
  return "";
}

Program host_program(const lang::HostCommand& command, const Scene& scene, int instance = 1) {
  Program program;
  program.process.argv = scene.fill(command.argv, instance);
  if (command.host) program.host = scene.stack[*command.host].name;
  return program;
}

Program shell_program(const lang::ShellCommand& shell, const Scene& scene, int instance = 1) {
  Program program;
  program.process.argv = {Text("/bin/sh"), Text("-c"), scene.fill(shell.script, instance)};
  return program;
}

/// A prompt is no Text: the identity of the run stands in it as in the paths of operations.
Operation ask_person(const Text& instruction, const std::string& name, const Scene& scene) {
  static const std::string kRun = "{run}";
  const Text prompt = lang::fill(scene.fill(instruction), [](const std::string& path) -> const std::string* {
    return path == "run" ? &kRun : nullptr;
  });
  return operation(Ask{prompt.shown(), {}, name}, Duration(0));
}

}  // namespace

std::optional<DeploymentEngine> Scene::engine_of(lang::ServiceId service) const {
  const auto on = stack[service].on;
  if (!on || !providers.engine(stack[*on].kind())) return std::nullopt;
  return std::optional<DeploymentEngine>(std::in_place, stack, *on, providers, answers, snapshot);
}

Text Scene::fill(const Text& text, int instance) const {
  Text out;
  out.span = text.span;
  for (const lang::Piece& piece : text.pieces) {
    const auto* reference = std::get_if<lang::Reference>(&piece);
    const auto found = reference ? known.find(reference->path) : known.end();
    if (found == known.end())
      out.pieces.push_back(piece);
    else
      out.pieces.insert(out.pieces.end(), found->second.pieces.begin(), found->second.pieces.end());
  }
  return target ? filled(out, *target, instance) : out;
}

std::vector<Text> Scene::fill(const std::vector<Text>& texts, int instance) const {
  std::vector<Text> out;
  out.reserve(texts.size());
  for (const Text& text : texts) out.push_back(fill(text, instance));
  return out;
}

Result<Program> Scene::program(lang::ServiceId service, const std::vector<Text>& argv, ProgramPlace place,
                               Replica instance) const {
  const std::string version = place == ProgramPlace::Fresh && target ? target->to : "";
  return engine_of(service)->program(service, fill(argv, std::max(1, instance.number)), place, version,
                                     instance);
}

Result<std::optional<Question>> probe_question(const lang::Probe& probe, const Scene& scene,
                                               Replica instance) {
  const int number = std::max(1, instance.number);
  if (const auto* http = std::get_if<lang::HttpCheck>(&probe.how)) {
    HttpProbe query;
    query.url = scene.fill(http->url, number);
    query.status = http->status;
    query.json = filled_pairs(http->json, scene, number);
    query.header = filled_pairs(http->header, scene, number);
    return Question(std::move(query));
  }
  if (const auto* tcp = std::get_if<lang::TcpCheck>(&probe.how)) {
    TcpProbe query;
    query.address = scene.fill(tcp->address, number);
    return Question(std::move(query));
  }
  if (const auto* command = std::get_if<lang::HostCommand>(&probe.how))
    return ask(host_program(*command, scene, number));
  if (const auto* shell = std::get_if<lang::ShellCommand>(&probe.how))
    return ask(shell_program(*shell, scene, number));
  const auto* exec = std::get_if<lang::ExecIn>(&probe.how);
  if (!exec || !scene.engine_of(exec->service)) return std::nullopt;
  auto program = scene.program(exec->service, exec->argv, ProgramPlace::Running, instance);
  if (!program) return tl::unexpected(program.error());
  return ask(std::move(*program));
}

Expectation probe_expectation(const lang::Probe& probe, const Scene& scene, int instance) {
  Expectation expect;
  expect.contains = scene.fill(probe.expect, instance);
  for (const auto& [code, meaning] : probe.codes) {
    std::vector<int>& done = expect.exit_codes;
    if (meaning == lang::CodeMeaning::Failed) expect.failed_codes.push_back(code);
    if (meaning != lang::CodeMeaning::Done)
      std::erase(done, code);
    else if (code != 0)
      done.push_back(code);
  }
  return expect;
}

Result<std::optional<Condition>> probe_condition(const lang::Probe& probe, const Scene& scene,
                                                 Replica instance) {
  auto question = probe_question(probe, scene, instance);
  if (!question) return tl::unexpected(question.error());
  if (!*question) return std::nullopt;
  Condition condition;
  condition.question = std::move(**question);
  condition.expect = probe_expectation(probe, scene, std::max(1, instance.number));
  condition.means = means(probe, scene, instance);
  return condition;
}

std::string running_version(const Scene& scene, lang::ServiceId service) {
  const lang::Service& of = scene.stack[service];
  const ServiceState* state = scene.snapshot.service(of.name);
  for (const Instance& each : state ? state->instances : std::vector<Instance>()) {
    if (!each.version.empty()) return each.version;
  }
  const std::string label = of.on ? scene.stack[*of.on].label : "";
  for (const EngineState& engine : scene.snapshot.engines) {
    if (of.on && engine.deployment == label && !engine.pin.value.empty()) return engine.pin.value;
  }
  return "";
}

namespace {

bool names(const Text& text, std::string_view reference) {
  return std::any_of(text.pieces.begin(), text.pieces.end(), [&](const lang::Piece& piece) {
    const auto* found = std::get_if<lang::Reference>(&piece);
    return found && found->path == reference;
  });
}

bool any_names(const std::vector<Text>& texts, std::string_view reference) {
  return std::any_of(texts.begin(), texts.end(), [&](const Text& text) { return names(text, reference); });
}

}  // namespace

bool mentions(const lang::Action& action, std::string_view reference) {
  if (const auto* host = std::get_if<lang::HostCommand>(&action.how)) return any_names(host->argv, reference);
  if (const auto* exec = std::get_if<lang::ExecIn>(&action.how)) return any_names(exec->argv, reference);
  if (const auto* run = std::get_if<lang::RunIn>(&action.how)) return any_names(run->argv, reference);
  if (const auto* shell = std::get_if<lang::ShellCommand>(&action.how))
    return names(shell->script, reference);
  return names(std::get<lang::ManualTask>(action.how).instruction, reference);
}

bool mentions(const lang::Probe& probe, std::string_view reference) {
  const auto named = [&](const Text& text) { return names(text, reference); };
  const auto any = [&](const std::vector<Text>& texts) { return any_names(texts, reference); };
  const auto in_pairs = [&](const std::vector<std::pair<std::string, Text>>& pairs) {
    return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return named(pair.second); });
  };
  if (const auto* http = std::get_if<lang::HttpCheck>(&probe.how))
    return named(http->url) || in_pairs(http->json) || in_pairs(http->header);
  if (const auto* tcp = std::get_if<lang::TcpCheck>(&probe.how)) return named(tcp->address);
  if (named(probe.expect)) return true;
  if (const auto* command = std::get_if<lang::HostCommand>(&probe.how)) return any(command->argv);
  if (const auto* shell = std::get_if<lang::ShellCommand>(&probe.how)) return named(shell->script);
  const auto* exec = std::get_if<lang::ExecIn>(&probe.how);
  return exec && any(exec->argv);
}

bool asks_one_instance(const lang::Probe& probe, lang::ServiceId service) {
  const auto* exec = std::get_if<lang::ExecIn>(&probe.how);
  return (exec && exec->service == service) || mentions(probe, "instance");
}

Result<std::vector<Operation>> probe_operations(const lang::Probe& probe, const std::string& name,
                                                Duration within, const Scene& scene, Replica instance) {
  if (const auto* manual = std::get_if<lang::ManualTask>(&probe.how)) {
    return std::vector<Operation>{ask_person(manual->instruction, name, scene)};
  }
  auto condition = probe_condition(probe, scene, instance);
  if (!condition) return tl::unexpected(condition.error());
  if (!*condition) return std::vector<Operation>{};
  const bool network = !std::holds_alternative<QueryCommand>((*condition)->question.query);
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
  auto program = scene.program(service, argv, place);
  if (!program) return tl::unexpected(program.error());
  const std::string& name = scene.stack[service].name;
  const std::string version = scene.target ? " of " + scene.target->to : "";
  return one(run(std::move(*program), {}, kInService),
             shown(scene.fill(argv)) +
                 (place == ProgramPlace::Running ? " in " + name : " in a fresh " + name + version));
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
  Program program;
  if (const auto* host = std::get_if<lang::HostCommand>(&action.how)) {
    program = host_program(*host, scene);
  } else {
    program = shell_program(std::get<lang::ShellCommand>(action.how), scene);
  }
  Operation made = run(std::move(program));
  std::string shown = render(made);
  return one(std::move(made), std::move(shown));
}

}  // namespace pawl::planner
