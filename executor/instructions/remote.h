// What the plan says of a process, made into a request: env file, texts filled in, ssh around it for another
// host.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "executor/instructions/context.h"
#include "executor/system/process.h"

namespace pawl::executor {

/// `word` as a POSIX shell reads it back: quoted only where needed.
std::string shell_quoted(const std::string& word);

using Environment = std::vector<std::pair<std::string, std::string>>;

/// The entries of an env file, in file order; none for an empty path. A process's own `env` comes on top.
Result<Environment> env_file_entries(const Context& context, const std::string& path);

/// What runs `process` on Context::host, which may mean through `ssh -o BatchMode=yes`. The remote folder is
/// the host's `dir`, with Process::cwd below it. Environment for a remote process travels in its command
/// line: ssh forwards none.
Result<ProcessRequest> request_for(const Context& context, const planner::Process& process);

}  // namespace pawl::executor
