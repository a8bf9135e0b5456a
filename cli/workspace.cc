#include "cli/workspace.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <stop_token>

#include "cli/output.h"
#include "cli/patience.h"
#include "planner/engine/env_file.h"
#include "planner/plan/hash.h"
#include "providers/providers.h"

extern char** environ;

namespace pawl::cli {
namespace {

constexpr std::size_t kMostConfigurationBytes = 16u << 20;

lang::Result<void> read_var_file(const std::string& path, std::map<std::string, std::string>& into) {
  const lang::DiskReader disk(path.starts_with('/') ? "/" : ".");
  const auto text = disk.read(path, kMostConfigurationBytes);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return lang::failure("There is no variable file " + path + ".");
  const auto entries = planner::parse_env_file(**text);
  if (!entries) {
    return lang::failure(path + ": " + entries.error().what, "Write one NAME=VALUE per line.");
  }
  for (const planner::EnvEntry& entry : *entries) into[entry.name] = entry.value;
  return {};
}

std::map<std::string, std::string> variables_of_environment() {
  static constexpr std::string_view kPrefix = "PAWL_VAR_";
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (!text.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    found.emplace(text.substr(kPrefix.size(), equals - kPrefix.size()), text.substr(equals + 1));
  }
  return found;
}

/// Configuration is read through the workspace's reader, so that a plan of a revision sees that revision's
/// files.
planner::Answer read_configuration(const lang::FileReader& files, const planner::ReadFile& query) {
  planner::Answer answer;
  auto text = files.read(query.path, query.max_bytes);
  if (!text) {
    answer.error = text.error().what;
  } else if (!*text) {
    answer.ok = query.optional;
    answer.exit_code = 1;
    answer.error = query.path + " does not exist";
  } else {
    answer.ok = true;
    answer.output = std::move(**text);
  }
  return answer;
}

planner::Answer ask(const Workspace& workspace, executor::World* world, const planner::Question& question,
                    bool configuration) {
  if (configuration) {
    if (const auto* file = std::get_if<planner::ReadFile>(&question.query))
      return read_configuration(*workspace.files, *file);
  }
  if (!world)
    return {.ok = false, .exit_code = 1, .output = {}, .error = "not asked: planning for a saved snapshot"};
  return ask_patiently(*world, question);
}

}  // namespace

lang::Result<GivenVariables> given_variables(const Common& common) {
  GivenVariables variables;
  variables.environment = variables_of_environment();
  for (const std::string& path : common.var_files) {
    if (auto read = read_var_file(path, variables.given); !read) return tl::unexpected(read.error());
  }
  for (const std::string& assignment : common.var) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return lang::failure("--var " + assignment.substr(0, equals) + " does not say a value.",
                           "Write --var NAME=VALUE.");
    }
    variables.given[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
  return variables;
}

std::optional<Workspace> open_workspace(const Common& common, const lang::FileReader& files,
                                        lang::Unbuilt unbuilt) {
  auto variables = given_variables(common);
  if (!variables) {
    print_error(variables.error());
    return std::nullopt;
  }
  lang::LoadOptions options;
  options.manifest = common.manifest;
  options.variables = variables->given;
  options.environment = variables->environment;
  options.unbuilt = unbuilt;
  Workspace workspace;
  workspace.loaded = lang::load(files, options);
  if (!workspace.loaded.stack) {
    print_diagnostics(common, workspace.loaded.diagnostics, workspace.loaded.sources);
    return std::nullopt;
  }
  workspace.variables = std::move(variables->environment);
  for (auto& [name, value] : variables->given) workspace.variables[name] = std::move(value);
  workspace.providers = providers::all_providers();
  workspace.files = &files;
  return workspace;
}

std::vector<planner::HostPlan> hosts_of(const lang::Stack& stack) {
  std::vector<planner::HostPlan> hosts;
  for (const lang::Host& host : stack.hosts) hosts.push_back({host.name, host.ssh, host.dir});
  return hosts;
}

Outside open_outside(const Workspace& workspace, std::vector<planner::HostPlan> hosts,
                     std::function<std::optional<std::string>(const planner::Ask&)> answer) {
  Outside outside;
  outside.clock = executor::make_clock();
  outside.secrets = executor::make_secrets(workspace.variables);
  executor::WorldSettings settings;
  settings.root = ".";
  settings.hosts = std::move(hosts);
  settings.secrets = outside.secrets.get();
  settings.clock = outside.clock.get();
  settings.answer = std::move(answer);
  outside.world = executor::make_world(std::move(settings));
  return outside;
}

Looked look(const Workspace& workspace, executor::World* world) {
  Looked looked;
  for (int rounds = 0; rounds < planner::kMostRounds; ++rounds) {
    const planner::Questions round =
        planner::next_questions(workspace.stack(), workspace.providers, looked.answers, world == nullptr);
    if (round.empty()) return looked;
    for (const planner::Question& question : round.configuration) {
      planner::Answer answer = ask(workspace, world, question, true);
      const auto* file = std::get_if<planner::ReadFile>(&question.query);
      if (file && answer.exit_code == 0)
        looked.files.emplace_back(file->path, planner::sha256(answer.output));
      looked.answers.add(question, std::move(answer));
    }
    for (const planner::Question& question : round.world)
      looked.answers.add(question, ask(workspace, world, question, false));
  }
  looked.endless = true;
  return looked;
}

lang::Error endless_questions() {
  return {"Looking at the deployment does not come to an end: after " + std::to_string(planner::kMostRounds) +
              " rounds of questions there are still new ones.",
          "Look for files that include each other without end; if there are none, this is a fault of pawl."};
}

}  // namespace pawl::cli
