#include "providers/compose/engine.h"

#include "providers/compose/project.h"

namespace pawl::providers::compose {
namespace {

using lang::ComposeSettings;
using lang::failure;
using planner::Answer;
using planner::HostAnswers;
using planner::Process;
using planner::Query;
using planner::QueryCommand;

Process process(const std::vector<std::string>& argv, const std::string& folder) {
  Process made;
  for (const std::string& word : argv) made.argv.emplace_back(word);
  made.cwd = folder;
  return made;
}

/// One program that may be there, and the question that tells.
struct Candidate {
  Form form;
  std::vector<std::string> argv;
};
const Candidate kCandidates[] = {
    {Form::DockerComposeV2, {"docker", "compose", "version", "--short"}},
    {Form::DockerCompose, {"docker-compose", "version", "--short"}},
    {Form::PodmanCompose, {"podman-compose", "--version"}},
};
const std::vector<std::string> kDockerAnswers = {"docker", "version", "--format", "{{.Server.Version}}"};

Query question(const std::vector<std::string>& argv, const std::string& folder) {
  return QueryCommand{process(argv, folder)};
}

/// The first thing in the text that looks like a version: "1.29.2" of "podman-compose version 1.29.2".
std::string find_version(const std::string& line) {
  const std::size_t begin = line.find_first_of("0123456789");
  if (begin == std::string::npos) return {};
  const std::size_t end = line.find_first_not_of("0123456789.", begin);
  const std::string found = line.substr(begin, end == std::string::npos ? end : end - begin);
  return found.find('.') == std::string::npos ? "" : found;
}

/// The version that `form` printed. podman-compose prints its own and podman's, each on a line that names it.
std::string printed_version(Form form, const std::string& output) {
  std::size_t begin = 0;
  while (begin < output.size()) {
    const std::size_t end = std::min(output.find('\n', begin), output.size());
    const std::string line = output.substr(begin, end - begin);
    begin = end + 1;
    if (form == Form::PodmanCompose && line.find("compose") == std::string::npos) continue;
    if (const std::string found = find_version(line); !found.empty()) return found;
  }
  return {};
}

bool podman_only(ComposeSettings::Engine wanted) {
  return wanted == ComposeSettings::Engine::Podman;
}

enum class Verdict { Unasked, Absent, Present };

Verdict docker_verdict(const std::string& folder, const HostAnswers& answers) {
  const Answer* answer = answers.find(question(kDockerAnswers, folder));
  if (!answer) return Verdict::Unasked;
  return answer->ok && answer->exit_code == 0 ? Verdict::Present : Verdict::Absent;
}

/// Goes through the candidates in order; stops at the first that is there or was not asked yet.
struct Search {
  std::vector<Query> ask;
  std::optional<Engine> found;
};

Search search(ComposeSettings::Engine wanted, const std::string& folder, const HostAnswers& answers) {
  Search result;
  const Verdict docker = podman_only(wanted) ? Verdict::Absent : docker_verdict(folder, answers);
  if (docker == Verdict::Unasked) result.ask.push_back(question(kDockerAnswers, folder));
  for (const Candidate& candidate : kCandidates) {
    const bool is_podman = candidate.form == Form::PodmanCompose;
    if (is_podman ? wanted == ComposeSettings::Engine::Docker : docker == Verdict::Absent) continue;
    const Query query = question(candidate.argv, folder);
    const Answer* answer = answers.find(query);
    if (!answer) {
      result.ask.push_back(query);
      return result;
    }
    const std::string version =
        answer->ok && answer->exit_code == 0 ? printed_version(candidate.form, answer->output) : "";
    if (version.empty()) continue;
    result.found = Engine{candidate.form, version, {}, {}, folder};
    return result;
  }
  return result;
}

constexpr std::string_view kForms[] = {"docker compose", "docker-compose", "podman-compose"};

}  // namespace

std::string_view Engine::command() const {
  return kForms[static_cast<std::size_t>(form)];
}

std::string Engine::container_name(std::string_view service, int number) const {
  const char separator = form == Form::DockerComposeV2 ? '-' : '_';
  return project + separator + std::string(service) + separator + std::to_string(number);
}

std::string Engine::built_image(std::string_view service) const {
  return project + (form == Form::DockerComposeV2 ? '-' : '_') + std::string(service);
}

Process Engine::compose(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv;
  if (form == Form::DockerComposeV2)
    argv = {"docker", "compose"};
  else
    argv = {std::string(command())};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return process(argv, folder);
}

Process Engine::ask(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv{std::string(engine())};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return process(argv, folder);
}

std::vector<std::string> Engine::list(bool stopped_too, std::string_view service) const {
  std::vector<std::string> arguments{"ps", "--no-trunc"};
  if (stopped_too) arguments.insert(arguments.begin() + 1, "-a");
  const auto filter = [&](std::string text) {
    arguments.emplace_back("--filter");
    arguments.push_back(std::move(text));
  };
  filter("label=com.docker.compose.project=" + project);
  if (!service.empty()) filter("label=com.docker.compose.service=" + std::string(service));
  if (!podman()) filter("label=com.docker.compose.oneoff=False");
  return arguments;
}

std::vector<Query> detection(ComposeSettings::Engine wanted, const std::string& folder,
                             const HostAnswers& answers) {
  return search(wanted, folder, answers).ask;
}

lang::Result<Engine> detected(ComposeSettings::Engine wanted, const std::string& folder,
                              const HostAnswers& answers) {
  Search result = search(wanted, folder, answers);
  if (result.found) return std::move(*result.found);
  if (!result.ask.empty()) return failure("The Compose program of this deployment has not been looked for.");
  if (podman_only(wanted))
    return failure("podman-compose was not found.", "Install it: apt-get install podman podman-compose");
  const Answer* answer = answers.find(question(kDockerAnswers, folder));
  if (answer && answer->ok && answer->exit_code == 0) {
    return failure("Docker is there, but neither `docker compose` nor `docker-compose` is.",
                   "Install the Compose plugin, or: apt-get install docker-compose");
  }
  return failure("The Docker engine does not answer, and podman-compose was not found.",
                 "Start Docker (systemctl start docker), or check that you may use it: docker version");
}

std::map<std::string, std::string> to_facts(const Engine& engine) {
  return {
      {"command", std::string(engine.command())}, {"version", engine.version}, {"project", engine.project}};
}

lang::Result<Engine> from_facts(const std::map<std::string, std::string>& facts) {
  const auto fact = [&](const char* name) {
    const auto found = facts.find(name);
    return found == facts.end() ? std::string() : found->second;
  };
  Engine engine;
  engine.version = fact("version");
  engine.project = fact("project");
  for (std::size_t form = 0; form < std::size(kForms); ++form) {
    if (fact("command") != kForms[form] || engine.project.empty()) continue;
    engine.form = static_cast<Form>(form);
    return engine;
  }
  return failure("The snapshot does not say which Compose program runs this deployment.",
                 "Take a new one: pawl observe --out FILE");
}

std::string project_of_folder(std::string_view folder) {
  while (folder.ends_with('/')) folder.remove_suffix(1);
  folder = folder.substr(folder.rfind('/') + 1);
  const std::string name = normal_project_name(folder);
  return name.empty() ? "default" : name;
}

}  // namespace pawl::providers::compose
