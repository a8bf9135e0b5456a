// What the Compose specification allows at each place of a file, as rows of text.
#pragma once

#include <string_view>

namespace pawl::providers::compose {

/// `= NAME` begins a map with known keys, one row for each; `*` after a key: it must be there. Extensions
/// (`x-`) may stand in each map but those marked `closed`, any key in those marked `open`. `: NAME` names
/// what several rows share. In a row are the kinds of value that may stand there:
///
///     text  integer  number  boolean  null  any      text(a|b): one of these; text/R/: R is found in it
///     integer(0..100)                                from, to; either may be missing
///     [KINDS]    a list; [KINDS]!: no item twice
///     {KINDS}    a map with keys of one's own; {name:KINDS}: they look like the name of a service,
///                {lower:KINDS}: lower-case letters; `?` at the end: other keys may be there, unchecked
///     @NAME      what NAME says
///
/// and after `->` how Compose reads it: flag, count (a whole number), natural (not negative), real, duration,
/// size (bytes), mode (octal), devices (a number or `all`), words (a command line). Nothing, none and false
/// say what leaving the key out says, but for rows with `+`.
extern const std::string_view kSchemaRows;

}  // namespace pawl::providers::compose
