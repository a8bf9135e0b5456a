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

/// A Compose program that may be there, and the question that tells.
struct Candidate {
  Form form;
  std::vector<std::string> argv;
};
const Candidate kDockers[] = {
    {Form::DockerComposeV2, {"docker", "compose", "version", "--short"}},
    {Form::DockerCompose, {"docker-compose", "version", "--short"}},
};
const Candidate kPodman = {Form::PodmanCompose, {"podman-compose", "--version"}};
const std::vector<std::string> kDockerAnswers = {"docker", "version", "--format", "{{.Server.Version}}"};
/// A program named docker may be podman's imitation of it, which has no server to ask.
const std::vector<std::string> kDockerIs = {"docker", "--version"};
constexpr int kNoProgram = 127;  // what a shell says of a program that is not installed, and the executor too

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

bool good(const Answer& answer) {
  return answer.ok && answer.exit_code == 0;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The last line that says something.
std::string last_line(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

/// Docker is installed, and whoever runs pawl cannot use it.
lang::Error refusal(const Answer& answer) {
  const std::string said = last_line(answer.error);
  std::string fix = "See what it says: docker version.";
  if (holds(said, "permission denied")) {
    fix =
        "Run pawl as a user who may use it, or allow this one: sudo usermod -aG docker USER, then log in "
        "again.";
  } else if (holds(said, "tcp://") || holds(said, "ssh://") || holds(said, "http://")) {
    fix =
        "DOCKER_HOST or the docker context leads there: correct it (docker context ls), or start what should "
        "answer.";
  } else if (holds(said, "connect")) {
    fix =
        "Start it: systemctl start docker. If DOCKER_HOST or a docker context leads elsewhere, correct that.";
  }
  return {
      "Docker is installed and cannot be used: " +
          (said.empty() ? "it gives no reason (exit code " + std::to_string(answer.exit_code) + ")" : said),
      fix + " If podman runs this deployment, say so: compose { engine = podman }."};
}

/// Looks for the Compose program. After `go` there are questions to ask first, or there is an engine, or a
/// reason why there is none.
class Search {
 public:
  Search(ComposeSettings::Engine wanted, const std::string& folder, const std::string& project,
         const HostAnswers& answers)
      : wanted_(wanted), folder_(folder), project_(project), answers_(answers) {}

  Search& go() {
    using Wanted = ComposeSettings::Engine;
    if (wanted_ == Wanted::Podman) {
      podman("podman-compose was not found.", "Install it: apt-get install podman podman-compose");
      return *this;
    }
    const Answer* docker = answer(kDockerAnswers);
    if (!docker) {
      compose_of_docker();  // asked together, because it is nearly always there
    } else if (docker->exit_code == kNoProgram) {
      absent();
    } else if (good(*docker)) {
      compose_of_docker();
    } else {
      refuses(*docker);
    }
    return *this;
  }

  std::vector<Query> ask;
  std::optional<Engine> found;
  lang::Error why;

 private:
  const Answer* answer(const std::vector<std::string>& argv) {
    const Query query = question(argv, folder_);
    const Answer* known = answers_.find(query);
    if (!known) ask.push_back(query);
    return known;
  }

  void fail(std::string what, std::string fix) { why = {std::move(what), std::move(fix)}; }

  /// Takes the program when it is there.
  void try_program(const Candidate& candidate) {
    const Answer* known = answer(candidate.argv);
    const std::string version = known && good(*known) ? printed_version(candidate.form, known->output) : "";
    if (!version.empty()) found = Engine{candidate.form, version, {}, {}, folder_};
  }

  void podman(std::string what, std::string fix) {
    try_program(kPodman);
    fail(std::move(what), std::move(fix));
  }

  void absent() {
    if (wanted_ == ComposeSettings::Engine::Docker)
      return fail("Docker is not installed: there is no program `docker`.",
                  "Install it: apt-get install docker.io docker-compose");
    podman(
        "Neither Docker nor podman-compose is installed.",
        "Install one: apt-get install docker.io docker-compose, or: apt-get install podman podman-compose");
  }

  void compose_of_docker() {
    for (const Candidate& candidate : kDockers) {
      try_program(candidate);
      if (!ask.empty()) return;
      if (found) break;
    }
    if (found && !is_podmans()) return;
    if (ask.empty() && is_podmans()) {
      found.reset();
      return podman("The containers of this deployment are podman's, and podman-compose was not found.",
                    "Install it: apt-get install podman-compose");
    }
    if (!found)
      fail("Docker is there, but neither `docker compose` nor `docker-compose` is.",
           "Install the Compose plugin, or: apt-get install docker-compose");
  }

  void refuses(const Answer& docker) {
    why = refusal(docker);
    if (wanted_ == ComposeSettings::Engine::Docker) return;
    const Answer* is = answer(kDockerIs);
    if (!is) return;
    if (good(*is) && holds(is->output, "podman")) return absent();
    if (podman_has_some()) podman(why.what, why.fix);
  }

  /// Docker has no container of the project, and podman has.
  bool is_podmans() {
    if (wanted_ != ComposeSettings::Engine::Detect || project_.empty()) return false;
    Engine docker;
    docker.project = project_;
    const Answer* own = answer(listing(docker));
    return own && good(*own) && last_line(own->output).empty() && podman_has_some();
  }

  bool podman_has_some() {
    if (project_.empty()) return false;
    Engine podman;
    podman.form = Form::PodmanCompose;
    podman.project = project_;
    const Answer* list = answer(listing(podman));
    return list && good(*list) && !last_line(list->output).empty();
  }

  /// As the containers are listed later, so that it is asked once.
  static std::vector<std::string> listing(const Engine& engine) {
    std::vector<std::string> argv{std::string(engine.engine())};
    const std::vector<std::string> list = engine.list(true, "");
    argv.insert(argv.end(), list.begin(), list.end());
    argv.emplace_back("-q");
    return argv;
  }

  const ComposeSettings::Engine wanted_;
  const std::string& folder_;
  const std::string& project_;
  const HostAnswers& answers_;
};

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
                             const std::string& project, const HostAnswers& answers) {
  return Search(wanted, folder, project, answers).go().ask;
}

lang::Result<Engine> detected(ComposeSettings::Engine wanted, const std::string& folder,
                              const std::string& project, const HostAnswers& answers) {
  Search result = std::move(Search(wanted, folder, project, answers).go());
  if (!result.ask.empty()) return failure("The Compose program of this deployment has not been looked for.");
  if (result.found) return std::move(*result.found);
  return tl::unexpected(std::move(result.why));
}

std::optional<Engine> installed_compose(const std::string& folder, const HostAnswers& answers,
                                        std::vector<Query>& wanted) {
  for (const Candidate& candidate : kDockers) {
    const Query query = question(candidate.argv, folder);
    const Answer* known = answers.find(query);
    if (!known) {
      wanted.push_back(query);
      return std::nullopt;
    }
    const std::string version = good(*known) ? printed_version(candidate.form, known->output) : "";
    if (!version.empty()) return Engine{candidate.form, version, {}, {}, folder};
  }
  return std::nullopt;
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
