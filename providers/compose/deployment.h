// One compose block of a manifest, seen through what has been answered: its project in any version of the
// pin, and the program that runs it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/engine/pins.h"
#include "providers/compose/engine.h"
#include "providers/compose/project.h"

namespace pawl::providers::compose {

using lang::Service;
using lang::ServiceId;

/// An image name with the place where the version is: "piprio/api:" + VERSION + "-slim".
struct ImagePattern {
  std::string before, after;
  /// The version of an image of this pattern; empty: it is another image.
  std::string version_of(std::string_view image) const;
  std::string repository() const;
};

class Deployment {
 public:
  /// `snapshot` tells the project's name where the answers do not; nullptr: there is none yet.
  explicit Deployment(const planner::DeploymentView& view, const planner::Snapshot* snapshot = nullptr);

  const lang::Deployment& block() const { return block_; }
  const lang::Stack& stack() const { return view_.stack; }
  const lang::ComposeSettings& settings() const { return settings_; }
  /// The manifest's services that run here, in its order.
  std::vector<ServiceId> services() const { return view_.services(); }
  /// The manifest has a service of that name of the engine's.
  bool manages(std::string_view engine_name) const;
  const Service& operator[](ServiceId id) const { return view_.stack[id]; }

  /// The project with the pin at `version` (empty: as the files stand). `wanted` gets the files that have not
  /// been answered; when there are any the result means nothing.
  Result<Project> project(std::string_view version, std::vector<planner::Query>* wanted = nullptr) const;

  /// The documents of one file as they are written, a path from the manifest's folder.
  Result<std::vector<Node>> written(const std::string& path) const;

  /// What the pin moves: by service name of the engine.
  Result<std::map<std::string, ImagePattern>> patterns() const;

  /// The configuration of a manifest service; an Error with a did-you-mean when the files have none of that
  /// name.
  static Result<const ComposeService*> find(const Project& project, const Service& service);

  /// The program as detected from the answers, or as the snapshot says, ready for commands.
  Result<Engine> engine_from_answers() const;
  Result<Engine> engine_from_snapshot(const planner::Snapshot& snapshot) const;
  /// Asks for what engine_from_answers needs.
  std::vector<planner::Query> engine_queries() const;

  /// Docker's Compose as it is installed, ready to be asked for its reading of `project`; no engine need run.
  /// Nothing: there is none, or `wanted` gets what must be answered first.
  std::optional<Engine> compose_reader(const Project& project, std::vector<planner::Query>& wanted) const;
  /// Where the relative paths of `project` are seen from, absolute, as far as the answers say: the folder,
  /// and the way that the shell took to it.
  std::vector<std::string> roots(const Project& project) const;

  /// The variable of the pin when it is one: a command run before the pin has moved is given the version this
  /// way.
  std::optional<std::string> pin_variable() const;
  /// What the pin says now; where its variable is not set, what the files have as its default.
  planner::PinState pin_state() const;
  /// What is written where the pin points.
  std::string pin_value_written() const { return planner::pins::state(block_, view_.answers).value; }

 private:
  ProjectRequest request() const;
  std::string running_tag(const lang::ImageTagPin& pin) const;
  std::string default_version() const;
  void complete(Engine& engine, const Project& project) const;
  planner::Query where_query() const;
  planner::Query logical_where_query() const;
  Result<std::string> project_name() const;

  const planner::DeploymentView& view_;
  const lang::Deployment& block_;
  const lang::ComposeSettings& settings_;
  std::string running_as_;  // the project's name that the snapshot tells
};

}  // namespace pawl::providers::compose
