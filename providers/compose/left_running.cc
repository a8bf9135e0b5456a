#include "providers/compose/left_running.h"

#include <span>
#include <string>
#include <vector>

#include "providers/compose/engine.h"

namespace pawl::providers::compose {
namespace {

using Words = std::span<const std::string>;

/// `docker compose -p shop -f … run --rm -T migrate`, taken apart.
struct Client {
  Engine engine;
  std::string verb;
  std::string subject;  // the service or container
};

/// The first word that is no option, and what follows it.
Words after_options(Words words) {
  while (!words.empty() && words.front().starts_with('-')) words = words.subspan(1);
  return words;
}

/// The options that pawl gives to a Compose program all take a value.
Words take_options(Words words, Engine& engine) {
  while (words.size() > 1 && words.front().starts_with('-')) {
    if (words[0] == "-p") engine.project = words[1];
    words = words.subspan(2);
  }
  return words;
}

std::optional<Client> client_of(Words words) {
  Client client;
  const auto begins = [&](Form form, std::size_t count) {
    client.engine.form = form;
    words = take_options(words.subspan(count), client.engine);
  };
  if (words.size() > 1 && words[0] == "docker" && words[1] == "compose") {
    begins(Form::DockerComposeV2, 2);
  } else if (words[0] == "docker-compose") {
    begins(Form::DockerCompose, 1);
  } else if (words[0] == "podman-compose") {
    begins(Form::PodmanCompose, 1);
  } else if (words[0] == "docker" || words[0] == "podman") {
    client.engine.form = words[0] == "podman" ? Form::PodmanCompose : Form::DockerComposeV2;
    words = words.subspan(1);
  } else {
    return std::nullopt;
  }
  if (words.empty()) return std::nullopt;
  client.verb = words.front();
  const Words rest = after_options(words.subspan(1));
  if (rest.empty()) return std::nullopt;
  client.subject = rest.front();
  return client;
}

planner::LeftRunning container_of(const Client& client) {
  const Engine& engine = client.engine;
  std::vector<std::string> list{"ps"};
  const auto filter = [&](const std::string& text) { list.insert(list.end(), {"--filter", text}); };
  filter("label=com.docker.compose.project=" + engine.project);
  if (engine.podman()) {
    filter("name=" + engine.project + "_" + client.subject +
           "_tmp");  // podman-compose labels them like the others
  } else {
    filter("label=com.docker.compose.service=" + client.subject);
    filter("label=com.docker.compose.oneoff=True");
  }
  list.insert(list.end(), {"--format", "{{.Names}}"});
  return {"a container of " + client.subject, planner::QueryCommand{engine.ask(list)},
          std::string(engine.engine()) + " stop"};
}

}  // namespace

std::optional<planner::LeftRunning> left_running(const planner::Process& stopped) {
  std::vector<std::string> words;
  for (const lang::Text& word : stopped.argv) words.push_back(word.shown());
  if (words.empty()) return std::nullopt;
  auto client = client_of(words);
  if (!client) return std::nullopt;
  client->engine.folder = stopped.cwd;
  const bool composed = !client->engine.project.empty();
  if (client->verb == "run" && composed) return container_of(*client);
  if (client->verb != "exec") return std::nullopt;
  const Engine& engine = client->engine;
  const std::string top = composed ? std::string(engine.command()) + " -p " + engine.project + " top "
                                   : std::string(engine.engine()) + " top ";
  return planner::LeftRunning{"what was begun in " + client->subject, std::nullopt, top + client->subject};
}

}  // namespace pawl::providers::compose
