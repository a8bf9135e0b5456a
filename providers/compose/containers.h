// The containers of a project, as the engine describes them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "providers/compose/engine.h"

namespace pawl::providers::compose {

struct Container {
  std::string id, name, image, status, exit_code, health, service, hash;
  int number = 0;
  std::string program;      // version of the Compose program that made it
  std::string working_dir;  // of the project
  std::string files;        // that it was started with, with commas
  std::string image_id;
  std::string given;  // kPropertiesFormat
};

/// Their ids, and then what there is to know of them.
planner::Query list_query(const Engine& engine);
planner::Query inspect_query(const Engine& engine, std::vector<std::string> ids);
/// Podman without systemd never runs a health check by itself, so it is asked to.
bool asks_health(const Engine& engine, const Container& container);
planner::Query health_query(const Engine& engine, const Container& container);

/// Out of the answer to inspect_query, sorted by service and number; one-off containers are left out.
std::vector<Container> containers(const Engine& engine, const planner::Answer& answer);
/// The same out of all answers, with the health that was asked for; an Error says why the engine did not
/// answer.
lang::Result<std::vector<Container>> look(const Engine& engine, const planner::HostAnswers& answers);

std::vector<std::string> lines_of(const std::string& text);
std::map<std::string, std::string> pairs_of(const planner::Answer* answer, char separator);

}  // namespace pawl::providers::compose
