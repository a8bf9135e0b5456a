#include "executor/instructions/remote.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "executor/system/read_text.h"
#include "planner/engine/env_file.h"

namespace pawl::executor {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("@%+=:,./-_").find(c) != std::string_view::npos;
}

/// "user@host:2222" → target and port.
std::pair<std::string, std::string> target_and_port(const std::string& ssh) {
  const auto colon = ssh.rfind(':');
  const bool port = colon != std::string::npos && colon + 1 < ssh.size() &&
                    std::all_of(ssh.begin() + static_cast<long>(colon) + 1, ssh.end(),
                                [](char c) { return c >= '0' && c <= '9'; }) &&
                    ssh.find(':') == colon;
  if (!port) return {ssh, ""};
  return {ssh.substr(0, colon), ssh.substr(colon + 1)};
}

/// One line for the remote shell: folder, environment, argv.
std::string remote_line(const std::string& folder, const ProcessRequest& request) {
  std::string line = folder.empty() ? "exec" : "cd " + shell_quoted(folder) + " && exec";
  if (!request.env.empty()) line += " env";
  for (const auto& [name, value] : request.env) line += " " + shell_quoted(name + "=" + value);
  for (const std::string& word : request.argv) line += " " + shell_quoted(word);
  return line;
}

/// What a shell that went to `folder` has as PWD: the way it went, through links too, where pawl's own PWD
/// tells it.
std::string as_shells_say(const std::string& folder) {
  namespace fs = std::filesystem;
  static const fs::path here = [] {  // pawl goes to its folder once, when it starts
    std::error_code unknown;
    const char* own = std::getenv("PWD");
    return own && fs::equivalent(own, ".", unknown) ? fs::path(own) : fs::current_path(unknown);
  }();
  std::string path = (here / folder).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Result<ProcessRequest> through_ssh(const Context& context, const std::string& cwd,
                                   const ProcessRequest& inner) {
  const auto& hosts = context.settings.hosts;
  const auto host =
      std::find_if(hosts.begin(), hosts.end(), [&](const auto& one) { return one.name == context.host; });
  if (host == hosts.end()) return lang::failure("the host " + context.host + " is not in this plan");
  const auto ssh = context.text(host->ssh);
  const auto dir = context.text(host->dir);
  if (!ssh) return tl::unexpected(ssh.error());
  if (!dir) return tl::unexpected(dir.error());
  if (ssh->empty() || ssh->front() == '-') return lang::failure("`" + *ssh + "` is not an SSH target");
  const auto [target, port] = target_and_port(*ssh);
  const bool absolute = !cwd.empty() && cwd.front() == '/';
  const std::string folder = absolute || dir->empty() ? cwd : cwd.empty() ? *dir : *dir + "/" + cwd;
  ProcessRequest outer;
  outer.argv = {"ssh", "-o", "BatchMode=yes"};
  if (!port.empty()) outer.argv.insert(outer.argv.end(), {"-p", port});
  outer.argv.insert(outer.argv.end(), {target, "--", remote_line(folder, inner)});
  return outer;
}

}  // namespace

Result<Environment> env_file_entries(const Context& context, const std::string& path) {
  Environment added;
  if (path.empty()) return added;
  const auto text = read_text(context.path(path), 1u << 20);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return lang::failure("the env file " + path + " does not exist");
  const auto entries = planner::parse_env_file(**text);
  if (!entries) return lang::failure(path + ": " + entries.error().what, entries.error().fix);
  for (const planner::EnvEntry& entry : *entries) added.emplace_back(entry.name, entry.value);
  return added;
}

std::string shell_quoted(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

Result<ProcessRequest> request_for(const Context& context, const planner::Process& process) {
  ProcessRequest request;
  if (!process.env_file.empty() && !context.host.empty())
    return lang::failure("an env file cannot be read for a process on " + context.host);
  auto from_file = env_file_entries(context, process.env_file);
  if (!from_file) return tl::unexpected(from_file.error());
  request.env = std::move(*from_file);
  for (const lang::Text& word : process.argv) {
    auto text = context.text(word);
    if (!text) return tl::unexpected(text.error());
    request.argv.push_back(std::move(*text));
  }
  for (const auto& [name, value] : process.env) {
    auto text = context.text(value);
    if (!text) return tl::unexpected(text.error());
    request.env.emplace_back(name, std::move(*text));
  }
  if (!context.host.empty()) return through_ssh(context, process.cwd, request);
  request.cwd = context.path(process.cwd);
  request.env.insert(request.env.begin(), {"PWD", as_shells_say(request.cwd)});
  return request;
}

}  // namespace pawl::executor
