#include "executor/instructions/context.h"

#include <algorithm>

namespace pawl::executor {

std::string Context::path(std::string_view relative) const {
  if (relative.empty()) return settings.root.empty() ? "." : settings.root;
  if (relative.front() == '/' || settings.root.empty()) return std::string(relative);
  return settings.root + "/" + std::string(relative);
}

Result<std::string> Context::text(const lang::Text& text) const {
  std::string out;
  for (const lang::Piece& piece : text.pieces) {
    if (const auto* literal = std::get_if<lang::Literal>(&piece)) {
      out += literal->text;
    } else if (const auto* reference = std::get_if<lang::Reference>(&piece)) {
      return lang::failure("${" + reference->path + "} has no value in this run");
    } else {
      if (!settings.secrets) return lang::failure("a secret is needed, and none can be resolved here");
      auto value = settings.secrets->resolve(std::get<lang::Secret>(piece).source);
      if (!value) return value;
      out += *value;
    }
  }
  return out;
}

std::string Context::mask(std::string text) const {
  return settings.secrets ? settings.secrets->mask(std::move(text)) : text;
}

Duration Context::left(Duration most) const {
  if (!deadline) return most;
  const auto now = settings.clock->steady();
  const auto rest = std::max(Duration(1), std::chrono::ceil<Duration>(*deadline - now));
  return most > Duration(0) ? std::min(most, rest) : rest;
}

bool Context::overdue() const {
  return deadline && settings.clock->steady() >= *deadline;
}

bool Context::sleep(Duration duration) const {
  if (duration <= Duration(0)) return !stopped();
  return settings.clock->sleep(left(duration), stop);
}

Outcome succeeded(std::string output) {
  Outcome outcome;
  outcome.ok = true;
  outcome.output = std::move(output);
  return outcome;
}

Outcome failed(std::string error, std::string output) {
  Outcome outcome;
  outcome.error = std::move(error);
  outcome.output = std::move(output);
  return outcome;
}

Outcome failed(const lang::Error& error, std::string output) {
  return failed(error.what + (error.fix.empty() ? "" : "; " + error.fix), std::move(output));
}

Outcome interrupted() {
  Outcome outcome;
  outcome.interrupted = true;
  outcome.error = "stopped before it ended";
  return outcome;
}

planner::Answer answered(std::string output) {
  planner::Answer answer;
  answer.ok = true;
  answer.output = std::move(output);
  return answer;
}

planner::Answer unanswered(std::string error) {
  planner::Answer answer;
  answer.error = std::move(error);
  return answer;
}

}  // namespace pawl::executor
