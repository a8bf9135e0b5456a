// A string of the manifest after checking: literal parts, references that get their value later, and
// secrets, which stay references until the executor hands them to a process.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lang/span.h"

namespace pawl::lang {

/// Text that stands for itself.
struct Literal {
  std::string text;
  bool operator==(const Literal&) const = default;
};

/// `${path}` whose value is known later than the check. Planning replaces `version`, `from`, `to`, `class`,
/// `instance` (1-based number of a replica), `host.NAME.dir` and, in the actions of a backup, `bundle` and
/// `captured`; the executor replaces `ledger.before`, `ledger.after`, `run` and captured values
/// (`capture.NAME`). `${var.x}` of a plain variable is a Literal after checking.
struct Reference {
  std::string path;
  bool operator==(const Reference&) const = default;
};

/// A secret by its source: "env:NAME", "file:PATH" or "var:NAME" (a variable declared `secret = true`).
/// It is resolved in the executor only and never written to a plan, journal, log, event or report.
struct Secret {
  std::string source;
  bool operator==(const Secret&) const = default;
};

using Piece = std::variant<Literal, Reference, Secret>;

struct Text {
  std::vector<Piece> pieces;
  Span span;

  Text() = default;
  explicit Text(std::string literal, Span where = {}) : span(where) {
    if (!literal.empty()) pieces.emplace_back(Literal{std::move(literal)});
  }

  bool empty() const { return pieces.empty(); }
  /// True when nothing is left to fill in.
  bool is_literal() const;
  bool has_secret() const;
  /// The text of a literal; for others references read `${path}` and secrets `(secret env:NAME)`. This is the
  /// form plans and logs show.
  std::string shown() const;
  /// Equality of content; the span does not count.
  friend bool operator==(const Text& a, const Text& b) { return a.pieces == b.pieces; }
};

/// `text` with every Reference that `value_of` knows replaced by that value (adjacent literals are merged).
/// `value_of` returns nullptr for a path it does not know; that reference stays.
template <class Lookup>
Text fill(const Text& text, Lookup value_of) {
  Text out;
  out.span = text.span;
  for (const Piece& piece : text.pieces) {
    const std::string* value = nullptr;
    if (const auto* reference = std::get_if<Reference>(&piece)) value = value_of(reference->path);
    const Literal* literal = std::get_if<Literal>(&piece);
    if (!value && literal) value = &literal->text;
    if (!value) {
      out.pieces.push_back(piece);
    } else if (!out.pieces.empty() && std::holds_alternative<Literal>(out.pieces.back())) {
      std::get<Literal>(out.pieces.back()).text += *value;
    } else {
      out.pieces.emplace_back(Literal{*value});
    }
  }
  return out;
}

}  // namespace pawl::lang
