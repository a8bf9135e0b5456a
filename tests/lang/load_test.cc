// Whole manifests → Stack.
#include "lang/load.h"

#include <gtest/gtest.h>

#include "support.h"

namespace pawl::lang {
namespace {

Loaded load_stack(const std::string& name, std::map<std::string, std::string> variables) {
  LoadOptions options;
  options.manifest = name;
  options.variables = std::move(variables);
  options.unbuilt = Unbuilt::Accept;  // some of these wait for an engine
  return load(DiskReader(std::string(PAWL_TEST_DATA) + "/stacks"), options);
}

const Service& service(const Stack& stack, std::string_view name) {
  for (const Service& one : stack.services) {
    if (one.name == name) return one;
  }
  throw std::runtime_error("no service " + std::string(name));
}

TEST(Load, PiprioOnCompose) {
  const Loaded loaded = load_stack("piprio.pawl", {{"domain", "piprio.example"}});
  ASSERT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
  const Stack& stack = *loaded.stack;
  EXPECT_EQ(stack.name.value, "piprio");
  EXPECT_EQ(stack.version->value.text, "1.5.0");
  ASSERT_EQ(stack.deployments.size(), 1u);
  const auto& compose = std::get<ComposeSettings>(stack.deployments[0].engine);
  ASSERT_EQ(compose.files.size(), 1u);
  EXPECT_EQ(compose.files[0].shown(), "docker-compose.onprem.yml");
  const auto& pin = std::get<EnvPin>(stack.deployments[0].pin->where);
  EXPECT_EQ(pin.file, ".env");
  EXPECT_EQ(pin.name, "PIPRIO_VERSION");

  ASSERT_EQ(stack.services.size(), 6u);
  const Service& api = service(stack, "api");
  EXPECT_EQ(api.role, Role::Api);
  EXPECT_EQ(api.engine_name, "api");
  EXPECT_EQ(api.on, DeploymentId{0});
  EXPECT_EQ(api.health->within, std::chrono::minutes(3));
  EXPECT_EQ(std::get<HttpCheck>(api.health->how).url.shown(), "http://127.0.0.1:8000/health");
  ASSERT_EQ(api.migrates.size(), 1u);
  EXPECT_EQ(stack[api.migrates[0]].name, "main");
  EXPECT_EQ(service(stack, "worker").pause, std::chrono::seconds(10));
  EXPECT_EQ(service(stack, "worker").drain, std::chrono::seconds(30));
  const auto& reload = std::get<ExecIn>(service(stack, "proxy").reload->how);
  EXPECT_EQ(stack[reload.service].name, "proxy");
  ASSERT_EQ(reload.argv.size(), 3u);
  EXPECT_EQ(reload.argv[2].shown(), "reload");

  const Database& database = stack.databases.at(0);
  EXPECT_EQ(database.engine, Database::Engine::Postgres);
  EXPECT_EQ(stack[*database.service].name, "db");
  EXPECT_TRUE(database.forward_only);
  EXPECT_FALSE(database.down);
  EXPECT_EQ(database.ledger->framework, Ledger::Framework::Table);
  EXPECT_EQ(database.ledger->table, "schema_migrations");
  EXPECT_EQ(database.ledger->column, "name");

  ASSERT_EQ(stack.backup->of.size(), 3u);
  EXPECT_EQ(stack[std::get<FilesId>(stack.backup->of[2])].name, "config");
  EXPECT_EQ(stack.backup->keep, 7);
  EXPECT_EQ(stack.restore->confirm.shown(), "piprio.example");
  EXPECT_EQ(stack[*stack.downtime->probe_of].name, "api");
  EXPECT_EQ(stack.downtime->probe->within, std::chrono::minutes(3));
  EXPECT_EQ(stack.downtime->budget, std::chrono::seconds(30));
  EXPECT_EQ(loaded.sources.where(api.span), "piprio.pawl:14");
}

TEST(Load, PiprioOnLocalProcesses) {
  const Loaded loaded = load_stack("local.pawl", {{"domain", "piprio.example"}});
  ASSERT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
  const Stack& stack = *loaded.stack;
  const auto& local = std::get<LocalSettings>(stack.deployments.at(0).engine);
  EXPECT_EQ(local.releases.shown(), "releases/${version}");
  EXPECT_EQ(local.run_dir, "run");
  EXPECT_EQ(local.env_file, ".env");
  const Service& api = service(stack, "api");
  ASSERT_EQ(api.command.size(), 2u);
  EXPECT_EQ(api.command[0].shown(), "releases/${version}/piprio");
  EXPECT_EQ(std::get<Reference>(api.command[0].pieces.at(1)).path, "version");
  ASSERT_EQ(api.env.size(), 2u);
  EXPECT_EQ(api.env[0].first, "PORT");
  EXPECT_EQ(api.env[0].second.shown(), "8000");
  EXPECT_EQ(api.env[1].second.shown(), "${instance}");
  EXPECT_EQ(service(stack, "worker").instances, 3);
  EXPECT_EQ(service(stack, "proxy").reload_signal, 1);
  EXPECT_FALSE(service(stack, "proxy").reload);
  EXPECT_EQ(stack.databases.at(0).path.shown(), "data/piprio.db");
}

TEST(Load, WhatAProgramAnswers) {
  const Loaded loaded = load_stack("answers.pawl", {});
  ASSERT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
  const Stack& stack = *loaded.stack;
  const Probe& health = *service(stack, "api").health;
  EXPECT_EQ(health.expect.shown(), "at ${version}");
  EXPECT_TRUE(health.codes.empty());
  ASSERT_EQ(stack.gates.size(), 2u);
  const Probe& guard = std::get<Probe>(stack.gates[0].what);
  const std::vector<std::pair<int, CodeMeaning>> meanings{
      {0, CodeMeaning::Done}, {3, CodeMeaning::Failed}, {77, CodeMeaning::Again}};
  EXPECT_EQ(guard.codes, meanings) << "sorted by code, however they are written";
  EXPECT_EQ(std::get<ShellCommand>(guard.how).script.shown(), "./guard | tail -n 1");
  EXPECT_TRUE(std::holds_alternative<Action>(stack.gates[1].what))
      << "run once, as nothing says how it is asked";
}

struct Sketch {
  std::string file;
  std::map<std::string, std::string> variables;
};
class Sketches : public testing::TestWithParam<Sketch> {};

TEST_P(Sketches, Load) {
  const Loaded loaded = load_stack(GetParam().file, GetParam().variables);
  EXPECT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
}

INSTANTIATE_TEST_SUITE_P(Load, Sketches,
                         testing::Values(Sketch{"engram.pawl", {}},
                                         Sketch{"evose-compose.pawl", {{"domain", "evose.example"}}},
                                         Sketch{"evose-helm.pawl", {{"domain", "evose.example"}}},
                                         Sketch{"fovea.pawl", {{"deploy_host", "fovea.example"}}},
                                         Sketch{"myeline.pawl", {{"domain", "myeline.example"}}}));

}  // namespace
}  // namespace pawl::lang
