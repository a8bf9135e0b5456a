// Is a bundle what its bundle.json says? Each kind of damage has a sentence of its own: what a person does
// about half a bundle differs from what they do about a disk that corrupts files.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "executor/instructions/digest.h"
#include "executor/instructions/interpreters.h"
#include "executor/system/read_text.h"
#include "planner/plan/bundle_format.h"

namespace pawl::executor {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uint64_t kMostDescription = 16u << 20;

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A name that stays inside the bundle.
bool is_inside(const std::string& name) {
  if (name.empty() || name.front() == '/') return false;
  const fs::path path(name);
  return std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

class Inspection {
 public:
  Inspection(const Context& context, const planner::InspectBundle& query)
      : context_(context), query_(query), folder_(context.path(query.folder)) {}

  planner::Answer answer() {
    const auto looked = look();
    planner::Answer out;
    out.ok = looked.has_value();
    if (!looked) out.error = query_.folder + ": " + looked.error().what;
    const auto drilled = read_text(folder_ + "/" + std::string(planner::kDrilledFile), 4096);
    std::string when = drilled && *drilled ? **drilled : "";
    when.resize(std::min(when.find('\n'), when.size()));
    const Json json{{"whole", out.ok},
                    {"version", text_of(description_, "version")},
                    {"taken_at", text_of(description_, "taken_at")},
                    {"bytes", bytes_},
                    {"warnings", warnings()},
                    {"drilled_at", when},
                    {"actions", actions()}};
    out.output = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    return out;
  }

 private:
  /// The first thing that each dump had to say.
  std::string warnings() const {
    std::string all;
    const auto contents = description_.find("contents");
    if (contents == description_.end() || !contents->is_array()) return all;
    for (const Json& file : *contents) {
      const std::string name = file.is_object() ? text_of(file, "name") : "";
      if (!is_inside(name) || !name.ends_with(planner::kWarnings)) continue;
      const auto said = read_text(folder_ + "/" + name, kMostDescription);
      if (said && *said) all += (all.empty() ? "" : "; ") + (*said)->substr(0, (*said)->find('\n'));
    }
    return all;
  }

  /// What the manifest's own actions were that made parts of it.
  Json actions() const {
    Json all = Json::array();
    const auto found = description_.find("actions");
    if (found == description_.end() || !found->is_array()) return all;
    for (const Json& action : *found) {
      if (action.is_object()) all.push_back(text_of(action, "words"));
    }
    return all;
  }

  Result<void> look() {
    if (auto read = read_description(); !read) return read;
    const std::string stack = text_of(description_, "stack");
    if (stack != query_.stack)
      return lang::failure(fmt::format("it is a bundle of stack {}, not of {}", stack, query_.stack));
    if (auto format = check_format(); !format) return format;
    if (!description_.contains("contents") || !description_["contents"].is_array())
      return lang::failure("its bundle.json is damaged: it lists no files");
    if (auto parts = check_parts(); !parts) return parts;
    for (const Json& file : description_["contents"]) {
      if (auto whole = check_file(file); !whole) return whole;
    }
    return {};
  }

  Result<void> read_description() {
    std::error_code unknown;
    const bool partial = folder_.ends_with(".partial");
    if (!partial && !fs::exists(folder_, unknown)) {
      if (fs::exists(folder_ + ".partial", unknown))
        return lang::failure("it is half written: the backup that made it did not finish");
      return lang::failure("there is no such bundle");
    }
    auto text = read_text(folder_ + "/bundle.json", kMostDescription);
    if (!text) return tl::unexpected(text.error());
    if (partial || !*text)
      return lang::failure(partial ? "it is half written: the backup that made it did not finish"
                                   : "it has no bundle.json: half a bundle, or none at all");
    description_ = Json::parse(**text, nullptr, false);
    if (description_.is_object()) return {};
    description_ = Json::object();
    return lang::failure("its bundle.json is damaged: it is not a JSON object");
  }

  Result<void> check_format() const {
    const auto found = description_.find("format");
    const int format = found != description_.end() && found->is_number_integer() ? found->get<int>() : 0;
    if (format == planner::kBundleFormat) return {};
    const bool newer = format > planner::kBundleFormat;
    return lang::failure(fmt::format(
        "it has format {}, made by {} pawl; this one reads format {}{}", format,
        newer ? "a newer" : "an older", planner::kBundleFormat,
        newer ? "" : ": restore it with the pawl that made it, or by hand, and take a new backup"));
  }

  Result<void> check_parts() const {
    for (const std::string& part : query_.parts) {
      const auto& files = description_["contents"];
      const bool there = std::any_of(files.begin(), files.end(), [&](const Json& file) {
        return file.is_object() && text_of(file, "name") == part;
      });
      if (!there) return lang::failure("it does not hold " + part + ", which the manifest backs up");
    }
    return {};
  }

  Result<void> check_file(const Json& file) {
    const std::string name = file.is_object() ? text_of(file, "name") : "";
    if (!is_inside(name) || !file.contains("bytes") || !file["bytes"].is_number_unsigned())
      return lang::failure("its bundle.json is damaged: an entry of a file is not readable");
    const std::string path = folder_ + "/" + name;
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
      return lang::failure(name + " is missing");
    const auto bytes = file["bytes"].get<std::uint64_t>(), now = static_cast<std::uint64_t>(info.st_size);
    bytes_ += now;
    if (now < bytes) return lang::failure(fmt::format("{} is truncated: {} of {} bytes", name, now, bytes));
    if (now > bytes)
      return lang::failure(fmt::format("{} has grown since: {} bytes, not {}", name, now, bytes));
    if (!query_.deep) return {};
    if (context_.progress) context_.progress("reading " + name);
    const auto digest = digest_of(context_, path, false);
    if (!digest) return tl::unexpected(digest.error());
    if (*digest == text_of(file, "sha256")) return {};
    return lang::failure(name + " is corrupted: its SHA-256 is not the one in bundle.json");
  }

  const Context& context_;
  const planner::InspectBundle& query_;
  std::string folder_;
  Json description_ = Json::object();
  std::uint64_t bytes_ = 0;
};

}  // namespace

planner::Answer ask(const Context& context, const planner::InspectBundle& query) {
  return Inspection(context, query).answer();
}

}  // namespace pawl::executor
