#include "lang/mistake.h"

#include <algorithm>
#include <string>

namespace pawl::lang {
namespace {

using Kind = SeenToken::Kind;

bool begins_value(const SeenToken& token) {
  return token.kind == Kind::Value || token.kind == Kind::Open || token.kind == Kind::Not;
}
bool ends_value(const SeenToken& token) {
  return token.kind == Kind::Value || token.kind == Kind::Close;
}
bool wants_value(const SeenToken& token) {
  return token.kind == Kind::Equals || token.kind == Kind::Sign || token.kind == Kind::Not;
}

std::string shown(const SeenToken& token) {
  if (token.kind == Kind::LineEnd) return "the end of the line";
  if (token.kind == Kind::End) return "the end of the block";
  return token.text.size() > 40 ? "this" : "`" + std::string(token.text) + "`";
}

/// The code point at the front of `text`.
std::string_view first_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0u) == 0x80u) ++length;
  return text.substr(0, length);
}

std::string instead_of(std::string_view character) {
  if (character == "'" || character == "`") return "write strings in double quotes";
  if (character == ";") return "separate attributes with a comma or a new line";
  if (character == "/") return "begin a comment with `#`; write paths as strings";
  if (character == ":") return "write `name = value`";
  return "remove it, or put the text in double quotes";
}

void stray_character(const SeenToken& here, Diagnostic& out) {
  const std::string_view character = first_character(here.text);
  out.span.end = out.span.begin + static_cast<std::uint32_t>(character.size());
  out.detail = "`" + std::string(character) + "` has no meaning here";
  out.fix = instead_of(character);
}

void missing_value(const SeenToken& before, Diagnostic& out) {
  out.kind = DiagnosticKind::MissingValue;
  out.detail = "nothing follows `" + std::string(before.text) + "`";
  out.fix = "write a value: a string in double quotes, a number, a duration, a list or a call";
}

void missing_separator(const SeenToken& here, Diagnostic& out) {
  out.kind = DiagnosticKind::MissingSeparator;
  out.detail = shown(here) + " follows what is before it without a comma";
  out.why = "attributes and elements are separated by commas or new lines";
  out.fix = "put a comma between them, or quotes around the text if it is one value";
}

}  // namespace

Diagnostic explain_mistake(const SeenToken& here, const std::optional<SeenToken>& before, Span where) {
  Diagnostic out{DiagnosticKind::UnexpectedText, where, "", "", "", "", {}};
  if (here.kind == Kind::Stray) {
    stray_character(here, out);
  } else if (before && wants_value(*before) && !begins_value(here)) {
    missing_value(*before, out);
  } else if (before && ends_value(*before) && begins_value(here)) {
    missing_separator(here, out);
  } else if (!before && here.text == "{") {
    out.detail = "this `{` has no keyword on its line";
    out.fix = "write the brace on the line of the block's keyword: `service api {`";
  } else if (here.kind == Kind::Equals) {
    out.detail = "this `=` has no name before it";
    out.fix = "write an attribute as `name = value`";
  } else {
    out.detail = shown(here) + " cannot appear here";
    out.fix = "write a block as `keyword name { … }` and an attribute as `name = value`";
  }
  return out;
}

}  // namespace pawl::lang
