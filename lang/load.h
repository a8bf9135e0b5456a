// Manifest text → checked Stack: reading, includes, parsing, checking, in one call.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/diagnostic.h"
#include "lang/result.h"
#include "lang/span.h"
#include "lang/stack.h"

namespace pawl::lang {

/// Where files come from: the working tree, a git revision, or memory in a test. Paths are relative to the
/// root of the reader (the manifest's folder) and use `/`.
class FileReader {
 public:
  virtual ~FileReader() = default;
  /// The bytes of a file; empty when there is no such file. An Error when it is there but cannot be read
  /// (a folder, no permission, larger than `max_bytes`).
  virtual Result<std::optional<std::string>> read(std::string_view path, std::size_t max_bytes) const = 0;
};

/// Reads below `root`; symbolic links are followed, `..` that leaves the root is refused with an Error.
class DiskReader final : public FileReader {
 public:
  explicit DiskReader(std::string root) : root_(std::move(root)) {}
  Result<std::optional<std::string>> read(std::string_view path, std::size_t max_bytes) const override;

 private:
  std::string root_;
};

/// Bounds on hostile or mistaken input. Beyond them there is one clear diagnostic.
struct Limits {
  std::size_t file_bytes = 16u << 20;   // one file
  std::size_t total_bytes = 64u << 20;  // manifest and includes
  int nesting = 200;                    // brackets within brackets
  int include_depth = 16;
  int files = 256;
};

/// What becomes of words that are checked and have no behaviour yet: whoever acts on a manifest refuses them,
/// whoever only reads it need not mind.
enum class Unbuilt { Refuse, Accept };

struct LoadOptions {
  std::string manifest = "stack.pawl";           // relative to the reader's root
  std::map<std::string, std::string> variables;  // --var and --var-file (already merged, last wins)
  /// PAWL_VAR_name, by name: weaker than `variables`, and a name the manifest does not declare is ignored.
  std::map<std::string, std::string> environment;
  Limits limits;
  Unbuilt unbuilt = Unbuilt::Refuse;
};

struct Loaded {
  Sources sources;
  Diagnostics diagnostics;
  std::optional<Stack> stack;  // set exactly when there is no error
};

/// Reads, parses and checks. All mistakes of all files come back at once; nothing is thrown.
Loaded load(const FileReader& reader, const LoadOptions& options);

/// Secret variables are not part of a Stack; their values, for the executor's resolver, are those of
/// LoadOptions::variables under "var:NAME".

}  // namespace pawl::lang
