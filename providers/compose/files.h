// The files a project is read from, out of the answers so far.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "planner/engine/answers.h"
#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// Paths are relative to the manifest's folder. What is not answered yet reads as missing and is put on the
/// list of wanted queries: a reader that leaves something wanted has to be asked again, whatever it returned.
class Files {
 public:
  explicit Files(const planner::HostAnswers& answers) : answers_(answers) {}

  /// From now on `path` reads as if `name` had been set to `value` in it.
  void set_variable(const std::string& path, std::string name, std::string value);

  /// The text; empty when it is not there and `optional`. An optional file that holds nothing counts as not
  /// there.
  Result<std::optional<std::string>> text(const std::string& path, bool optional);

  /// There is a folder of that name. What cannot be looked at (it lies outside of what may be read) counts as
  /// one.
  bool is_folder(const std::string& path);

  const std::vector<planner::Query>& wanted() const { return wanted_; }

 private:
  const planner::Answer* ask(const planner::Query& query);

  const planner::HostAnswers& answers_;
  std::map<std::string, std::pair<std::string, std::string>> variables_;
  std::vector<planner::Query> wanted_;
};

/// `path` seen from the manifest's folder when it is written relative to `folder`.
std::string join(const std::string& folder, const std::string& path);
/// The folder part; "" for none.
std::string folder_of(const std::string& path);
/// `folder` seen from `from`, both relative to one place; "" when they are the same.
std::string relative_folder(const std::string& folder, const std::string& from);

}  // namespace pawl::providers::compose
