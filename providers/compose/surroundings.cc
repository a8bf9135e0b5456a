#include "providers/compose/surroundings.h"

#include <map>
#include <set>

namespace pawl::providers::compose {

using planner::Answer;
using planner::HostAnswers;
using planner::Query;
using planner::QueryCommand;

Query shell_query() {
  planner::Process process;
  process.argv = {lang::Text("env"), lang::Text("-0")};
  return QueryCommand{process};
}

namespace {

Result<std::map<std::string, std::string>> shell_of(const HostAnswers& answers) {
  const Answer* answer = answers.find(shell_query());
  if (!answer || !answer->ok || answer->exit_code != 0)
    return failure(
        "The environment that Compose would get cannot be read: `env -0` failed" +
            (answer && !answer->error.empty() ? ": " + lines_of(answer->error).front() : std::string()) + ".",
        "Compose prefers variables of the shell to the env file, so they must be known. Install GNU "
        "coreutils.");
  std::map<std::string, std::string> out;
  for (const std::string& each : split_all(answer->output, '\0')) {
    const std::size_t equals = each.find('=');
    if (equals != std::string::npos) out[each.substr(0, equals)] = each.substr(equals + 1);
  }
  return out;
}

/// Files that a container of the deployment was started with and that the manifest does not name, seen from
/// the machine's root; the container with them.
std::map<std::string, std::string> forgotten_files(const Deployment& deployment, const Project& project,
                                                   const std::vector<Container>& containers) {
  std::map<std::string, std::string> out;
  for (const Container& each : containers) {
    if (each.working_dir.empty() || !deployment.manages(each.service)) continue;
    std::set<std::string> named;
    for (const std::string& file : project.files)
      named.insert(file.starts_with('/') ? file
                                         : join(each.working_dir, relative_folder(file, project.directory)));
    for (const std::string& file : split_all(each.files, ',')) {
      const std::string path = join(each.working_dir, file);
      if (!file.empty() && !named.contains(path)) out.emplace(path, each.name);
    }
  }
  return out;
}

Query exists_query(const std::string& path) {
  planner::Process process;
  process.argv = {lang::Text("test"), lang::Text("-e"), lang::Text(path)};
  return QueryCommand{process};
}

}  // namespace

std::vector<Query> file_queries(const Deployment& deployment, const Project& project,
                                const std::vector<Container>& containers) {
  std::vector<Query> queries;
  for (const auto& [path, container] : forgotten_files(deployment, project, containers))
    queries.push_back(exists_query(path));
  return queries;
}

Result<void> check_shell(const Deployment& deployment, const Project& project, const HostAnswers& answers) {
  const auto known = shell_of(answers);
  if (!known) return tl::unexpected(known.error());
  const std::map<std::string, std::string>& shell = *known;
  const auto refused = [](const std::string& name, const std::string& why) {
    return failure(name + " is set in the environment pawl was started from, " + why, "Type: unset " + name);
  };
  if (const auto& pin = deployment.pin_variable(); pin && shell.contains(*pin))
    return refused(*pin, "where Compose prefers it to the env file.");
  for (const char* name : {"COMPOSE_PROJECT_NAME", "COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES",
                           "COMPOSE_PATH_SEPARATOR", "COMPOSE_DISABLE_ENV_FILE"}) {
    const auto found = shell.find(name);
    if (found == shell.end() || found->second.empty()) continue;
    return refused(name,
                   "by which Compose would work on other files, or another project, than the manifest says.");
  }
  for (const auto& [name, value] : project.variables) {
    const auto found = shell.find(name);
    if (found == shell.end() || found->second == value) continue;
    return refused(name,
                   "to another value than in " + project.env_file + ", and Compose prefers the former.");
  }
  return {};
}

Result<void> check_files(const Deployment& deployment, const Project& project,
                         const std::vector<Container>& containers, const HostAnswers& answers) {
  for (const auto& [path, container] : forgotten_files(deployment, project, containers)) {
    const Answer* there = answers.find(exists_query(path));
    if (!there || !there->ok || there->exit_code != 0) continue;
    return failure(container + " was started with " + path +
                       ", which the manifest does not name: a container made " +
                       "without it would lose what it says.",
                   "Name all files in their order in the compose block: files = [\"…\", \"" +
                       path.substr(path.rfind('/') + 1) + "\"]. If it is not wanted any more, take it away.");
  }
  return {};
}

}  // namespace pawl::providers::compose
