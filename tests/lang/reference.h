// The reference part of docs/language.md, made from the schema.
#pragma once

#include <cctype>
#include <string>

#include "lang/schema.h"

namespace pawl::lang::test {

inline std::string listed(std::span<const std::string_view> words) {
  std::string out;
  for (std::string_view word : words) out += (out.empty() ? "`" : ", `") + std::string(word) + "`";
  return out;
}

/// "runs a program" → "Runs a program."
inline std::string sentence(std::string_view note) {
  std::string out(note);
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out + ".";
}

inline std::string duration(std::int64_t ms) {
  constexpr std::pair<std::int64_t, const char*> kUnits[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}};
  for (const auto& [factor, unit] : kUnits) {
    if (ms % factor == 0 && ms > 0) return std::to_string(ms / factor) + unit;
  }
  return ms == 0 ? "0s" : std::to_string(ms) + "ms";
}

inline std::string type_of(const Row& row) {
  switch (row.type) {
    case Type::Word:
      return listed(row.words);
    case Type::Words:
      return "list of " + listed(row.words);
    case Type::Ref:
      return "reference to " + listed(row.words);
    case Type::Refs:
      return "list of references to " + listed(row.words);
    case Type::Call:
      return "call of " + listed(family(row.words[0]));
    case Type::Elapsed:
      return "duration, " + duration(row.least) + " to " + duration(row.most);
    case Type::Number:
      return "whole number, " + std::to_string(row.least) + " to " + std::to_string(row.most);
    case Type::Special:
      return "see the text";
    default:
      return std::string(type_name(row.type));
  }
}

constexpr std::string_view kUnbuilt = "**not supported yet**";

/// What a row says, for whom, and what of it is still to come.
inline std::string note_of(const Row& row) {
  std::string out = row.engines.empty() ? "" : "only with " + listed(row.engines) + ": ";
  out += row.note;
  if (!row.unbuilt.empty()) out += "; " + listed(row.unbuilt) + ": " + std::string(kUnbuilt);
  return row.built ? out : out + "; " + std::string(kUnbuilt);
}

inline std::string table(std::span<const Row> rows, std::string_view what) {
  std::string out = "| " + std::string(what) + " | takes | says |\n|---|---|---|\n";
  for (const Row& row : rows) {
    if (row.type == Type::Later) continue;
    out += "| `" + std::string(row.name) + "`" + (row.need == Need::Required ? " (required)" : "") + " | " +
           type_of(row) + " | " + note_of(row) + " |\n";
  }
  return out;
}

inline std::string heading(const BlockSchema& block) {
  const std::string keyword(block.keyword);
  switch (block.label) {
    case Label::None:
    case Label::File:
      return keyword;
    case Label::Optional:
      return keyword + " [NAME]";
    case Label::Name:
      return keyword + " NAME";
    case Label::Version:
      return keyword + " VERSION";
    case Label::Scope:
      return keyword + " CLASS";
  }
  return keyword;
}

inline std::string reference() {
  std::string out = "\n## Every block\n";
  for (const BlockSchema& block : block_schemas()) {
    out += "\n### `" + heading(block) + " { … }`\n\n" + sentence(block.note) +
           (block.built ? "" : " " + sentence("it is " + std::string(kUnbuilt))) +
           (block.label == Label::Optional ? " There may be several, under different names.\n\n"
            : block.once                   ? " It appears at most once.\n\n"
                                           : "\n\n") +
           table(block.rows, "attribute");
    if (!block.nested.empty()) out += "\nIt may contain a block `" + std::string(block.nested) + " { … }`.\n";
  }
  out += "\n## Every function\n";
  for (const Function& function : functions()) {
    out +=
        "\n### `" + std::string(function.name) + "(…)`\n\n" + sentence(function.note) +
        (function.engines.empty() ? "" : " " + sentence("it is for " + listed(function.engines) + " only")) +
        (function.built ? "" : " " + sentence("it is " + std::string(kUnbuilt))) + "\n";
    if (function.positional > 0) {
      out += "By place: ";
      for (std::size_t i = 0; i < function.positional; ++i)
        out += (i > 0 ? ", `" : "`") + std::string(function.rows[i].name) + "`";
      out += function.rest ? ", and any number of further arguments.\n" : ".\n";
    }
    if (!function.rows.empty()) out += "\n" + table(function.rows, "argument");
  }
  return out;
}

}  // namespace pawl::lang::test
