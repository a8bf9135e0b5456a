#include "planner/scene/server.h"

namespace pawl::planner {
namespace {

/// A program that reaches the server over the network or a socket: here, or on the host that the block names.
Program outside(const Scene& scene, const lang::Database& database, const std::vector<Text>& argv) {
  Process process;
  process.argv = scene.fill(argv);
  for (const auto& [name, value] : scene.providers.database(database.engine)->env(database))
    process.env.emplace_back(name, scene.fill(value));
  return {std::move(process), database.on ? scene.stack[*database.on].name : ""};
}

/// Where the database's programs run.
Result<Program> program_of(const Scene& scene, const lang::Database& database,
                           const std::vector<Text>& argv) {
  return database.service ? scene.program(*database.service, argv, ProgramPlace::Running)
                          : Result<Program>(outside(scene, database, argv));
}

std::string noise_of(const Scene& scene, const lang::Database& database) {
  if (!database.service) return "";
  return scene.engine_of(*database.service)->traits().noise;
}

}  // namespace

void append(std::vector<Operation>& out, std::vector<Operation> more) {
  for (Operation& each : more) out.push_back(std::move(each));
}

Result<std::vector<Operation>> at_server(const Scene& scene, const lang::Database& database,
                                         const ServerProgram& wanted, Duration timeout) {
  auto program = program_of(scene, database, wanted.argv);
  if (!program) return tl::unexpected(program.error());
  program->process.tolerates = wanted.tolerates;
  Command command;
  command.stdin_file = wanted.stdin_file;
  command.stdout_file = wanted.stdout_file;
  command.stderr_file = wanted.stderr_file;
  command.capture = wanted.capture;
  if (!wanted.stderr_file.empty()) command.stderr_noise = noise_of(scene, database);
  return std::vector<Operation>{run(std::move(*program), std::move(command), timeout)};
}

Result<std::vector<Operation>> at_server(const Scene& scene, const lang::Database& database,
                                         const std::vector<DataStep>& steps, Duration timeout) {
  std::vector<Operation> out;
  for (const DataStep& step : steps) {
    if (const auto* instruction = std::get_if<Instruction>(&step)) {
      out.push_back(operation(*instruction, timeout));
      continue;
    }
    auto more = at_server(scene, database, std::get<ServerProgram>(step), timeout);
    if (!more) return more;
    for (Operation& each : *more) out.push_back(std::move(each));
  }
  return out;
}

Result<Question> ask_server(const Scene& scene, const lang::Database& database, std::vector<Text> argv) {
  auto program = program_of(scene, database, argv);
  if (!program) return tl::unexpected(program.error());
  return ask(std::move(*program));
}

Result<Condition> ask_server(const Scene& scene, const lang::Database& database, DataQuestion question) {
  Condition condition;
  condition.expect = std::move(question.expect);
  condition.means = std::move(question.means);
  if (auto* argv = std::get_if<std::vector<Text>>(&question.ask)) {
    auto asked = ask_server(scene, database, std::move(*argv));
    if (!asked) return tl::unexpected(asked.error());
    condition.question = std::move(*asked);
  } else {
    condition.question = std::get<Query>(question.ask);
  }
  return condition;
}

}  // namespace pawl::planner
