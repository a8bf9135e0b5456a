#include "providers/local/layout.h"

#include <algorithm>
#include <charconv>

#include "lang/version.h"
#include "planner/engine/shared.h"

namespace pawl::providers::local {
namespace {

constexpr std::string_view kPidSuffix = ".pid";

/// Names of services become file names.
bool is_file_name(std::string_view name) {
  return !name.empty() && name[0] != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::optional<int> positive(std::string_view digits) {
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 1) return std::nullopt;
  return number;
}

}  // namespace

Layout::Layout(const planner::DeploymentView& view)
    : view_(view),
      deployment_(view.stack[view.deployment]),
      settings_(std::get<lang::LocalSettings>(deployment_.engine)) {}

std::string Layout::below(std::string_view path) const {
  return planner::join(deployment_.dir, std::string(path));
}

std::string Layout::env_file() const {
  return settings_.env_file.empty() ? std::string() : below(settings_.env_file);
}

std::string Layout::instance_file(std::string_view engine_name, int number, std::string_view suffix) const {
  std::string path = run_dir() + "/" + std::string(engine_name);
  if (number > 1) path += "." + std::to_string(number);
  return path.append(suffix);
}

std::string Layout::pid_file(std::string_view engine_name, int number) const {
  return instance_file(engine_name, number, kPidSuffix);
}

std::string Layout::log_file(std::string_view engine_name, int number) const {
  return instance_file(engine_name, number, ".log");
}

std::string_view Layout::pin_variable() const {
  if (!deployment_.pin) return {};
  const auto* env = std::get_if<lang::EnvPin>(&deployment_.pin->where);
  return env && env->file == settings_.env_file ? std::string_view(env->name) : std::string_view();
}

std::string Layout::pinned(const planner::Snapshot& snapshot, const Layout& layout) {
  for (const planner::EngineState& engine : snapshot.engines) {
    if (engine.deployment == layout.label()) return engine.pin.value;
  }
  return {};
}

Result<void> Layout::usable() const {
  if (deployment_.on) {
    return lang::failure("local services run on the machine that pawl runs on, not on host " +
                             view_.stack[*deployment_.on].name,
                         "Run pawl there, or describe them with a systemd block.");
  }
  for (const ServiceId id : services()) {
    const Service& service = view_.stack[id];
    if (!is_file_name(service.engine_name)) {
      return lang::failure("service " + service.name + " cannot be called `" + service.engine_name +
                               "`: the name becomes that of a pid file",
                           "Use letters, digits, - and _ in its `name`.");
    }
    if (service.command.empty() && !runs_once(service)) {
      return lang::failure(
          "service " + service.name + " has no command, so it cannot be started",
          "Write its program and arguments: command = [\"releases/${version}/" + service.name + "\"]");
    }
  }
  return {};
}

std::optional<InstanceName> parse_pid_file(std::string_view file_name) {
  if (!file_name.ends_with(kPidSuffix)) return std::nullopt;
  file_name.remove_suffix(kPidSuffix.size());
  const auto dot = file_name.rfind('.');
  if (dot == std::string_view::npos) {
    if (!is_file_name(file_name)) return std::nullopt;
    return InstanceName{std::string(file_name), 1};
  }
  const auto number = positive(file_name.substr(dot + 1));
  if (!number || !is_file_name(file_name.substr(0, dot))) return std::nullopt;
  return InstanceName{std::string(file_name.substr(0, dot)), *number};
}

std::optional<ReleaseFolders> release_folders(const Layout& layout) {
  std::string path;
  const auto& pieces = layout.settings().releases.pieces;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (const auto* literal = std::get_if<lang::Literal>(&pieces[i])) {
      path += literal->text;
      continue;
    }
    const auto* reference = std::get_if<lang::Reference>(&pieces[i]);
    if (!reference || reference->path != "version") return std::nullopt;
    const auto slash = path.rfind('/');
    ReleaseFolders folders;
    folders.folder = layout.below(slash == std::string::npos ? "."
                                  : slash == 0               ? "/"
                                                             : path.substr(0, slash));
    folders.prefix = slash == std::string::npos ? path : path.substr(slash + 1);
    const auto* rest = i + 1 < pieces.size() ? std::get_if<lang::Literal>(&pieces[i + 1]) : nullptr;
    if (rest) folders.suffix = rest->text.substr(0, rest->text.find('/'));
    return folders;
  }
  return std::nullopt;
}

std::vector<std::string> versions_in(std::string_view listing, const ReleaseFolders& folders) {
  std::vector<lang::Version> found;
  for (std::string_view name : lines_of(listing)) {
    if (!name.ends_with('/')) continue;
    name.remove_suffix(1);
    if (name.size() < folders.prefix.size() + folders.suffix.size() || !name.starts_with(folders.prefix) ||
        !name.ends_with(folders.suffix)) {
      continue;
    }
    name.remove_prefix(folders.prefix.size());
    name.remove_suffix(folders.suffix.size());
    if (auto version = lang::Version::parse(name)) found.push_back(std::move(*version));
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a < b; });
  std::vector<std::string> names;
  for (const lang::Version& version : found) names.push_back(version.text);
  return names;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end != 0) lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace pawl::providers::local
