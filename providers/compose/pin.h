// Where the version of a deployment is written down: what can be moved there and what cannot.
#pragma once

#include <map>
#include <string>

#include "providers/compose/deployment.h"

namespace pawl::providers::compose {

/// What the pin says, and whether that is a default of the files because its variable is not set.
void note_pin(const Deployment& deployment, planner::EngineState& state);

/// Refuses a pin that holds more than a version: a whole image name.
Result<void> check_pin(const Deployment& deployment, const std::map<std::string, ImagePattern>& patterns);

/// The edits that move the pin. Refuses what could not be carried out, or would have no effect: an image that
/// is not written in the file of the pin, that is shared with a service that does not move, that has
/// variables or a digest.
Result<planner::Lowered> write_pin(const Deployment& deployment, const planner::WritePin& action,
                                   const planner::Snapshot& snapshot);

}  // namespace pawl::providers::compose
