// Another reading of the same Compose files: what an installed Compose says (`… config`) against what pawl
// reads. No engine is asked, so it works where none runs.
#pragma once

#include <string>
#include <vector>

#include "providers/compose/engine.h"
#include "providers/compose/project.h"

namespace pawl::providers::compose {

/// The question for its reading of the project, every option written out.
planner::Query reading_query(const Engine& engine);

/// `config` doubles each dollar sign, so that what it prints can be read again.
void halve_dollars(Node& node);

/// What the program says to reading_query, as far as it is compared. `profiles` are those that are on: 1.29
/// prints services with theirs. An Error when it is nothing that could be compared.
Result<Project> other_reading(Form form, const std::string& answer, const std::vector<std::string>& profiles);

/// Folders that the relative paths of `project` may be seen from, absolute.
using Roots = std::vector<std::string>;
/// One sentence for each difference, as "service api: pawl reads image a:1, docker compose says a:2". Values
/// of variables are not told: they may be secrets.
std::vector<std::string> differences(const Project& own, const Project& other, const std::string& program,
                                     const Roots& roots);

}  // namespace pawl::providers::compose
