// Bytes of a file → text that everything after it may trust: valid UTF-8, no byte order mark, no control
// characters.
#pragma once

#include <optional>
#include <string>

#include "lang/diagnostic.h"
#include "lang/span.h"

namespace pawl::lang {

/// Adds the file, or reports the first byte that is wrong, with its line, and adds nothing.
std::optional<SourceId> add_checked_source(const std::string& name, std::string bytes, Sources& sources,
                                           Diagnostics& diagnostics);

}  // namespace pawl::lang
