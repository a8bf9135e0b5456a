#include "providers/compose/deployment.h"

#include <algorithm>
#include <set>

#include "lang/diagnostic.h"
#include "planner/engine/pins.h"
#include "providers/compose/yaml.h"

namespace pawl::providers::compose {
namespace {

/// Stands for the version when we look for what the pin moves; no real tag is like it.
constexpr std::string_view kMarker = "pawl0marker0";

std::string literal(const lang::Text& text) {
  return text.shown();
}

}  // namespace

std::string ImagePattern::version_of(std::string_view image) const {
  if (image.starts_with("localhost/") && !before.starts_with("localhost/")) image.remove_prefix(10);
  if (image.size() <= before.size() + after.size() || !image.starts_with(before) || !image.ends_with(after))
    return {};
  return std::string(image.substr(before.size(), image.size() - before.size() - after.size()));
}

std::string ImagePattern::repository() const {
  return split_image(before + "x" + after).repository;
}

Deployment::Deployment(const planner::DeploymentView& view, const planner::Snapshot* snapshot)
    : view_(view), block_(view.block()), settings_(std::get<lang::ComposeSettings>(block_.engine)) {
  for (const planner::EngineState& state :
       snapshot ? snapshot->engines : std::vector<planner::EngineState>()) {
    const auto name = state.facts.find("project");
    if (state.deployment == block_.label && name != state.facts.end()) running_as_ = name->second;
  }
}

ProjectRequest Deployment::request() const {
  ProjectRequest request;
  request.folder = block_.dir;
  for (const lang::Text& file : settings_.files) request.files.push_back(literal(file));
  for (const lang::Text& profile : settings_.profiles) request.profiles.push_back(literal(profile));
  request.env_file = settings_.env_file;
  request.project = settings_.project;
  request.running_as = running_as_;
  if (const planner::Answer* where = view_.answers.find(where_query());
      where && where->ok && where->exit_code == 0) {
    request.folder_path = where->output.substr(0, where->output.find('\n'));
  }
  return request;
}

bool Deployment::manages(std::string_view engine_name) const {
  const std::vector<ServiceId> all = services();
  return std::any_of(all.begin(), all.end(),
                     [&](ServiceId id) { return (*this)[id].engine_name == engine_name; });
}

std::optional<std::string> Deployment::pin_variable() const {
  if (!block_.pin) return std::nullopt;
  const auto* pin = std::get_if<lang::EnvPin>(&block_.pin->where);
  return pin ? std::optional(pin->name) : std::nullopt;
}

Result<Project> Deployment::project(std::string_view version, std::vector<planner::Query>* wanted) const {
  Files files(view_.answers);
  ProjectRequest asked = request();
  if (!version.empty() && block_.pin) {
    if (const auto* env = std::get_if<lang::EnvPin>(&block_.pin->where)) {
      files.set_variable(join(block_.dir, env->file), env->name, std::string(version));
    } else if (const auto* tag = std::get_if<lang::ImageTagPin>(&block_.pin->where)) {
      TagChange change{join(block_.dir, tag->file), {}, running_tag(*tag), std::string(version)};
      for (const ServiceId id : tag->services) change.services.push_back(view_.stack[id].engine_name);
      asked.tag_change = std::move(change);
    }
  }
  auto project = read_project(asked, files);
  if (wanted) *wanted = files.wanted();
  if (!files.wanted().empty()) {
    return failure("Compose files of the deployment have not been read yet.",
                   "Run again where the files are.");
  }
  return project;
}

Result<std::vector<Node>> Deployment::written(const std::string& path) const {
  Files files(view_.answers);
  const auto text = files.text(path, false);
  if (!text) return tl::unexpected(text.error());
  std::vector<std::string> warnings;
  return parse_yaml(text->value_or(""), path, warnings);
}

Result<std::map<std::string, ImagePattern>> Deployment::patterns() const {
  std::map<std::string, ImagePattern> found;
  const auto project = this->project(kMarker);
  if (!project) return tl::unexpected(project.error());
  for (const ComposeService& service : project->services) {
    const std::size_t at = service.image.find(kMarker);
    if (at == std::string::npos) continue;
    found[service.name] = {service.image.substr(0, at), service.image.substr(at + kMarker.size())};
  }
  return found;
}

Result<const ComposeService*> Deployment::find(const Project& project, const Service& service) {
  if (const ComposeService* found = project.service(service.engine_name)) return found;
  std::vector<std::string_view> names;
  for (const ComposeService& one : project.services) names.push_back(one.name);
  const std::string near = lang::nearest(service.engine_name, names);
  return failure("Service " + service.name + " of the manifest is `" + service.engine_name +
                     "` to Compose, and " + project.files[0] + " has no such service.",
                 near.empty()
                     ? "Correct its label, or give it name = \"…\"."
                     : "Did you mean `" + near + "`? Correct its label, or write name = \"" + near + "\".");
}

planner::Query Deployment::where_query() const {
  planner::Process process;
  process.argv = {lang::Text("pwd")};
  process.cwd = block_.dir;
  return planner::QueryCommand{process};
}

/// The same through links, as whoever called pawl went there.
planner::Query Deployment::logical_where_query() const {
  planner::Process process;
  process.argv = {lang::Text("pwd"), lang::Text("-L")};
  process.cwd = block_.dir;
  return planner::QueryCommand{process};
}

/// Empty: the folder has not said yet where it is.
Result<std::string> Deployment::project_name() const {
  const auto project = this->project("");
  if (!project) return tl::unexpected(project.error());
  if (!project->name.empty() || !view_.answers.find(where_query())) return project->name;
  return failure("The folder of the deployment gives no name for its project.",
                 "Name the project: compose { project = \"…\" }");
}

std::vector<planner::Query> Deployment::engine_queries() const {
  const std::string name = project_name().value_or("");
  std::vector<planner::Query> queries = detection(settings_.engine, block_.dir, name, view_.answers);
  if (settings_.project.empty() && !view_.answers.find(where_query())) queries.push_back(where_query());
  return queries;
}

void Deployment::complete(Engine& engine, const Project& project) const {
  engine.folder = block_.dir;
  const auto option = [&](std::string name, std::string value) {
    engine.options.push_back(std::move(name));
    engine.options.push_back(std::move(value));
  };
  // All of it is named, so that neither the shell nor a file that appears later decides what Compose works
  // on.
  option("-p", engine.project);
  for (const std::string& file : project.files)
    option("-f", file.starts_with('/') ? file : relative_folder(file, block_.dir));
  const bool elsewhere = !project.directory.empty() && project.directory != block_.dir;
  if (!settings_.env_file.empty()) {
    option("--env-file", settings_.env_file);
  } else if (elsewhere && !project.env_file.empty()) {
    // The programs differ in where they look for .env when the first file lies in another folder.
    option("--env-file", relative_folder(project.env_file, block_.dir));
  }
  for (const std::string& profile : project.profiles) option("--profile", profile);
}

Result<Engine> Deployment::engine_from_answers() const {
  auto name = project_name();
  auto engine = detected(settings_.engine, block_.dir, name.value_or(""), view_.answers);
  if (!engine) return engine;
  if (!name) return tl::unexpected(name.error());
  const auto project = this->project("");
  if (!project) return tl::unexpected(project.error());
  engine->project = std::move(*name);
  complete(*engine, *project);
  return engine;
}

Result<Engine> Deployment::engine_from_snapshot(const planner::Snapshot& snapshot) const {
  for (const planner::EngineState& state : snapshot.engines) {
    if (state.deployment != block_.label || state.kind != "compose") continue;
    auto engine = from_facts(state.facts);
    if (!engine) return engine;
    const auto project = this->project("");
    if (!project) return tl::unexpected(project.error());
    complete(*engine, *project);
    return engine;
  }
  return failure("The snapshot has no compose deployment" +
                     (block_.label.empty() ? std::string() : " " + block_.label) + ".",
                 "Take a new one: pawl observe --out FILE");
}

std::optional<Engine> Deployment::compose_reader(const Project& project,
                                                 std::vector<planner::Query>& wanted) const {
  for (const planner::Query& query : {where_query(), logical_where_query()}) {
    if (!view_.answers.find(query)) wanted.push_back(query);
  }
  auto engine = installed_compose(block_.dir, view_.answers, wanted);
  if (!engine || !wanted.empty()) return std::nullopt;
  engine->project = project.name;
  complete(*engine, project);
  return engine;
}

std::vector<std::string> Deployment::roots(const Project& project) const {
  std::vector<std::string> out;
  for (const planner::Query& query : {where_query(), logical_where_query()}) {
    const planner::Answer* answer = view_.answers.find(query);
    if (!answer || !answer->ok || answer->exit_code != 0) continue;
    const std::string folder = answer->output.substr(0, answer->output.find('\n'));
    out.push_back(join(folder, relative_folder(project.directory, block_.dir)));
  }
  return out;
}

planner::PinState Deployment::pin_state() const {
  const auto* tag = block_.pin ? std::get_if<lang::ImageTagPin>(&block_.pin->where) : nullptr;
  if (!tag) {
    planner::PinState state = planner::pins::state(block_, view_.answers);
    if (state.value.empty() && pin_variable()) state.value = default_version();
    return state;
  }
  return {join(block_.dir, tag->file), running_tag(*tag)};
}

/// What the files say where the variable of the pin is not set; empty: nothing, or not the same for all.
std::string Deployment::default_version() const {
  const auto project = this->project("");
  const auto patterns = this->patterns();
  if (!project || !patterns) return {};
  std::set<std::string> versions;
  for (const auto& [service, pattern] : *patterns) {
    const ComposeService* found = project->service(service);
    if (found && manages(service)) versions.insert(pattern.version_of(found->image));
  }
  return versions.size() == 1 ? *versions.begin() : "";
}

/// The tag of the services that the pin names; without names, the one that most services of the manifest
/// have.
std::string Deployment::running_tag(const lang::ImageTagPin& pin) const {
  const auto project = this->project("");
  if (!project) return {};
  std::map<std::string, int> votes;
  for (const ServiceId id : pin.services.empty() ? services() : pin.services) {
    const ComposeService* service = project->service(view_.stack[id].engine_name);
    const bool counts = !pin.services.empty() || view_.stack[id].role != lang::Role::Datastore;
    if (service && counts) ++votes[split_image(service->image).tag];
  }
  votes.erase("");
  const auto most = std::max_element(votes.begin(), votes.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == votes.end() ? "" : most->first;
}

}  // namespace pawl::providers::compose
