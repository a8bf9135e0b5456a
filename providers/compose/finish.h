// The last step of reading a service: defaults, one order for what has none, one spelling for what says the
// same.
#pragma once

#include <string>

#include "providers/compose/project.h"

namespace pawl::providers::compose {

/// Of a service whose values are read: what Compose's `config` adds to it. Variables without a value in its
/// environment and the arguments of its build take that of `variables`.
Result<void> complete_service(Node& service, const std::map<std::string, std::string>& variables);

/// Every service that this one needs or shares something with is in its `depends_on`.
void add_implied_dependencies(Node& service);

/// The canonical form of a complete service whose env files are read. Takes out what is not part of a
/// container (profiles, scale).
Result<ComposeService> finish_service(const std::string& name, Node service);

}  // namespace pawl::providers::compose
