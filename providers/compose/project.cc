#include "providers/compose/project.h"

#include <algorithm>
#include <cctype>

#include "providers/compose/consistency.h"
#include "providers/compose/document.h"
#include "providers/compose/engine.h"
#include "providers/compose/env_files.h"
#include "providers/compose/finish.h"
#include "providers/compose/forms.h"
#include "providers/compose/schema.h"

namespace pawl::providers::compose {
namespace {

constexpr const char* kProjectName = "COMPOSE_PROJECT_NAME";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size() && !text.empty()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string value_of(const Scope& scope, const std::string& name) {
  const auto found = scope.variables.find(name);
  return found == scope.variables.end() ? "" : found->second;
}

/// The first of Compose's default names that is there, and its override.
Result<std::vector<std::string>> default_files(const std::string& folder, Files& files) {
  std::vector<std::string> found;
  const auto first_of = [&](std::initializer_list<const char*> names) -> Result<void> {
    for (const char* name : names) {
      auto text = files.text(join(folder, name), true);
      if (!text) return tl::unexpected(text.error());
      if (!*text) continue;
      found.emplace_back(name);
      break;
    }
    return {};
  };
  if (auto done = first_of({"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"});
      !done)
    return tl::unexpected(done.error());
  if (found.empty() && files.wanted().empty()) {
    return failure("There is no Compose file (compose.yaml or docker-compose.yml) in " +
                       (folder.empty() ? "the manifest's folder" : folder),
                   "name it: compose { files = [\"…\"] }");
  }
  if (auto done = first_of({"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml",
                            "docker-compose.override.yaml"});
      !done) {
    return tl::unexpected(done.error());
  }
  return found;
}

/// Variables of `path` for interpolation. Only a file the manifest names has to be there.
Result<void> read_variables(const std::string& path, bool optional, Files& files, Scope& scope,
                            Project& project) {
  auto text = files.text(path, optional);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return {};
  project.env_file = path;
  std::map<std::string, std::string> values;
  if (auto done = read_env_file(**text, path, scope, values); !done) return done;
  for (auto& [name, value] : values) {
    project.variables_set.insert(name);
    scope.variables.insert_or_assign(name, value);
  }
  return {};
}

/// Where the env file is: named, or `.env` beside the first Compose file, or in the deployment's folder.
Result<void> find_variables(const ProjectRequest& request, Files& files, Scope& scope, Project& project) {
  if (!request.env_file.empty())
    return read_variables(join(request.folder, request.env_file), false, files, scope, project);
  const std::string beside =
      request.files.empty() ? request.folder : folder_of(join(request.folder, request.files[0]));
  if (auto done = read_variables(join(beside, ".env"), true, files, scope, project); !done) return done;
  if (!project.env_file.empty() || beside == request.folder) return {};
  return read_variables(join(request.folder, ".env"), true, files, scope, project);
}

Result<std::vector<std::string>> file_names(const ProjectRequest& request, Files& files, const Scope& scope) {
  if (!request.files.empty()) return request.files;
  const auto named = split(value_of(scope, "COMPOSE_FILE"), ':');
  if (!named.empty()) return named;
  return default_files(request.folder, files);
}

bool is_enabled(const Node& service, const std::vector<std::string>& active) {
  const Node* profiles = service.find("profiles");
  if (!profiles || profiles->items.empty()) return true;
  return std::any_of(profiles->items.begin(), profiles->items.end(), [&](const Node& profile) {
    return std::find(active.begin(), active.end(), profile.text) != active.end() ||
           std::find(active.begin(), active.end(), "*") != active.end();
  });
}

/// The name when neither the manifest nor the files nor the env file give one; empty: it is not known.
std::string name_of_folder(const ProjectRequest& request, const std::string& directory) {
  if (!request.running_as.empty() || request.folder_path.empty()) return request.running_as;
  return project_of_folder(join(request.folder_path, relative_folder(directory, request.folder)));
}

/// What COMPOSE_PROJECT_NAME is in the files; empty when nothing tells it.
Result<std::string> project_name(const ProjectRequest& request, const Project& project, Documents& documents,
                                 Scope& scope) {
  const auto checked = [](const std::string& name, const std::string& from) -> Result<std::string> {
    if (name == normal_project_name(name)) return name;
    return failure(from + " is `" + name + "`, which is no name of a project",
                   "Use lower-case letters, digits, `-` and `_`, and begin with a letter or a digit.");
  };
  if (!request.project.empty()) return checked(request.project, "`project` of the manifest");
  if (const std::string name = value_of(scope, kProjectName); !name.empty())
    return checked(name, project.env_file + ": " + kProjectName);
  Node last;
  for (const std::string& path : project.files) {
    const auto written = documents.written(path);
    if (!written) return tl::unexpected(written.error());
    for (const Node& document : **written) {
      const Node* name = document.find("name");
      if (name && name->is_scalar() && !name->text.empty()) last = *name;
    }
  }
  const std::string otherwise = name_of_folder(request, project.directory);
  if (last.is_null()) return otherwise;
  const auto filled = interpolate(last.text, last.place, scope);
  if (!filled) return filled;
  const std::string name = normal_project_name(*filled);
  return name.empty() ? otherwise : name;
}

Result<void> finish_services(Node& model, const std::vector<std::string>& profiles, Files& files,
                             Scope& scope, Project& project) {
  for (Member& member : model.at("services").members) {
    if (Node* environment = member.value.find("environment")) {
      if (auto done = to_map(*environment, "environment"); !done) return done;
    }
  }
  if (auto done = read_values(model); !done) return done;
  Node* services = model.find("services");
  for (Member& member : services->members) {
    if (auto done = complete_service(member.value, scope.variables); !done) return done;
    const bool enabled = is_enabled(member.value, profiles);
    // Compose does not look at the files of a service that is off, which may not be there.
    if (auto done = read_service_files(member.value, project.directory, enabled, files, scope); !done)
      return done;
    add_implied_dependencies(member.value);
    auto service = finish_service(member.key, member.value);
    if (!service) return tl::unexpected(service.error());
    service->enabled = enabled;
    project.services.push_back(std::move(*service));
  }
  return check_services(project.services, model);
}

/// An external volume is called as its key unless it has a name (Compose specification, "Volumes").
void read_volumes(const Node& merged, Project& project) {
  const Node* volumes = merged.find("volumes");
  if (!volumes) return;
  for (const auto& [key, volume, line] : volumes->members) {
    std::string name = volume.text_of("name");
    if (name.empty() && volume.text_of("external") == "true") name = key;
    project.volumes.emplace(key, std::move(name));
  }
}

}  // namespace

const ComposeService* Project::service(std::string_view service_name) const {
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const ComposeService& one) { return one.name == service_name; });
  return found == services.end() ? nullptr : &*found;
}

