#include "lang/text.h"

#include <algorithm>

namespace pawl::lang {

bool Text::is_literal() const {
  return std::all_of(pieces.begin(), pieces.end(),
                     [](const Piece& piece) { return std::holds_alternative<Literal>(piece); });
}

bool Text::has_secret() const {
  return std::any_of(pieces.begin(), pieces.end(),
                     [](const Piece& piece) { return std::holds_alternative<Secret>(piece); });
}

std::string Text::shown() const {
  std::string out;
  for (const Piece& piece : pieces) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      out += literal->text;
    } else if (const auto* reference = std::get_if<Reference>(&piece)) {
      out += "${" + reference->path + "}";
    } else {
      out += "(secret " + std::get<Secret>(piece).source + ")";
    }
  }
  return out;
}

}  // namespace pawl::lang
