// What Compose refuses although each part of the files is well written by itself.
#pragma once

#include <vector>

#include "providers/compose/project.h"

namespace pawl::providers::compose {

/// Of the whole model, before values are read: what counts for services that are off, too.
Result<void> check_resources(const Node& model);

/// Services that run refer to each other and to what the model defines; no cycle, no contradiction. `model`
/// has its services as they were before they were finished.
Result<void> check_services(const std::vector<ComposeService>& services, const Node& model);

}  // namespace pawl::providers::compose
