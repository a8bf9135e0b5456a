// `pawl fmt`: one way to write a manifest. Idempotent; keeps every comment and the author's order.
#pragma once

#include <optional>
#include <string>

#include "lang/diagnostic.h"
#include "lang/span.h"

namespace pawl::lang {

/// The formatted text of file `id`, or nothing (with diagnostics) when it does not parse.
std::optional<std::string> format(const Sources& sources, SourceId id, Diagnostics& diagnostics);

}  // namespace pawl::lang
