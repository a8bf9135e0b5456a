// A service as the manifest renders it for one version: argv, environment, and the fingerprint that tells one
// rendering from another.
//
// A fingerprint reads `VERSION:SHA`. VERSION is the version it was rendered for when argv or `env` mention
// it, else `-`; so the version that a process runs can be read back from its pid file. SHA covers argv, `env`
// and the entries of the env file, with `${instance}` left open, so that all instances of a service share
// one. The pin's own variable does not count: that a new version is written down says nothing about a service
// which does not mention it. Secrets count by their source, never by their value.
#pragma once

#include "providers/local/layout.h"

namespace pawl::providers::local {

/// `text` for one version and instance (0: `${instance}` stays).
Text filled(const Text& text, const Layout& layout, const std::string& version, int instance);

/// What a process of the service needs besides its argv: folder, env file, `env`.
planner::Process surroundings(const Service& service, const Layout& layout, const std::string& version,
                              int instance);
/// The whole process of one instance.
planner::Process process_of(const Service& service, const Layout& layout, const std::string& version,
                            int instance);

/// An Error when the env file cannot be read.
Result<std::string> fingerprint_of(const Service& service, const Layout& layout, const std::string& version);
/// The version a fingerprint tells; empty when it tells none.
std::string version_in(std::string_view fingerprint);

/// argv[0] as the manifest writes it, and the version when only something else tells it: "bin/run (1.5.0)".
std::string program_of(const Service& service, const Layout& layout, const std::string& version);

/// The names set in the env file, sorted.
Result<std::vector<std::string>> env_file_names(const Layout& layout);

}  // namespace pawl::providers::local
