// A bundle: a folder of dumps and archives with bundle.json, which says what each file is by size and
// SHA-256. A folder without it is not a bundle.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "executor/instructions/digest.h"
#include "executor/instructions/interpreters.h"
#include "executor/system/publish.h"
#include "executor/system/read_text.h"
#include "planner/plan/bundle_format.h"

namespace pawl::executor {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kDescription = "bundle.json";
constexpr const char* kGoing = ".removed.partial";  // a bundle on its way out
constexpr std::uint64_t kMostCaptured = 1u << 20;
constexpr auto kAbandonedAfter = std::chrono::hours(24);

/// Every file below `folder`, sorted by name, with size and digest. What a killed seal left of its
/// description is not among them.
Result<Json> list_files(const Context& context, const std::string& folder,
                        const std::vector<std::string>& may_be_empty) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().lexically_relative(folder).string();
    const bool description = name == kDescription || name == kDescription + std::string(kUnpublished);
    if (it->is_regular_file() && !description) names.push_back(name);
  }
  if (error) return lang::failure("cannot list " + folder + ": " + error.message());
  if (names.empty()) return lang::failure(folder + " is empty: there is nothing to seal");
  std::sort(names.begin(), names.end());
  Json files = Json::array();
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    const auto size = fs::file_size(path, error);
    const bool matters = std::find(may_be_empty.begin(), may_be_empty.end(), name) == may_be_empty.end();
    if (error || (size == 0 && matters))
      return lang::failure(path + " is empty: the bundle would not restore");
    const auto digest = digest_of(context, path, true);
    if (!digest) return tl::unexpected(digest.error());
    files.push_back({{"name", name}, {"bytes", size}, {"sha256", *digest}});
  }
  return files;
}

/// What the actions of the manifest printed last becomes a member of the description.
Result<void> add_captured(const std::string& folder, Json& description) {
  const auto actions = description.find("actions");
  if (actions == description.end() || !actions->is_array()) return {};
  for (Json& action : *actions) {
    if (!action.is_object() || !action.contains("file") || !action["file"].is_string()) continue;
    const std::string path = folder + "/" + action["file"].get<std::string>();
    const auto text = read_text(path, kMostCaptured);
    if (!text) return tl::unexpected(text.error());
    if (!*text) return lang::failure(path + " is missing: the action that writes it has not run");
    action["captured"] = **text;
  }
  return {};
}

Result<void> seal(const Context& context, const planner::SealBundle& it) {
  const std::string folder = context.path(it.folder), target = context.path(it.publish_as);
  if (::access(folder.c_str(), F_OK) != 0 && ::access((target + "/" + kDescription).c_str(), F_OK) == 0)
    return {};
  Json description = Json::parse(it.description.empty() ? "{}" : it.description, nullptr, false);
  if (!description.is_object()) return lang::failure("the description of the bundle is not a JSON object");
  auto files = list_files(context, folder, it.may_be_empty);
  if (!files) return tl::unexpected(files.error());
  if (auto added = add_captured(folder, description); !added) return added;
  const auto now = static_cast<std::time_t>(context.settings.clock->now() / 1000);
  description["format"] = planner::kBundleFormat;
  description["taken_at"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
  description["contents"] = std::move(*files);
  const std::string text = description.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (auto wrote = publish_file(folder + "/" + kDescription, text, 0600); !wrote) return wrote;
  if (::rename(folder.c_str(), target.c_str()) != 0) return system_failure("cannot publish " + it.publish_as);
  return sync_folder(folder_of(target));
}

/// Complete bundles of a folder, oldest first (by the time they say, then by name).
std::vector<std::pair<std::string, fs::path>> whole_bundles(const fs::path& folder) {
  std::vector<std::pair<std::string, fs::path>> bundles;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".partial") continue;
    const auto text = read_text((it->path() / kDescription).string(), 16u << 20);
    const Json json = text && *text ? Json::parse(**text, nullptr, false) : Json();
    if (!json.is_object() || !json.contains("taken_at") || !json["taken_at"].is_string()) continue;
    bundles.emplace_back(json["taken_at"].get<std::string>(), it->path());
  }
  std::sort(bundles.begin(), bundles.end());
  return bundles;
}

/// A bundle goes in one step: first its name, so that half a bundle never looks whole.
Result<void> remove_bundle(const fs::path& bundle) {
  std::error_code error;
  const fs::path going = bundle.string() + kGoing;
  fs::remove_all(going, error);
  fs::rename(bundle, going, error);
  if (!error) fs::remove_all(going, error);
  if (error) return lang::failure("cannot remove the old bundle " + bundle.string() + ": " + error.message());
  return {};
}

void remove_abandoned(const fs::path& folder, const fs::path& except) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool half = name.ends_with(".partial");
    const bool drill = name.starts_with(planner::kDrillFolder);
    if ((!half && !drill) || it->path().lexically_normal() == except) continue;
    std::error_code unknown;
    const auto changed = fs::last_write_time(it->path(), unknown);
    const bool old = !unknown && fs::file_time_type::clock::now() - changed > kAbandonedAfter;
    if (old || name.ends_with(kGoing)) fs::remove_all(it->path(), unknown);
  }
}

}  // namespace

Outcome perform(const Context& context, const planner::SealBundle& it) {
  const auto sealed = seal(context, it);
  if (sealed) return succeeded();
  return context.stopped() ? interrupted() : failed(sealed.error());
}

Outcome perform(const Context& context, const planner::PruneBundles& it) {
  const fs::path folder = context.path(it.folder);
  // `except` is a path, or the name of a bundle in the folder.
  const bool path = it.except.find('/') != std::string::npos;
  const fs::path except = (path ? fs::path(context.path(it.except)) : folder / it.except).lexically_normal();
  auto bundles = whole_bundles(folder);
  std::size_t keep = static_cast<std::size_t>(std::max(1, it.keep));
  std::string removed;
  for (std::size_t i = 0; i + keep < bundles.size(); ++i) {
    const auto& [taken_at, bundle] = bundles[i];
    const bool spared = std::find(it.spare.begin(), it.spare.end(), bundle.filename()) != it.spare.end();
    if (spared || bundle.lexically_normal() == except) continue;
    if (auto gone = remove_bundle(bundle); !gone) return failed(gone.error());
    removed += "removed " + bundle.filename().string() + "\n";
  }
  remove_abandoned(folder, except);
  return succeeded(removed);
}

}  // namespace pawl::executor
