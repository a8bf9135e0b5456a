#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/workspace.h"
#include "providers/cross_check.h"

namespace pawl::cli {
namespace {

/// Asks until nothing is open; each answer leads at most to a few more questions.
providers::CrossCheck cross_check(const Workspace& workspace) {
  const Outside outside = open_outside(workspace, {}, {});
  planner::Answers answers = look(workspace, nullptr).answers;
  for (int round = 0; round < planner::kMostRounds; ++round) {
    providers::CrossCheck check = providers::cross_check(workspace.stack(), answers);
    if (check.questions.empty()) return check;
    for (const planner::Query& query : check.questions) answers.add(query, outside.world->ask(query, {}));
  }
  return {};
}

std::string described(const Workspace& workspace, const std::string& manifest) {
  const std::size_t files = workspace.loaded.sources.size(), services = workspace.stack().services.size();
  return manifest + (files > 1 ? " and " + std::to_string(files - 1) + " included: " : ": ") +
         "valid; stack " + *workspace.stack().name + ", " + std::to_string(services) +
         (services == 1 ? " service\n" : " services\n");
}

/// "Read as docker compose 2.40.3 reads it.\n"
std::string compared(const providers::CrossCheck& check) {
  if (check.compared_with.empty())
    return "No deployment here runs on Compose, so there was nothing to compare.\n";
  std::string with;
  for (const std::string& each : check.compared_with) {
    if (with.find(each) == std::string::npos) with += (with.empty() ? "" : " and ") + each;
  }
  return "The Compose files are read as " + with + " reads them.\n";
}

}  // namespace

Exit run(const Common& common, const ValidateArguments& arguments) {
  const lang::DiskReader files(".");
  auto workspace = open_workspace(common, files);
  if (!workspace) return Exit::Usage;
  providers::CrossCheck check;
  if (arguments.cross_check) check = cross_check(*workspace);
  lang::Diagnostics& diagnostics = workspace->loaded.diagnostics;
  for (lang::Diagnostic& each : check.mistakes) diagnostics.add(std::move(each));
  const bool quiet = diagnostics.sorted().empty();
  if (common.json || !quiet) print_diagnostics(common, diagnostics, workspace->loaded.sources);
  if (check.nobody_to_ask) return Exit::Failed;
  if (diagnostics.has_errors()) return Exit::Usage;
  if (common.json) return Exit::Done;
  std::cout << described(*workspace, common.manifest);
  if (arguments.cross_check) std::cout << compared(check);
  return Exit::Done;
}

}  // namespace pawl::cli
