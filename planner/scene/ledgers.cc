#include "planner/scene/ledgers.h"

#include "planner/scene/server.h"

namespace pawl::planner {
namespace {

/// `argv` where the database's server runs; nothing when there is nothing to ask, or no way to ask it.
std::optional<Question> question(const lang::Database& database, std::vector<Text> argv, const Scene& scene) {
  if (argv.empty() || (database.service && !scene.engine_of(*database.service))) return std::nullopt;
  auto asked = ask_server(scene, database, std::move(argv));
  if (!asked) return std::nullopt;
  return std::move(*asked);
}

}  // namespace

std::optional<Question> ledger_question(const lang::Database& database, const Scene& scene) {
  const DataProvider* data = scene.providers.database(database.engine);
  if (!data || !database.ledger) return std::nullopt;
  if (!database.ledger->exec) return question(database, data->ledger_argv(database), scene);
  lang::Probe probe;
  if (const auto* exec = std::get_if<lang::ExecIn>(&database.ledger->exec->how)) {
    probe.how = *exec;
  } else if (const auto* command = std::get_if<lang::HostCommand>(&database.ledger->exec->how)) {
    probe.how = *command;
  } else {
    return std::nullopt;
  }
  auto asked = probe_question(probe, scene);
  return asked ? std::move(*asked) : std::nullopt;
}

std::optional<Question> size_question(const lang::Database& database, const Scene& scene) {
  const DataProvider* data = scene.providers.database(database.engine);
  return data ? question(database, data->size_argv(database), scene) : std::nullopt;
}

}  // namespace pawl::planner
