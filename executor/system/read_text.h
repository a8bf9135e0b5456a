// A whole file as text, with errors that say which file and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lang/result.h"

namespace pawl::executor {

/// Empty when there is no such file. An Error when it is a folder, cannot be read or is larger than
/// `max_bytes`.
lang::Result<std::optional<std::string>> read_text(const std::string& path, std::uint64_t max_bytes);

}  // namespace pawl::executor
