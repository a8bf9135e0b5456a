// What nearly every command begins with: the manifest of this folder, loaded with its variables, and a look
// at the world.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "executor/instructions/real_world.h"
#include "lang/load.h"
#include "planner/observe.h"
#include "planner/scene/input.h"

namespace pawl::cli {

/// A loaded manifest and what is needed to compile it.
struct Workspace {
  lang::Loaded loaded;
  std::map<std::string, std::string>
      variables;  // everything given, secrets too; for the executor's resolver only
  planner::Providers providers;
  const lang::FileReader* files = nullptr;  // where configuration comes from

  const lang::Stack& stack() const { return *loaded.stack; }
};

/// Values of --var, --var-file and PAWL_VAR_…, or a usage error.
struct GivenVariables {
  std::map<std::string, std::string> given, environment;
};
lang::Result<GivenVariables> given_variables(const Common& common);

/// Loads the manifest through `files`. Prints the diagnostics (or, with --json, a JSON object) and returns
/// nothing when there is an error. Nothing has been asked of the world by then. Whoever acts on the manifest
/// refuses words that have no behaviour yet.
std::optional<Workspace> open_workspace(const Common& common, const lang::FileReader& files,
                                        lang::Unbuilt unbuilt = lang::Unbuilt::Refuse);

/// The world of this folder, for queries and changes alike. `answer` may be empty when only queries are
/// asked.
struct Outside {
  std::unique_ptr<executor::Clock> clock;
  std::unique_ptr<executor::Secrets> secrets;
  std::unique_ptr<executor::World> world;
};
Outside open_outside(const Workspace& workspace, std::vector<planner::HostPlan> hosts,
                     std::function<std::optional<std::string>(const planner::Ask&)> answer);
std::vector<planner::HostPlan> hosts_of(const lang::Stack& stack);

/// Answers to everything that was asked, and the configuration files among it.
struct Looked {
  planner::Answers answers;
  std::vector<std::pair<std::string, std::string>> files;  // path → SHA-256, in reading order
  bool endless = false;  // the questions did not come to an end, so the answers are a part only
};
/// What to say of a look that did not come to an end.
lang::Error endless_questions();
/// Asks what is needed until nothing is open. `world` may be null: then only configuration files are read.
Looked look(const Workspace& workspace, executor::World* world);

}  // namespace pawl::cli
