// The first look at a text, by hand and in one pass: are bytes, brackets and strings sound, and where does
// each top-level block begin and end? Each block is then parsed alone, so that a mistake in one hides none in
// another, nesting is bounded before a recursive parser sees it, and memory holds one block's parse tree at a
// time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lang/diagnostic.h"
#include "lang/span.h"

namespace pawl::lang {

/// One top-level item with everything up to the next one.
struct Chunk {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool broken = false;  // its brackets or strings do not fit; reported, and not worth parsing
};

struct Scan {
  std::vector<Chunk> chunks;
  std::vector<Span> comments;  // from `#` to the end of the line, without the newline
};

/// Nothing when the text is hopeless (brackets nested deeper than `max_nesting`).
std::optional<Scan> scan(const Sources& sources, SourceId id, int max_nesting, Diagnostics& diagnostics);

/// Offset just after the heredoc that begins at `begin` (`<<TAG`, `<<-TAG`, `<<~TAG`), not including the
/// newline after its closing tag; npos when it is never closed.
std::size_t heredoc_end(std::string_view text, std::size_t begin);

/// Offset just after the string that begins at `begin` with `"`; npos when its line ends first.
std::size_t string_end(std::string_view text, std::size_t begin);

}  // namespace pawl::lang
