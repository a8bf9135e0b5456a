// When pawl is killed, the commands it runs go on. A resume must not do an operation again, nor ask whether
// it happened, while the first attempt is still at work. So each command carries a mark in its environment,
// and a resume looks for it.
#pragma once

#include <optional>
#include <string>

#include "executor/instructions/context.h"
#include "executor/system/process.h"

namespace pawl::executor {

/// Marks a process, and all it starts, as belonging to the operation of `context`.
void mark(const Context& context, ProcessRequest& request);
/// Waits, until the context's deadline, for processes of that operation to end. Says why they have not, if
/// so.
std::optional<std::string> await_leftovers(const Context& context);

}  // namespace pawl::executor
