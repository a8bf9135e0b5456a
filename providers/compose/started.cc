#include "providers/compose/started.h"

#include <set>

#include "providers/compose/properties.h"

namespace pawl::providers::compose {
namespace {

using lang::failure;
using planner::Answer;
using planner::HostAnswers;
using planner::Instance;
using planner::Query;
using planner::QueryCommand;

/// What the names of all images mean: "repository:tag<TAB>id", a line each.
Query names_query(const Engine& engine) {
  return QueryCommand{
      engine.ask({"image", "ls", "--no-trunc", "--format",
                  "{{.Repository}}:{{.Tag}}\t" + std::string(engine.podman() ? "{{.Id}}" : "{{.ID}}")})};
}

/// What the images say that containers were made of, a line each.
Query images_query(const Engine& engine, const std::vector<Container>& containers) {
  std::set<std::string> ids;
  for (const Container& each : containers) ids.insert(each.image_id);
  std::vector<std::string> arguments{"image", "inspect", "--format", "{{.Id}}\t" + std::string(kImageFormat)};
  arguments.insert(arguments.end(), ids.begin(), ids.end());
  return QueryCommand{engine.ask(arguments)};
}

/// The hash that Compose has for each service of the files as they stand: "service hash", a line each.
/// podman-compose has none.
Query hashes_query(const Engine& engine) {
  return QueryCommand{engine.compose({"config", "--hash", "*"})};
}

/// Podman leaves the kind of hash out where Docker has it.
std::string full_id(const std::string& id) {
  return id.empty() || id.starts_with("sha256:") ? id : "sha256:" + id;
}

/// "piprio" is "piprio:latest" to the engine.
std::string with_tag(const std::string& image) {
  const ImageName name = split_image(image);
  return name.tag.empty() && name.digest.empty() ? image + ":latest" : image;
}

/// Podman writes the registry before every name, "localhost/" where there is none.
std::string familiar(std::string name) {
  for (const std::string_view prefix : {"localhost/", "docker.io/library/", "docker.io/"}) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return name;
}

/// The image of a container, its repository as the files write it.
std::string as_written(const std::string& runs, const std::string& in_files) {
  const std::string repository = split_image(runs).repository, written = split_image(in_files).repository;
  if (written.empty() || repository == written || familiar(repository) != familiar(written)) return runs;
  return written + runs.substr(repository.size());
}

}  // namespace

std::vector<Query> start_queries(const Engine& engine, const std::vector<Container>& containers) {
  std::vector<Query> queries{names_query(engine)};
  if (containers.empty()) return queries;
  queries.push_back(images_query(engine, containers));
  if (!engine.podman()) queries.push_back(hashes_query(engine));
  return queries;
}

Result<void> check_accepted(const Engine& engine, const HostAnswers& answers) {
  const Answer* hashes = engine.podman() ? nullptr : answers.find(hashes_query(engine));
  if (!hashes || (hashes->ok && hashes->exit_code == 0)) return {};
  std::string said;
  for (const std::string& line : lines_of(hashes->error)) {
    if (line.find("level=warning") == std::string::npos && !line.starts_with("WARNING:")) said = line;
  }
  return failure(
      std::string(engine.command()) + " does not accept the files" + (said.empty() ? "" : ": " + said) + ".",
      "See all that it says: " + std::string(engine.command()) + " config --hash '*'");
}

Images::Images(const Engine& engine, const HostAnswers& answers) {
  for (auto& [name, id] : pairs_of(answers.find(names_query(engine)), '\t'))
    ids_[familiar(name)] = full_id(id);
}

std::string Images::id(const std::string& image) const {
  const auto found = ids_.find(familiar(with_tag(image)));
  return found == ids_.end() ? "" : found->second;
}

std::vector<std::string> Images::tags(const std::string& repository) const {
  std::vector<std::string> out;
  for (const auto& [name, id] : ids_) {
    const ImageName parts = split_image(name);
    if (parts.repository == familiar(repository)) out.push_back(parts.tag);
  }
  return out;
}

Beginnings::Beginnings(const Engine& engine, const Project& project, const Images& images,
                       const std::vector<Container>& containers, const HostAnswers& answers)
    : engine_(engine), project_(project), images_(images) {
  for (const auto& [id, said] : pairs_of(answers.find(images_query(engine, containers)), '\t'))
    image_properties_[full_id(id)] = said;
  if (!engine.podman()) hashes_ = pairs_of(answers.find(hashes_query(engine)), ' ');
}

void Beginnings::note(const Container& container, Instance& instance) const {
  instance.image_id = full_id(container.image_id);
  const auto image = image_properties_.find(instance.image_id);
  Inspected seen = read_properties(container.given, image == image_properties_.end() ? "" : image->second,
                                   container.working_dir);
  instance.properties = std::move(seen.own);
  instance.image_properties = std::move(seen.from_image);
  const ComposeService* service = project_.service(container.service);
  if (service) instance.image = as_written(instance.image, service->image);
  const auto hash = hashes_.find(container.service);
  if (!service || hash == hashes_.end() || container.hash.empty()) return;
  if (hash->second == container.hash) {
    instance.started_as = service->fingerprint;
  } else if (container.program == engine_.version && !images_.id(service->image).empty()) {
    // Another program has other hashes for the same, and so has 1.29 for an image that is gone.
    instance.not_started_as = service->fingerprint;
  }
}

}  // namespace pawl::providers::compose
