// For engines that start processes themselves: between the end of a service's process and the start of the
// next one, nobody may listen where its health is asked. Otherwise a process that is not part of the
// deployment and listens on the same port would pass for the new instance.
#pragma once

#include <optional>

#include "planner/engine/provider.h"

namespace pawl::planner {

/// Waits until connections to the address of the service's health are refused. One that accepts connections
/// and says nothing counts as somebody, so it is the connection that is tried and not the probe. `started`:
/// holds when the new process runs already, because pawl was killed after it had started it; then it is the
/// one that answers.
///
/// Nothing where a connection would prove nothing: the probe is not an http or tcp probe of this machine, or
/// another service is probed at the same address, so that it may be the one that answers.
std::optional<Operation> await_silence(lang::ServiceId service, const lang::Stack& stack, Condition started);

}  // namespace pawl::planner
