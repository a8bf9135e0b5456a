// Bundles as commands name and list them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/workspace.h"

namespace pawl::cli {

/// A bundle as it is in its folder, complete or not.
struct BundleInfo {
  std::string name, version;
  std::string taken_at, drilled_at;  // RFC 3339; empty: unknown, never
  std::uint64_t bytes = 0;
  bool whole = false;
  std::string why;                   // what is wrong with it
  std::string warnings;              // what its dumps had to say
  std::vector<std::string> actions;  // of the manifest, which made parts of it: no drill tries those
};

/// Newest first. `deep` reads every byte.
std::vector<BundleInfo> list_bundles(const lang::Stack& stack, executor::World& world, bool deep);
/// Refuses a damaged bundle before there is a run, having read every byte of it. The plan's first step looks
/// once more, because days may lie between a plan and its resume.
std::optional<Exit> refuse_damaged(const Common& common, const std::string& bundle);
/// The name of a bundle that a person named by its name or its path.
std::string bundle_name(const lang::Stack& stack, std::string text);

}  // namespace pawl::cli
