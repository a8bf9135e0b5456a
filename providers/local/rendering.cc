#include "providers/local/rendering.h"

#include <algorithm>
#include <map>

#include "planner/engine/env_file.h"
#include "planner/plan/hash.h"

namespace pawl::providers::local {
namespace {

constexpr std::size_t kShaDigits = 16;
constexpr std::string_view kNoVersion = "-";

bool mentions_version(const Text& text) {
  return std::any_of(text.pieces.begin(), text.pieces.end(), [](const lang::Piece& piece) {
    const auto* reference = std::get_if<lang::Reference>(&piece);
    return reference && (reference->path == "version" || reference->path == "to");
  });
}

bool mentions_version(const Service& service) {
  const auto in_pair = [](const auto& pair) { return mentions_version(pair.second); };
  const auto in_text = [](const Text& text) { return mentions_version(text); };
  return std::any_of(service.command.begin(), service.command.end(), in_text) ||
         std::any_of(service.env.begin(), service.env.end(), in_pair);
}

/// The last value of each name; nothing when the block names no env file.
Result<std::map<std::string, std::string>> env_file_values(const Layout& layout) {
  std::map<std::string, std::string> values;
  const std::string path = layout.env_file();
  if (path.empty()) return values;
  const planner::Answer* answer = layout.view().answers.find(planner::ReadFile{path});
  if (!answer || !answer->ok) {
    return lang::failure("the env file " + path + " cannot be read" +
                             (answer && !answer->error.empty() ? ": " + answer->error : std::string()),
                         "Create it, or take env_file out of the local block.");
  }
  const auto entries = planner::parse_env_file(answer->output);
  if (!entries) return lang::failure(path + ": " + entries.error().what, entries.error().fix);
  for (const planner::EnvEntry& entry : *entries) values[entry.name] = entry.value;
  return values;
}

}  // namespace

Text filled(const Text& text, const Layout& layout, const std::string& version, int instance) {
  const std::string number = std::to_string(instance);
  std::string folder;
  return lang::fill(text, [&](const std::string& path) -> const std::string* {
    if ((path == "version" || path == "to") && !version.empty()) return &version;
    if (path == "instance" && instance > 0) return &number;
    for (const lang::Host& host : layout.view().stack.hosts) {
      if (path != "host." + host.name + ".dir" || !host.dir.is_literal()) continue;
      folder = host.dir.shown();
      return &folder;
    }
    return nullptr;
  });
}

planner::Process surroundings(const Service& service, const Layout& layout, const std::string& version,
                              int instance) {
  planner::Process process;
  process.cwd = layout.folder();
  process.env_file = layout.env_file();
  for (const auto& [name, value] : service.env) {
    process.env.emplace_back(name, filled(value, layout, version, instance));
  }
  return process;
}

planner::Process process_of(const Service& service, const Layout& layout, const std::string& version,
                            int instance) {
  planner::Process process = surroundings(service, layout, version, instance);
  for (const Text& word : service.command) process.argv.push_back(filled(word, layout, version, instance));
  return process;
}

Result<std::string> fingerprint_of(const Service& service, const Layout& layout, const std::string& version) {
  const auto values = env_file_values(layout);
  if (!values) return tl::unexpected(values.error());
  const planner::Process process = process_of(service, layout, version, 0);
  planner::Sha256 sha;
  const auto add = [&](std::string_view kind, std::string_view text) {
    // With its length in front, no two different lists of words read the same.
    sha.add(std::string(kind) + std::to_string(text.size()) + ":");
    sha.add(text);
  };
  for (const Text& word : process.argv) add("argv", word.shown());
  std::map<std::string, std::string> own;
  for (const auto& [name, value] : process.env) own[name] = value.shown();
  for (const auto& [name, value] : own) {
    add("env", name);
    add("=", value);
  }
  for (const auto& [name, value] : *values) {
    if (name == layout.pin_variable() || own.contains(name)) continue;
    add("file", name);
    add("=", value);
  }
  const std::string told = mentions_version(service) ? version : std::string(kNoVersion);
  return told + ":" + sha.hex().substr(0, kShaDigits);
}

std::string version_in(std::string_view fingerprint) {
  const auto colon = fingerprint.rfind(':');
  if (colon == std::string_view::npos || fingerprint.substr(0, colon) == kNoVersion) return {};
  return std::string(fingerprint.substr(0, colon));
}

std::string program_of(const Service& service, const Layout& layout, const std::string& version) {
  if (service.command.empty()) return {};
  const std::string program = filled(service.command[0], layout, version, 0).shown();
  if (mentions_version(service.command[0]) || !mentions_version(service) || version.empty()) return program;
  return program + " (" + version + ")";
}

Result<std::vector<std::string>> env_file_names(const Layout& layout) {
  const auto values = env_file_values(layout);
  if (!values) return tl::unexpected(values.error());
  std::vector<std::string> names;
  for (const auto& [name, value] : *values) names.push_back(name);
  return names;
}

}  // namespace pawl::providers::local
