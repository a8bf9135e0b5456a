// Compose files → services, each in one canonical form, without any engine.
//
// The order is Compose's own: the env file; for each document YAML, variables, `extends`, `include`, merging
// with what came before, the schema, short forms to long; then values are read, `env_file`s taken into
// environments, services checked against each other, and what remains is finished.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "providers/compose/files.h"
#include "providers/compose/node.h"

namespace pawl::providers::compose {

struct ComposeService {
  std::string name;
  Node config;        // canonical; see canonical_json
  std::string image;  // empty: built, and named after the project
  bool builds = false;
  bool has_health_check = false;
  bool enabled = true;  // by its profiles
  int replicas = 1;
  std::vector<std::string> depends_on;  // sorted
  std::string fingerprint;              // SHA-256 of the canonical JSON of `config`
};

struct Project {
  std::string name;                // given in the files or the env file; empty: to be taken from the folder
  std::string directory;           // of the first file, seen from the manifest's folder; "" for that folder
  std::string env_file;            // the one read for variables, seen from the manifest's folder; empty: none
  std::vector<std::string> files;  // as read, seen from the manifest's folder
  std::vector<ComposeService> services;          // in the order of the files
  std::map<std::string, std::string> volumes;    // by their key; the name a file gives them, or empty
  std::map<std::string, std::string> variables;  // of the env file, those that the files use
  std::vector<std::string> profiles;             // that are on
  std::set<std::string> variables_missing;
  std::set<std::string> variables_set;
  std::vector<std::string> warnings;

  const ComposeService* service(std::string_view service_name) const;
};

/// A change of image tags in one file, in memory.
struct TagChange {
  std::string file;                   // seen from the manifest's folder
  std::vector<std::string> services;  // empty: all whose image has the tag `from`
  std::string from, to;
};

struct ProjectRequest {
  std::string folder;              // the deployment's, seen from the manifest's folder
  std::vector<std::string> files;  // relative to folder; empty: Compose's default names
  std::vector<std::string> profiles;
  std::string env_file;  // relative to folder; empty: `.env`, which may be missing
  std::optional<TagChange> tag_change;
  std::string project{};      // the name that Compose is given; empty: as the files and the env file say
  std::string running_as{};   // the name it has when those say nothing and it is known
  std::string folder_path{};  // of `folder`, from the machine's root; empty: not known
};

/// "My.App" → "myapp": what Compose makes of a name in a file, or of a folder's.
std::string normal_project_name(std::string_view text);

/// When `files.wanted()` is not empty afterwards, the result means nothing yet.
Result<Project> read_project(const ProjectRequest& request, Files& files);

/// The tag of "host:5000/repo/name:tag@sha256:…": "tag", or "" when there is none. `repository` is what comes
/// before it.
struct ImageName {
  std::string repository, tag, digest;
};
ImageName split_image(std::string_view image);

}  // namespace pawl::providers::compose