Result<Project> read_project(const ProjectRequest& request, Files& files) {
  Project project;
  Scope scope;
  if (auto done = find_variables(request, files, scope, project); !done) return tl::unexpected(done.error());
  const auto names = file_names(request, files, scope);
  if (!names) return tl::unexpected(names.error());
  if (names->empty()) return project;
  for (const std::string& name : *names) project.files.push_back(join(request.folder, name));
  project.directory = folder_of(project.files[0]);
  Documents documents(files, scope, request, project.directory, project.warnings);
  const auto named = project_name(request, project, documents, scope);
  if (!named) return tl::unexpected(named.error());
  project.name = *named;
  // Compose always knows it; as long as we do not, it counts as empty and not as missing.
  scope.variables[kProjectName] = project.name;
  auto model = documents.load(project.files, "");
  if (!model) return tl::unexpected(model.error());
  if (!files.wanted().empty()) return project;
  if (auto done = check_resources(*model); !done) return tl::unexpected(done.error());
  std::vector<std::string> profiles = request.profiles;
  if (profiles.empty()) profiles = split(value_of(scope, "COMPOSE_PROFILES"), ',');
  const Node* services = model->find("services");
  if (!services || services->members.empty())
    return failure(project.files[0] + " defines no services", "check the path");
  if (auto done = finish_services(*model, profiles, files, scope, project); !done)
    return tl::unexpected(done.error());
  read_volumes(*model, project);
  project.profiles = std::move(profiles);
  for (const auto& [name, value] : scope.variables) {
    const bool given = name != kProjectName || project.variables_set.contains(name);
    if (scope.used.contains(name) && given) project.variables.emplace(name, value);
  }
  project.variables_missing = scope.missing;
  project.variables_set.merge(std::set(documents.variables_set()));
  return project;
}

std::string normal_project_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool fits = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (fits || ((lower == '-' || lower == '_') && !out.empty())) out += lower;
  }
  return out;
}

ImageName split_image(std::string_view image) {
  ImageName name;
  if (const std::size_t at = image.find('@'); at != std::string_view::npos) {
    name.digest = std::string(image.substr(at + 1));
    image = image.substr(0, at);
  }
  const std::size_t colon = image.rfind(':');
  const std::size_t slash = image.rfind('/');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    name.tag = std::string(image.substr(colon + 1));
    image = image.substr(0, colon);
  }
  name.repository = std::string(image);
  return name;
}

}  // namespace pawl::providers::compose
