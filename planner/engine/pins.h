// Where a version is written down, for the providers that know such a place: what to ask, what the answer
// says, what to edit. A pin is a fact of the world even where the same file is configuration that is read
// from a revision, so its questions are its own.
//
// `from` is the value that PinState holds, empty when nothing is set.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/engine/provider.h"

namespace pawl::planner::pins {

/// Of `env(file, NAME)` and `symlink(link, "releases/${version}")`. A block without a pin, or with one of
/// another kind, has no question and an empty state, and its edit is an Error.
std::optional<Query> question(const lang::Deployment& block);
PinState state(const lang::Deployment& block, const HostAnswers& answers);
Result<Lowered> edit(const lang::Deployment& block, const std::string& from, const std::string& to);

}  // namespace pawl::planner::pins
