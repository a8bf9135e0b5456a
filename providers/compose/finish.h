// The last step of reading a service: environments from env files, defaults, one order for what has none.
#pragma once

#include <string>

#include "providers/compose/interpolate.h"
#include "providers/compose/project.h"

namespace pawl::providers::compose {

/// `service` is merged and complete. Reads its env files; takes out what is not part of a container
/// (profiles, scale).
Result<ComposeService> finish_service(const std::string& name, Node service, const Project& project,
                                      Files& files, Scope& scope);

/// Reads the service's env files (seen from `directory`) into its environment, where a name keeps the value
/// that it has; `- NAME` without a value takes the one that `scope` has for it.
Result<void> resolve_environment(Node& service, const std::string& directory, Files& files, Scope& scope);

/// Reads one env file: values in file order, variables in them filled in from `scope` and from earlier lines.
Result<void> read_env_file(const std::string& text, const std::string& path, Scope& scope,
                           std::map<std::string, std::string>& out);

}  // namespace pawl::providers::compose
