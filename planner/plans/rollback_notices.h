// What somebody should know before a run is rolled back: what is lost, what another name hides, what nobody
// speaks of.
#pragma once

#include <map>
#include <string>

#include "planner/pass/changes.h"
#include "planner/plans/way_back.h"

namespace pawl::planner {

/// What each service ran in the version that the run started from: image ids, by Service::name. An instance
/// that an earlier upgrade had moved already says nothing of that version.
std::map<std::string, std::string> images_that_ran(const PastRun& past);

void note_way_back(const CompileInput& input, const PastRun& past, const Changes& changes, const WayBack& way,
                   Plan& plan);

}  // namespace pawl::planner
