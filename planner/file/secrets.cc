#include <algorithm>
#include <nlohmann/json.hpp>

#include "planner/file/plan_file.h"

namespace pawl::planner {
namespace {

/// How the writer begins a secret. Quotes inside any other text are escaped, so this appears nowhere else.
constexpr std::string_view kSecret = R"({"secret":")";

/// The JSON string that begins before `at`, its closing quote included.
std::string_view string_before(std::string_view json, std::size_t at) {
  std::size_t end = at;
  while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
  return json.substr(at - 1, end + 2 - at);
}

}  // namespace

std::vector<std::string> secret_sources(std::string_view plan_json) {
  std::vector<std::string> sources;
  for (auto at = plan_json.find(kSecret); at != std::string_view::npos; at = plan_json.find(kSecret, at)) {
    at += kSecret.size();
    const auto text = nlohmann::json::parse(string_before(plan_json, at), nullptr, false);
    if (text.is_string()) sources.push_back(text.get<std::string>());
  }
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  return sources;
}

}  // namespace pawl::planner
