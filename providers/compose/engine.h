// Which program speaks Compose here, and how it and its engine are called. Detected once when the world is
// looked at, then kept in EngineState::facts so that a plan made from a saved snapshot calls the same
// program.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/engine/provider.h"

namespace pawl::providers::compose {

enum class Form { DockerComposeV2, DockerCompose, PodmanCompose };

struct Engine {
  Form form = Form::DockerComposeV2;
  std::string version;               // of the compose program
  std::string project;               // containers carry it as a label
  std::vector<std::string> options;  // -p, -f, --env-file, --profile: before the verb
  std::string folder;                // where commands run; "" for the manifest's folder

  bool podman() const { return form == Form::PodmanCompose; }
  /// "docker compose", "docker-compose", "podman-compose".
  std::string_view command() const;
  /// "docker" or "podman".
  std::string_view engine() const { return podman() ? "podman" : "docker"; }
  /// The name the compose program gives to instance `number` of a service it creates.
  std::string container_name(std::string_view service, int number) const;
  /// The name of a volume that no file gives one.
  std::string volume_name(std::string_view key) const { return project + "_" + std::string(key); }
  /// The name of an image that is built and not named.
  std::string built_image(std::string_view service) const;

  /// `docker compose -f … ARGUMENTS`.
  planner::Process compose(const std::vector<std::string>& arguments) const;
  /// `docker ARGUMENTS`.
  planner::Process ask(const std::vector<std::string>& arguments) const;
  /// `docker ps [-a] --no-trunc` of this project (and one service of it), one-off containers left out.
  std::vector<std::string> list(bool stopped_too, std::string_view service) const;
};

/// The questions that find the program, given the answers so far; empty when it is known or cannot be known.
/// A docker that is installed is the one to use, and its refusal the answer: podman is taken where there is
/// no docker, and where docker has no container of `project` (empty: not known yet) and podman has.
std::vector<planner::Query> detection(lang::ComposeSettings::Engine wanted, const std::string& folder,
                                      const std::string& project, const planner::HostAnswers& answers);
/// Form and version. An Error when there is none, or its engine does not answer, in the engine's own words.
lang::Result<Engine> detected(lang::ComposeSettings::Engine wanted, const std::string& folder,
                              const std::string& project, const planner::HostAnswers& answers);

/// Docker's Compose program that is installed: `docker compose`, else `docker-compose`; whether an engine
/// runs is not asked. Nothing: neither is there, or `wanted` gets what must be answered first.
std::optional<Engine> installed_compose(const std::string& folder, const planner::HostAnswers& answers,
                                        std::vector<planner::Query>& wanted);

std::map<std::string, std::string> to_facts(const Engine& engine);
/// Form, version and project as they were when the snapshot was taken.
lang::Result<Engine> from_facts(const std::map<std::string, std::string>& facts);

/// The project name Compose makes of a folder's: lower case, letters, digits, `-` and `_` only.
std::string project_of_folder(std::string_view absolute_folder);

}  // namespace pawl::providers::compose
