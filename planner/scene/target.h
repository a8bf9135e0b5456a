// Which version runs, which one is wanted.
#pragma once

#include <string>

#include "planner/scene/input.h"
#include "planner/scene/refusal.h"

namespace pawl::planner {

struct Target {
  std::string from, to;  // as written
  lang::Version from_version, to_version;
  lang::HopClass hop = lang::HopClass::Same;
  std::string source;  // where `to` came from
  bool back = false;   // from the version of an upgrade to the one it started from
};
/// Earlier in the order of the stack's scheme.
bool earlier(const lang::Stack& stack, const lang::Version& a, const lang::Version& b);
/// After `from`, and not after `to`, in the order of the stack's scheme; a version that is not in its list is
/// on no way.
bool is_on_the_way(const lang::Stack& stack, const lang::Version& from, const lang::Version& version,
                   const lang::Version& to);
Pass<Target> choose_target(const CompileInput& input);
/// What the instances of the services that `counts` run, the most frequent one; empty: none tells.
std::string common_version(const CompileInput& input, bool (*counts)(const lang::Service&));
/// Database servers and proxies have versions of their own.
bool has_the_stacks_version(const lang::Service& service);
/// True when `text` names the same version as `version`.
bool is_version(const std::string& text, const lang::Version& version);

/// The version whose schema the data may have by now: `to` when a service that migrates runs it already,
/// because an earlier upgrade did not finish.
const std::string& data_version(const lang::Stack& stack, const Snapshot& snapshot, const Target& target);

/// `text` with the references that planning knows (`version`, `from`, `to`, `class`, `instance`) filled in.
Text filled(const Text& text, const Target& target, int instance = 1);

}  // namespace pawl::planner
