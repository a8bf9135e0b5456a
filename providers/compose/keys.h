// The keys of a service that the Compose specification knows.
#pragma once

#include <string>
#include <vector>

#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// One warning for each key of `service` that Compose does not know (`x-` extensions are known), with its
/// place and the nearest key that it does.
void warn_of_unknown_keys(const std::string& name, const Node& service, std::vector<std::string>& warnings);

}  // namespace pawl::providers::compose
