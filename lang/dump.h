// `pawl debug ast|stack`: the two values of this folder as indented text, for people who work on pawl.
#pragma once

#include <string>

#include "lang/diagnostic.h"
#include "lang/span.h"
#include "lang/stack.h"

namespace pawl::lang {

/// One line per node: kind, name or value, where it is written. Parse mistakes go to `diagnostics`.
std::string dump_ast(const Sources& sources, SourceId id, Diagnostics& diagnostics);
/// Everything the checked Stack says, defaults filled in, each with its line.
std::string dump_stack(const Stack& stack, const Sources& sources);

}  // namespace pawl::lang
