// What runs: pid files, the processes they name, and the release folders.
#pragma once

#include "providers/local/layout.h"

namespace pawl::providers::local {

/// The instance numbers of a service: those that should be, and further ones that have a pid file.
std::vector<int> instance_numbers(std::string_view engine_name, int expected, const Layout& layout);
int expected_instances(const Service& service);

std::vector<planner::Query> queries(const Layout& layout);
Result<void> read(const Layout& layout, planner::Snapshot& snapshot);

/// Sentences about what is in the run folder that the manifest does not know.
std::vector<std::string> warnings(const Layout& layout);

}  // namespace pawl::providers::local
