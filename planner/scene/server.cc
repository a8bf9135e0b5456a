#include "planner/scene/server.h"

namespace pawl::planner {
namespace {

/// A program that reaches the server over the network or a socket: here, or on the host that the block names.
Process outside(const Scene& scene, const lang::Database& database, const std::vector<Text>& argv) {
  Process process;
  process.argv = scene.fill(argv);
  for (const auto& [name, value] : scene.providers.database(database.engine)->env(database))
    process.env.emplace_back(name, scene.fill(value));
  if (database.on) process.host = scene.stack[*database.on].name;
  return process;
}

/// Where the database's programs run.
Result<Process> process_of(const Scene& scene, const lang::Database& database,
                           const std::vector<Text>& argv) {
  return database.service ? scene.program(*database.service, argv, ProgramPlace::Running)
                          : Result<Process>(outside(scene, database, argv));
}

std::string noise_of(const Scene& scene, const lang::Database& database) {
  if (!database.service) return "";
  return scene.engine_of(*database.service)->traits(scene.view_of(*database.service)).noise;
}

}  // namespace

Result<std::vector<Operation>> at_server(const Scene& scene, const lang::Database& database,
                                         const ServerProgram& program, Duration timeout) {
  auto process = process_of(scene, database, program.argv);
  if (!process) return tl::unexpected(process.error());
  Command command;
  command.process = std::move(*process);
  command.process.tolerates = program.tolerates;
  command.stdin_file = program.stdin_file;
  command.stdout_file = program.stdout_file;
  command.stderr_file = program.stderr_file;
  command.capture = program.capture;
  if (!program.stderr_file.empty()) command.stderr_noise = noise_of(scene, database);
  return std::vector<Operation>{operation(std::move(command), timeout)};
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

Result<Query> ask_server(const Scene& scene, const lang::Database& database, std::vector<Text> argv) {
  auto process = process_of(scene, database, argv);
  if (!process) return tl::unexpected(process.error());
  return Query(QueryCommand{std::move(*process)});
}

Result<Condition> ask_server(const Scene& scene, const lang::Database& database, DataQuestion question) {
  Condition condition;
  condition.expect = std::move(question.expect);
  condition.means = std::move(question.means);
  if (auto* argv = std::get_if<std::vector<Text>>(&question.ask)) {
    auto query = ask_server(scene, database, std::move(*argv));
    if (!query) return tl::unexpected(query.error());
    condition.query = std::move(*query);
  } else {
    condition.query = std::get<Query>(question.ask);
  }
  return condition;
}

}  // namespace pawl::planner
