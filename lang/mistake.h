// Where the parser gave up, said in the words of the language: judged by the token that did not fit and the
// one before it, never by what the grammar expected.
#pragma once

#include <optional>
#include <string_view>

#include "lang/diagnostic.h"

namespace pawl::lang {

/// A token, as far as a message needs to know it.
struct SeenToken {
  enum class Kind { Value, Open, Close, Equals, Sign, Not, Comma, LineEnd, End, Stray };
  Kind kind;
  std::string_view text;  // of a Stray: all that follows it too
};

/// `before` is the token before `here` in the same item, if there is one.
Diagnostic explain_mistake(const SeenToken& here, const std::optional<SeenToken>& before, Span where);

}  // namespace pawl::lang
