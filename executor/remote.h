// A process on another host: its argv wrapped in ssh.
#pragma once

#include "executor/context.h"
#include "executor/process.h"

namespace pawl::executor {

/// `word` as a POSIX shell reads it back: quoted only where needed.
std::string shell_quoted(const std::string& word);

/// What runs `process`, here or through `ssh -o BatchMode=yes`. The remote folder is the host's `dir`, with
/// Process::cwd below it. Environment for a remote process travels in its command line: ssh forwards none.
Result<ProcessRequest> request_for(const Context& context, const planner::Process& process);

}  // namespace pawl::executor
