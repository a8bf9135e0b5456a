// How containers were started, as far as the engine tells, and what names of images mean on it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "planner/plan/snapshot.h"
#include "providers/compose/containers.h"
#include "providers/compose/deployment.h"

namespace pawl::providers::compose {

/// What all images are called, and the hash that Compose has for each service of the files (podman-compose
/// has none).
std::vector<planner::Query> start_queries(const Engine& engine, const std::vector<Container>& containers);
/// Compose itself does not accept the files, so that the first step that starts something would fail.
lang::Result<void> check_accepted(const Engine& engine, const planner::HostAnswers& answers);

/// The names of all images on the engine: "repository:tag" and what it means.
class Images {
 public:
  Images(const Engine& engine, const planner::HostAnswers& answers);
  /// The id of an image as the files name it; empty: there is none of that name, or its name is a digest.
  std::string id(const std::string& image) const;
  /// Tags of a repository, as the files name it.
  std::vector<std::string> tags(const std::string& repository) const;

 private:
  std::map<std::string, std::string> ids_;
};

/// What the engine tells of how containers were started.
class Beginnings {
 public:
  /// All of them outlive it.
  Beginnings(const Engine& engine, const Project& project, const Images& images,
             const std::vector<Container>& containers, const planner::HostAnswers& answers);
  void note(const Container& container, planner::Instance& instance) const;

 private:
  const Engine& engine_;
  const Project& project_;
  const Images& images_;
  std::map<std::string, std::string> image_properties_, hashes_;
};

}  // namespace pawl::providers::compose
