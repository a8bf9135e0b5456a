// Strings and heredocs as written → their text, with the `${…}` in them told apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/diagnostic.h"
#include "lang/span.h"

namespace pawl::lang {

struct StringPart {
  enum class Kind { Text, Reference, Secret };
  Kind kind = Kind::Text;
  std::string text;  // decoded text · path of a reference · source of a secret ("env:NAME")
  Span span;
};

/// `written` is the whole literal, quotes or heredoc tags included, at `span`. Unknown escapes and things
/// that `${…}` cannot hold are reported and left out.
std::vector<StringPart> decode(std::string_view written, Span span, Diagnostics& diagnostics);

}  // namespace pawl::lang
