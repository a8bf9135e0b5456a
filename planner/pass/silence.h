// Between the end of a service's process and the start of the next one, nobody may listen where its health
// is asked.
#pragma once

#include <vector>

#include "planner/scene/probes.h"

namespace pawl::planner {

/// Puts a wait for that before the one StartProcess in `operations`. Without it a process that is no part of
/// the deployment and listens at the same port would pass for the new instance. One that accepts connections
/// and says nothing counts too, so it is the connection that is tried and not the probe.
///
/// Leaves `operations` alone where a connection would prove nothing: the engine does not start a process
/// itself (a published port of a container is answered by the engine), the probe is no http or tcp probe of
/// this machine, or another service is probed at the same address, so that it may be the one that answers.
Result<void> await_silence(lang::ServiceId service, const Scene& scene, std::vector<Operation>& operations);

}  // namespace pawl::planner
