// Cases of Compose files with what Docker Compose v2 says to them.
//
// A case is one file of compose_conformance/, in sections that begin with `=== NAME`:
//
//     === docker-compose.yml          a file of the project, and so on; with `(no line break at the end)`
//                                     after the name, so it is
//     === options -f a.yml …          optional: how Compose is called besides (-f, --profile, --env-file)
//     === differs ID                  optional: pawl says something else; docs/providers/compose.md has ID
//     and why
//     === Compose says                the JSON of `config`, with the project's folder as /project
//     === Compose refuses             or the words with which it refuses
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compose_support.h"

namespace pawl::providers::compose::test {

struct Conformance {
  std::string name;  // chapter-what; also the name of the project's folder
  std::map<std::string, std::string> files;
  std::vector<std::string> options;
  std::string differs;  // id
  bool refused = false;
  std::string answer;
  std::string before_answer;  // the text of the case up to it

  std::string chapter() const { return name.substr(0, name.find('-')); }
  ProjectRequest request() const;
  std::string directory() const {
    return options.size() > 1 && options[0] == "-f" ? folder_of(options[1]) : "";
  }
};

std::vector<Conformance> conformance_cases();

/// What pawl makes of the case, in lines "SERVICE JSON"; an Error: it refuses.
Result<std::string> said_by_pawl(const Conformance& one);

/// The JSON that Compose printed, in the same form; `directory` is the project's, seen from the case's
/// folder. What the form leaves out is listed in docs/providers/compose.md, "Compared with Compose".
Result<std::string> said_by_compose(const std::string& json, const std::string& directory);

}  // namespace pawl::providers::compose::test
