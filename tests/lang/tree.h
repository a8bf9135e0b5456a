// The syntax tree of a text as text, without places: equal for two texts that mean the same.
#pragma once

#include <string>

#include "lang/parse.h"

namespace pawl::lang::test {

inline std::string without_returns(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c != '\r') out += c;
  }
  return out;
}

inline std::string show(const ast::Expression& value) {
  std::string out = std::to_string(static_cast<int>(value.kind)) + ":" + without_returns(value.text) + "(";
  for (const ast::Field& field : value.fields)
    out += std::string(field.key.text) + "=" + show(field.value) + " ";
  return out + ")";
}

inline std::string show(const std::vector<ast::Item>& items) {
  std::string out;
  for (const ast::Item& item : items) {
    out += std::string(item.keyword.text) + " " + (item.label ? show(*item.label) : "") +
           (item.value ? " = " + show(*item.value) : "") +
           (item.has_body ? " {" + show(item.body) + "}" : "") + ";";
  }
  return out;
}

inline std::string tree(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  const SourceId id = sources.add("stack.pawl", text);
  const auto scanned = scan(sources, id, 200, diagnostics);
  return scanned ? show(parse(sources, id, *scanned, diagnostics)) : "";
}

}  // namespace pawl::lang::test
