#include "cli/prompt.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace pawl::cli {

bool interactive() {
  return ::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO);
}

std::optional<std::string> prompt(const std::string& question) {
  if (!interactive()) return std::nullopt;
  std::cout << question << ' ' << std::flush;
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

std::function<std::optional<std::string>(const planner::Ask&)> answer_asks(
    std::vector<std::string> acknowledged, std::string phrase) {
  return [acknowledged = std::move(acknowledged),
          phrase = std::move(phrase)](const planner::Ask& ask) -> std::optional<std::string> {
    const bool named = std::find(acknowledged.begin(), acknowledged.end(), ask.name) != acknowledged.end();
    if (named && ask.phrase.empty()) return "yes";  // a phrase is typed, never waved through
    if (!ask.phrase.empty() && !phrase.empty()) return phrase;
    return prompt(ask.phrase.empty() ? ask.prompt + " [yes/no]" : ask.prompt);
  };
}

}  // namespace pawl::cli
