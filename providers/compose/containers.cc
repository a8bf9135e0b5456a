#include "providers/compose/containers.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "providers/compose/node.h"
#include "providers/compose/properties.h"

namespace pawl::providers::compose {
namespace {

using lang::failure;
using lang::Result;
using planner::Answer;
using planner::HostAnswers;
using planner::Query;
using planner::QueryCommand;

/// The fields of a container that are needed, tab-separated. Its environment holds secrets: of that, only
/// digests leave this file (properties.h). Docker leaves the member Health out where there is no health
/// check, podman leaves it empty.
std::string inspect_format(const Engine& engine) {
  const std::string health =
      engine.podman() ? "{{.State.Health.Status}}" : "{{with index .State \"Health\"}}{{.Status}}{{end}}";
  const auto label = [](const std::string& name) {
    return "\t{{index .Config.Labels \"com.docker.compose." + name + "\"}}";
  };
  return "{{.Id}}\t{{.Name}}\t{{.Config.Image}}\t{{.State.Status}}\t{{.State.ExitCode}}\t" + health +
         label("service") + label("container-number") + label("config-hash") + label("version") +
         label("project.working_dir") + label("project.config_files") + "\t{{.Image}}\t" +
         std::string(kPropertiesFormat);
}

/// Columns of it.
enum Column {
  Id,
  Name,
  Image,
  Status,
  ExitCode,
  HealthWord,
  ServiceLabel,
  Number,
  Hash,
  Program,
  WorkingDir,
  ConfigFiles,
  ImageId,
  Given,
  Columns
};

int number_of(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Empty label values print as "<no value>".
std::string value(const std::string& text) {
  return text == "<no value>" ? "" : text;
}

}  // namespace

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split_all(text, '\n');
  std::erase_if(lines, [](const std::string& line) { return line.empty(); });
  return lines;
}

std::map<std::string, std::string> pairs_of(const Answer* answer, char separator) {
  std::map<std::string, std::string> out;
  for (const std::string& line : lines_of(answer ? answer->output : "")) {
    const std::size_t at = line.find(separator);
    if (at != std::string::npos) out[line.substr(0, at)] = line.substr(at + 1);
  }
  return out;
}

Query list_query(const Engine& engine) {
  std::vector<std::string> arguments = engine.list(true, "");
  arguments.emplace_back("-q");
  return QueryCommand{engine.ask(arguments)};
}

Query inspect_query(const Engine& engine, std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  std::vector<std::string> arguments{"inspect", "--type", "container", "--format", inspect_format(engine)};
  arguments.insert(arguments.end(), ids.begin(), ids.end());
  return QueryCommand{engine.ask(arguments)};
}

Query health_query(const Engine& engine, const Container& container) {
  return QueryCommand{engine.ask({"healthcheck", "run", container.id})};
}

bool asks_health(const Engine& engine, const Container& container) {
  return engine.podman() && container.status == "running" && container.health == "starting";
}

std::vector<Container> containers(const Engine& engine, const Answer& answer) {
  std::vector<Container> found;
  for (const std::string& line : lines_of(answer.output)) {
    const std::vector<std::string> field = split_all(line, '\t');
    if (field.size() != Columns) continue;
    Container container{.id = field[Id],
                        .name = field[Name],
                        .image = field[Image],
                        .status = field[Status],
                        .exit_code = field[ExitCode],
                        .health = value(field[HealthWord]),
                        .service = value(field[ServiceLabel]),
                        .hash = value(field[Hash]),
                        .number = number_of(field[Number]),
                        .program = value(field[Program]),
                        .working_dir = value(field[WorkingDir]),
                        .files = value(field[ConfigFiles]),
                        .image_id = field[ImageId],
                        .given = field[Given]};
    if (container.name.starts_with('/')) container.name.erase(0, 1);
    // podman-compose does not label its one-off containers; they are told by their name.
    if (engine.podman() && container.name.find("_tmp") != std::string::npos) continue;
    found.push_back(std::move(container));
  }
  std::sort(found.begin(), found.end(), [](const Container& a, const Container& b) {
    return std::tie(a.service, a.number, a.name) < std::tie(b.service, b.number, b.name);
  });
  return found;
}

Result<std::vector<Container>> look(const Engine& engine, const HostAnswers& answers) {
  const Answer* list = answers.find(list_query(engine));
  if (!list || !list->ok || list->exit_code != 0) {
    const std::string why =
        list ? lines_of(list->error).empty() ? std::string() : ": " + lines_of(list->error).front()
             : ": it was not asked";
    return failure(std::string(engine.engine()) + " does not list containers" + why,
                   "Check that you may use it: " + std::string(engine.engine()) + " ps");
  }
  const std::vector<std::string> ids = lines_of(list->output);
  if (ids.empty()) return std::vector<Container>{};
  const Answer* inspected = answers.find(inspect_query(engine, ids));
  if (!inspected || !inspected->ok)
    return failure(std::string(engine.engine()) + " does not describe its containers.", "Try again.");
  std::vector<Container> found = containers(engine, *inspected);
  for (Container& container : found) {
    if (!asks_health(engine, container)) continue;
    const Answer* health = answers.find(health_query(engine, container));
    if (health && health->ok && health->exit_code == 0) container.health = "healthy";
  }
  return found;
}

}  // namespace pawl::providers::compose
