#include "planner/ledgers.h"

namespace pawl::planner {
namespace {

/// `argv` where the database's server runs.
std::optional<Query> at_server(const lang::Database& database, std::vector<Text> argv, const Scene& scene) {
  if (argv.empty()) return std::nullopt;
  if (!database.service) {
    QueryCommand command;
    command.process.argv = std::move(argv);
    if (const DataProvider* data = scene.providers.database(database.engine))
      command.process.env = data->env(database);
    return Query(std::move(command));
  }
  const Provider* engine = scene.engine_of(*database.service);
  if (!engine) return std::nullopt;
  auto query =
      engine->inside(*database.service, std::move(argv), scene.view_of(*database.service), scene.snapshot);
  if (!query) return std::nullopt;
  return std::move(*query);
}

}  // namespace

std::optional<Query> ledger_question(const lang::Database& database, const Scene& scene) {
  const DataProvider* data = scene.providers.database(database.engine);
  if (!data || !database.ledger) return std::nullopt;
  if (!database.ledger->exec) return at_server(database, data->ledger_argv(database), scene);
  lang::Probe probe;
  if (const auto* exec = std::get_if<lang::ExecIn>(&database.ledger->exec->how)) {
    probe.how = *exec;
  } else if (const auto* command = std::get_if<lang::HostCommand>(&database.ledger->exec->how)) {
    probe.how = *command;
  } else {
    return std::nullopt;
  }
  auto query = probe_query(probe, scene);
  return query ? std::move(*query) : std::nullopt;
}

std::optional<Query> size_question(const lang::Database& database, const Scene& scene) {
  const DataProvider* data = scene.providers.database(database.engine);
  return data ? at_server(database, data->size_argv(database), scene) : std::nullopt;
}

}  // namespace pawl::planner
