// Env files: those that variables come from, and those that services name.
#pragma once

#include <map>
#include <string>

#include "providers/compose/files.h"
#include "providers/compose/interpolate.h"

namespace pawl::providers::compose {

using Variables = std::map<std::string, std::string>;

/// One env file. Variables in values, and names without a value, are looked for in `scope`, then in `own`
/// (nullptr: there are none), variables in values then among earlier lines and in `out`.
Result<void> read_env_file(const std::string& text, const std::string& path, Scope& scope, Variables& out,
                           const Variables* own = nullptr);

/// `format: raw`: everything after the first `=` of a line is the value.
Result<void> read_raw_env_file(const std::string& text, const std::string& path, const Scope& scope,
                               Variables& out, const Variables* own = nullptr);

/// Reads the env files of a service (seen from `directory`) into its environment, where a name keeps what it
/// has, and its label files into its labels. `strict`: a file that is named must be there.
Result<void> read_service_files(Node& service, const std::string& directory, bool strict, Files& files,
                                Scope& scope);

}  // namespace pawl::providers::compose
