// Why there is no plan.
#pragma once

#include <string>
#include <vector>

#include "lang/diagnostic.h"
#include "lang/result.h"

namespace pawl::planner {

/// Why there is no plan.
struct Refusal {
  enum class Kind {
    Manifest,  // the manifest asks for what cannot be done (exit 4); see diagnostics
    World,     // unhealthy, policy, downgrade, missing image (exit 3)
  };
  Kind kind = Kind::World;
  std::vector<lang::Error> reasons;  // at least one unless diagnostics has errors
  lang::Diagnostics diagnostics;
};

/// What a pass makes, or why there is no plan.
template <class T>
using Pass = tl::expected<T, Refusal>;

/// A refusal of the world with one reason.
tl::unexpected<Refusal> refuse(std::string what, std::string fix = {});
tl::unexpected<Refusal> refuse(lang::Error error);

}  // namespace pawl::planner
