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

}  // namespace

Result<std::vector<Operation>> at_server(const Scene& scene, const lang::Database& database,
                                         const ServerProgram& program, Duration timeout) {
  std::vector<Operation> out;
  if (database.service) {
    auto inside = scene.engine_of(*database.service)
                      ->lower(RunInside{*database.service, scene.fill(program.argv), program.stdin_file,
                                        program.stdout_file},
                              scene.view_of(*database.service), scene.snapshot);
    if (!inside) return inside;
    out = std::move(*inside);
  } else {
    Command command;
    command.process = outside(scene, database, program.argv);
    command.stdin_file = program.stdin_file;
    command.stdout_file = program.stdout_file;
    out.push_back(operation(std::move(command)));
  }
  for (Operation& each : out) {
    each.repeat = Repeat::Safe;
    each.timeout = timeout;
    if (auto* command = std::get_if<Command>(&each.instruction)) {
      command->capture = program.capture;
      command->stderr_file = program.stderr_file;
      command->process.tolerates = program.tolerates;
      if (!program.stderr_file.empty() && database.service)
        command->stderr_noise = scene.engine_of(*database.service)->noise();
    }
  }
  return out;
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
  if (database.service) {
    return scene.engine_of(*database.service)
        ->inside(*database.service, scene.fill(argv), scene.view_of(*database.service), scene.snapshot);
  }
  return Query(QueryCommand{outside(scene, database, argv)});
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
