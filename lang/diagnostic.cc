#include "lang/diagnostic.h"

#include <algorithm>
#include <cctype>
#include <tuple>

namespace pawl::lang {
namespace {

struct Registered {
  std::string code;
  Severity severity;
  std::string_view summary;
};

std::string kebab_case(std::string_view kind) {
  std::string out;
  for (char c : kind) {
    const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper && !out.empty()) out += '-';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

const std::vector<Registered>& registry() {
  static const std::vector<Registered> kinds = {
#define PAWL_DIAGNOSTIC(kind, severity, summary) {kebab_case(#kind), Severity::severity, summary},
#include "lang/diagnostics.def"
#undef PAWL_DIAGNOSTIC
  };
  return kinds;
}

const Registered& registered(DiagnosticKind kind) {
  return registry()[static_cast<std::size_t>(kind)];
}

constexpr std::size_t kKeptErrors = 100;

/// Distance with transpositions (optimal string alignment), at most `limit` + 1.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

}  // namespace

std::string_view code(DiagnosticKind kind) {
  return registered(kind).code;
}
Severity severity(DiagnosticKind kind) {
  return registered(kind).severity;
}
std::string_view summary(DiagnosticKind kind) {
  return registered(kind).summary;
}

const std::vector<DiagnosticKind>& all_diagnostic_kinds() {
  static const std::vector<DiagnosticKind> kinds = {
#define PAWL_DIAGNOSTIC(kind, severity, summary) DiagnosticKind::kind,
#include "lang/diagnostics.def"
#undef PAWL_DIAGNOSTIC
  };
  return kinds;
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (lang::severity(diagnostic.kind) == Severity::Error && ++errors_ > kKeptErrors) return;
  kept_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> out = kept_;
  std::stable_sort(out.begin(), out.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.span.source, a.span.begin) < std::tie(b.span.source, b.span.begin);
  });
  return out;
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kLongest = 64;
  if (word.empty() || word.size() > kLongest) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const std::size_t d = distance(word, candidate, best_distance);
    if (d < best_distance && d < candidate.size()) {
      best = candidate;
      best_distance = d;
    }
  }
  return std::string(best);
}

}  // namespace pawl::lang
