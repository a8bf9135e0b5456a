// Git, for two things: reading files of a revision without a checkout, and saying which commit a plan came
// from. The only place that knows libgit2; without a repository everything works, and plans say so.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lang/load.h"
#include "lang/result.h"

namespace pawl::cli {

/// Reads below the current folder as it stood at a revision.
class RevisionReader : public lang::FileReader {
 public:
  /// Full hash of the commit.
  virtual const std::string& commit() const = 0;
};

/// `revision` is anything git understands: a branch, a tag, HEAD~2, a hash. Errors: not in a repository,
/// unknown revision, a repository whose owner git does not trust.
lang::Result<std::unique_ptr<RevisionReader>> open_revision(const std::string& revision);

struct WorkingTree {
  std::string commit;  // HEAD; empty before the first commit
  bool clean = true;   // none of the files differs from HEAD; ignored files do not count
};
/// Empty when the current folder is in no repository. `files` are relative to it.
lang::Result<std::optional<WorkingTree>> inspect_working_tree(const std::vector<std::string>& files);

}  // namespace pawl::cli
