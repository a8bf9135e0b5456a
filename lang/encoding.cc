#include "lang/encoding.h"

#include <algorithm>
#include <cstdio>

namespace pawl::lang {
namespace {

/// Length of the valid UTF-8 sequence at `at` (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF),
/// or 0.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(at);
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(at + 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
    return continues(at + 1, low, high) && continues(at + 2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return continues(at + 1, low, high) && continues(at + 2) && continues(at + 3) ? 4 : 0;
  }
  return 0;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20u && c != '\t' && c != '\n' && c != '\r') || byte == 0x7Fu;
}

std::string hex(char c) {
  char out[8];
  std::snprintf(out, sizeof out, "0x%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return out;
}

void report(const std::string& name, std::string_view text, std::size_t at, bool control,
            Diagnostics& diagnostics) {
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
  const std::string where =
      "`" + name + "`, line " + std::to_string(line) + " (byte " + std::to_string(at + 1) + " of the file)";
  if (control) {
    diagnostics.add({DiagnosticKind::ControlCharacter,
                     {},
                     where + " is the control character " + hex(text[at]),
                     "a control character is invisible, and never meant in a manifest",
                     "remove it",
                     {},
                     {}});
  } else {
    diagnostics.add({DiagnosticKind::InvalidUtf8,
                     {},
                     where + " is " + hex(text[at]) + ", which is not UTF-8",
                     "manifests are UTF-8",
                     "save the file as UTF-8",
                     {},
                     {}});
  }
}

}  // namespace

std::optional<SourceId> add_checked_source(const std::string& name, std::string bytes, Sources& sources,
                                           Diagnostics& diagnostics) {
  std::string_view text = bytes;
  const std::size_t mark = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (std::size_t at = mark; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    const bool control = length == 1 && is_control(text[at]);
    if (length == 0 || control) {
      report(name, text, at, control, diagnostics);
      return std::nullopt;
    }
    at += length;
  }
  if (mark > 0) bytes.erase(0, mark);
  return sources.add(name, std::move(bytes));
}

}  // namespace pawl::lang
