#include "providers/compose/project.h"

#include <algorithm>

#include "lang/diagnostic.h"
#include "providers/compose/document.h"
#include "providers/compose/finish.h"
#include "providers/compose/merge.h"

namespace pawl::providers::compose {
namespace {

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

Result<void> check_dependencies(const Project& project, const Node& services) {
  std::vector<std::string_view> names;
  for (const ComposeService& service : project.services) names.push_back(service.name);
  for (const ComposeService& service : project.services) {
    for (const std::string& needed : service.depends_on) {
      if (std::find(names.begin(), names.end(), needed) != names.end()) continue;
      const Node* depends = services.find(service.name)->find("depends_on");
      if (const Node* entry = depends ? depends->find(needed) : nullptr;
          entry && entry->text_of("required") == "false")
        continue;
      const std::string near = lang::nearest(needed, names);
      return failure_at(
          service.config.place,
          "service `" + service.name + "` needs `" + needed + "`, which no file defines",
          near.empty() ? "add the service or remove the dependency" : "did you mean `" + near + "`?");
    }
  }
  return {};
}

Result<void> finish_services(const Node& services, const std::vector<std::string>& profiles, Files& files,
                             Scope& scope, Project& project) {
  for (const Member& member : services.members) {
    auto service = finish_service(member.key, member.value, project, files, scope);
    if (!service) return tl::unexpected(service.error());
    service->enabled = is_enabled(member.value, profiles);
    if (service->image.empty() && !service->builds && files.wanted().empty()) {
      return failure_at(member.value.place,
                        "service `" + member.key + "` has neither an `image` nor a `build`",
                        "add one of the two");
    }
    project.services.push_back(std::move(*service));
  }
  return check_dependencies(project, services);
}

/// An external volume is called as its key unless it has a name (Compose specification, "Volumes").
void read_volumes(const Node& merged, Project& project) {
  const Node* volumes = merged.find("volumes");
  if (!volumes) return;
  for (const auto& [key, volume] : volumes->members) {
    const std::string external = volume.text_of("external");
    const Node* old_form = volume.find("external");
    std::string name = volume.text_of("name");
    if (name.empty() && old_form && old_form->is_map()) name = old_form->text_of("name");
    if (name.empty() && (external == "true" || (old_form && old_form->is_map()))) name = key;
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
  Node merged = Node::map();
  for (const std::string& path : project.files) {
    const auto document = documents.load(path, "");
    if (!document) return tl::unexpected(document.error());
    merge_documents(merged, *document);
  }
  project.name = value_of(scope, "COMPOSE_PROJECT_NAME");
  if (project.name.empty()) project.name = merged.text_of("name");
  std::vector<std::string> profiles = request.profiles;
  if (profiles.empty()) profiles = split(value_of(scope, "COMPOSE_PROFILES"), ',');
  const Node* services = merged.find("services");
  if (services && services->is_map()) {
    if (auto done = finish_services(*services, profiles, files, scope, project); !done)
      return tl::unexpected(done.error());
  }
  read_volumes(merged, project);
  if (project.services.empty() && files.wanted().empty())
    return failure(project.files[0] + " defines no services", "check the path");
  project.profiles = std::move(profiles);
  for (const auto& [name, value] : scope.variables) {
    if (scope.used.contains(name)) project.variables.emplace(name, value);
  }
  project.variables_missing = scope.missing;
  project.variables_set.merge(std::set(documents.variables_set()));
  return project;
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
