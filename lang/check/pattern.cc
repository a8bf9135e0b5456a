#include "lang/check/pattern.h"

#include <regex>

namespace pawl::lang {

void check_pattern(const Fields& fields, std::string_view name, const std::string& pattern) {
  // The library compiles by recursion: a bound on the length is a bound on its stack.
  constexpr std::size_t kLongest = 500;
  if (pattern.empty()) return;
  if (pattern.size() > kLongest) {
    fields.scope().report(DiagnosticKind::BadPattern, fields.find(name)->span,
                          "the pattern is longer than " + std::to_string(kLongest) + " characters",
                          "write a shorter one");
    return;
  }
  try {
    const std::regex compiled(pattern, std::regex::ECMAScript);
  } catch (const std::regex_error&) {
    fields.scope().report(DiagnosticKind::BadPattern, fields.find(name)->span,
                          "`" + pattern + "` is not a regular expression",
                          "check its brackets; write `\\\\(` for a bracket that stands for itself");
  }
}

}  // namespace pawl::lang
