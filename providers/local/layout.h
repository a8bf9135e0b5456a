// Where everything of one `local` block lies, and how one of its services is started. Paths are relative to
// the manifest's folder, as those of operations are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/engine/provider.h"

namespace pawl::providers::local {

using lang::Result;
using lang::Service;
using lang::ServiceId;
using lang::Text;

class Layout {
 public:
  explicit Layout(const planner::DeploymentView& view);

  const planner::DeploymentView& view() const { return view_; }
  const lang::LocalSettings& settings() const { return settings_; }
  const std::string& label() const { return deployment_.label; }
  const Service& operator[](ServiceId id) const { return view_.stack[id]; }
  std::vector<ServiceId> services() const { return view_.services(); }

  /// The folder that processes run in; empty: the manifest's.
  const std::string& folder() const { return deployment_.dir; }
  std::string run_dir() const { return below(settings_.run_dir); }
  /// Empty: the block names none.
  std::string env_file() const;
  /// `run/worker.2.pid`. Instance 1 carries the name alone, `run/worker.pid`, however many there are, so
  /// that its files keep their names when `instances` changes.
  std::string pid_file(std::string_view engine_name, int number) const;
  std::string log_file(std::string_view engine_name, int number) const;
  /// `path` as the manifest writes it, from the manifest's folder.
  std::string below(std::string_view path) const;

  /// The variable of env_file() that holds the version; empty: the version is written elsewhere.
  std::string_view pin_variable() const;
  /// What the pin says; empty when it is not known.
  static std::string pinned(const planner::Snapshot& snapshot, const Layout& layout);

  /// Why this block cannot work; nothing when it can.
  Result<void> usable() const;

 private:
  std::string instance_file(std::string_view engine_name, int number, std::string_view suffix) const;

  const planner::DeploymentView& view_;
  const lang::Deployment& deployment_;
  const lang::LocalSettings& settings_;
};

/// `worker.2.pid` → worker, 2. Empty for a name that is not a pid file of instance 1 or above.
struct InstanceName {
  std::string engine_name;
  int number = 1;
};
std::optional<InstanceName> parse_pid_file(std::string_view file_name);

/// Where the releases are: `releases/app-${version}/bin` is folder `releases`, prefix `app-`, suffix ``.
struct ReleaseFolders {
  std::string folder, prefix, suffix;
};
/// Empty when the path of a release does not depend on the version.
std::optional<ReleaseFolders> release_folders(const Layout& layout);
/// The versions among the names of ListFolder, oldest first.
std::vector<std::string> versions_in(std::string_view listing, const ReleaseFolders& folders);

std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace pawl::providers::local
