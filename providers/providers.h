// Every engine that is compiled in.
#pragma once

#include "planner/engine/provider.h"

namespace pawl::providers {

/// Values that live as long as the program.
planner::Providers all_providers();

}  // namespace pawl::providers
