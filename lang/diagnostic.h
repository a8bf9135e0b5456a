// The user's mistakes as data: collected, sorted, shown together with source line and caret.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/span.h"

namespace pawl::lang {

enum class Severity { Error, Warning };

/// One kind of mistake; each is listed in lang/diagnostics.def with its code, severity and fixed summary.
enum class DiagnosticKind : int {
#define PAWL_DIAGNOSTIC(kind, severity, summary) kind,
#include "lang/diagnostics.def"
#undef PAWL_DIAGNOSTIC
};

struct Diagnostic {
  struct Note {
    std::string text;
    Span span;
  };
  DiagnosticKind kind;
  Span span;
  std::string detail;       // this case: "`servce` is not a block" (one sentence, no full stop)
  std::string why;          // may be empty
  std::string fix;          // may be empty
  std::string suggestion;   // did you mean; may be empty
  std::vector<Note> notes;  // other places that matter: "first declared here"
};

/// Kebab-case code of a kind: "unknown-block".
std::string_view code(DiagnosticKind kind);
Severity severity(DiagnosticKind kind);
/// The fixed summary of a kind: "Unknown block".
std::string_view summary(DiagnosticKind kind);
/// Every kind of the registry, in its order.
const std::vector<DiagnosticKind>& all_diagnostic_kinds();

/// Collects diagnostics; after 100 errors the rest are counted but not kept.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  bool has_errors() const { return errors_ > 0; }
  std::size_t errors() const { return errors_; }
  /// In the order of the source: by file, then offset.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> kept_;
  std::size_t errors_ = 0;
};

/// Every diagnostic with location, source line, caret, why, fix and did-you-mean, then a count.
/// `colour` adds ANSI escapes. Control characters of the source are shown escaped.
std::string render(const Diagnostics& diagnostics, const Sources& sources, bool colour);

/// The member of `candidates` nearest to `word` (Damerau-Levenshtein, at most a third of its letters off), or
/// "".
std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace pawl::lang
