#include "planner/engine/shared.h"

#include <algorithm>

namespace pawl::planner {

std::string join(const std::string& dir, const std::string& path) {
  if (dir.empty() || path.starts_with('/')) return path;
  return dir.back() == '/' ? dir + path : dir + '/' + path;
}

std::string regex_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(R"(\^$.|?*+()[]{}/)").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

Text with_version(const Text& text, const std::string& version) {
  return lang::fill(text, [&](const std::string& path) -> const std::string* {
    return path == "version" || path == "to" ? &version : nullptr;
  });
}

std::string matched(const Text& pattern, std::string_view text) {
  std::string before, after;
  bool found = false;
  for (const lang::Piece& piece : pattern.pieces) {
    const auto* literal = std::get_if<lang::Literal>(&piece);
    if (!literal) {
      found = true;
    } else {
      (found ? after : before) += literal->text;
    }
  }
  if (!found || text.size() < before.size() + after.size()) return "";
  if (!text.starts_with(before) || !text.ends_with(after)) return "";
  return std::string(text.substr(before.size(), text.size() - before.size() - after.size()));
}

Operation operation(Instruction instruction, Duration timeout) {
  Operation out;
  out.instruction = std::move(instruction);
  out.timeout = timeout;
  return out;
}

ServiceState& state_of(Snapshot& snapshot, const std::string& service) {
  const auto found = std::find_if(snapshot.services.begin(), snapshot.services.end(),
                                  [&](const ServiceState& each) { return each.service == service; });
  if (found != snapshot.services.end()) return *found;
  snapshot.services.emplace_back().service = service;
  return snapshot.services.back();
}

EngineState& engine_of(Snapshot& snapshot, const std::string& deployment) {
  const auto found = std::find_if(snapshot.engines.begin(), snapshot.engines.end(),
                                  [&](const EngineState& each) { return each.deployment == deployment; });
  if (found != snapshot.engines.end()) return *found;
  snapshot.engines.emplace_back().deployment = deployment;
  return snapshot.engines.back();
}

}  // namespace pawl::planner
