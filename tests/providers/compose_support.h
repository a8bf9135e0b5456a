// Help for the tests of the compose provider: answers read from a folder, and programs run for comparison.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "planner/engine/provider.h"
#include "providers/compose/project.h"
#include "tests/support/files.h"

namespace pawl::providers::compose::test {

struct Ran {
  int exit_code = -1;
  std::string out, err;
};
/// Runs argv in `folder` with `environment` ("A=b") added; no shell.
Ran run(const std::vector<std::string>& argv, const std::string& folder = ".",
        const std::vector<std::string>& environment = {});

/// Every `from` in `text` becomes `to`.
void replace_all(std::string& text, const std::string& from, const std::string& to);

/// The answer to a ReadFile below `folder`.
planner::Answer answer_file(const planner::ReadFile& query, const std::string& folder);

/// One folder of tests/providers/compose/config. Its `case` file, if any, has lines `files A B`, `profiles
/// P`, `skip 1.29`, `skip v2`.
struct Case {
  std::string name, folder;
  ProjectRequest request;
  std::vector<std::string> skipped;
  bool skips(const std::string& program) const;
  /// -f and --profile, as typed.
  std::vector<std::string> options() const;
};
std::vector<Case> all_cases();
/// How GoogleTest names one.
inline void PrintTo(const Case& one, std::ostream* out) {
  *out << one.name;
}

/// Reads a project from disk, asking until nothing is wanted.
Result<Project> read_from(const std::string& folder, const ProjectRequest& request);

/// The same of files in memory; without files in the request, of "compose.yml".
Result<Project> read_files(const std::map<std::string, std::string>& texts, ProjectRequest request = {});

/// The services that are enabled, as sorted lines "name JSON".
std::string describe(const Project& project);

}  // namespace pawl::providers::compose::test
