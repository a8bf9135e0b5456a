#include "providers/compose/files.h"

#include <algorithm>
#include <filesystem>

#include "planner/engine/env_file.h"
#include "providers/compose/yaml.h"

namespace pawl::providers::compose {

void Files::set_variable(const std::string& path, std::string name, std::string value) {
  variables_[path] = {std::move(name), std::move(value)};
}

const planner::Answer* Files::ask(const planner::Query& query) {
  const planner::Answer* answer = answers_.find(query);
  if (!answer && std::find(wanted_.begin(), wanted_.end(), query) == wanted_.end()) wanted_.push_back(query);
  return answer;
}

bool Files::is_folder(const std::string& path) {
  const planner::Answer* answer = ask(planner::ReadFile{path.empty() ? "." : path, true, kMaxFileBytes});
  return !answer || !answer->ok;
}

Result<std::optional<std::string>> Files::text(const std::string& path, bool optional) {
  const planner::Answer* answer = ask(planner::ReadFile{path, optional, kMaxFileBytes});
  if (!answer) return std::nullopt;
  const auto change = variables_.find(path);
  if (!answer->ok)
    return failure(path + " cannot be read: " + answer->error,
                   "check the path in the manifest or the Compose file that names it");
  // An env file that is not there yet is made when the pin is written.
  if (optional && answer->output.empty() && change == variables_.end()) return std::nullopt;
  if (change == variables_.end()) return answer->output;
  auto changed = planner::set_env_value(answer->output, change->second.first, change->second.second);
  if (!changed) return failure(path + ": " + changed.error().what, changed.error().fix);
  return std::move(*changed);
}

std::string join(const std::string& folder, const std::string& path) {
  const std::string normal = (std::filesystem::path(folder) / path).lexically_normal().string();
  return normal.ends_with('/') && normal.size() > 1 ? normal.substr(0, normal.size() - 1) : normal;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder == "." ? "" : folder;
}

std::string relative_folder(const std::string& folder, const std::string& from) {
  const auto dotted = [](const std::string& text) {
    return std::filesystem::path(text.empty() ? "." : text).lexically_normal();
  };
  const std::string relative = dotted(folder).lexically_relative(dotted(from)).string();
  return relative == "." ? "" : relative;
}

}  // namespace pawl::providers::compose
