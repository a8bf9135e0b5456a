#include "executor/instructions/short_name.h"

#include <algorithm>
#include <string_view>

namespace pawl::executor {
namespace {

bool is_verb(std::string_view word) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return word.size() > 1 && letter(word.front()) && letter(word.back()) &&
         std::all_of(word.begin(), word.end(), [&](char c) { return letter(c) || c == '-'; });
}

}  // namespace

std::string short_name(const planner::Process& process) {
  if (process.argv.empty()) return "the program";
  std::string name = process.argv[0].shown();
  name = name.substr(name.rfind('/') + 1);
  if (process.argv.size() > 1 && process.argv[1].is_literal() && is_verb(process.argv[1].shown()))
    name += " " + process.argv[1].shown();
  return "`" + name + "`";
}

}  // namespace pawl::executor
