// What the planner and every engine write in the same way.
#pragma once

#include <string>
#include <string_view>

#include "lang/stack.h"
#include "planner/plan/operation.h"
#include "planner/plan/snapshot.h"

namespace pawl::planner {

/// `path` below `dir`, unless it is absolute or `dir` is empty.
std::string join(const std::string& dir, const std::string& path);
/// `text` as an ECMAScript regular expression that matches itself.
std::string regex_escape(std::string_view text);
/// `text` with `${version}` and `${to}` filled in; the other references stay.
Text with_version(const Text& text, const std::string& version);
/// The part of `text` where `pattern` has its one reference; empty when they do not fit.
std::string matched(const Text& pattern, std::string_view text);

/// One operation without a `done_when`, safe to repeat. `timeout` 0: none.
Operation operation(Instruction instruction, Duration timeout = Duration(600'000));

/// The state of that service, of that deployment; added when it is not there yet.
ServiceState& state_of(Snapshot& snapshot, const std::string& service);
EngineState& engine_of(Snapshot& snapshot, const std::string& deployment);

}  // namespace pawl::planner
