// SHA-256 of a file that may be larger than memory.
#pragma once

#include <string>

#include "executor/instructions/context.h"

namespace pawl::executor {

/// As 64 hex digits; syncs the file too, while it is open, when asked to. An Error when it cannot be read, or
/// `context` is stopped.
Result<std::string> digest_of(const Context& context, const std::string& path, bool sync);

}  // namespace pawl::executor
