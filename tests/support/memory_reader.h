// Files held in memory, for whatever reads through lang::FileReader.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lang/load.h"

namespace pawl::support {

class MemoryReader final : public lang::FileReader {
 public:
  MemoryReader() = default;
  explicit MemoryReader(std::map<std::string, std::string> by_path) : files(std::move(by_path)) {}
  /// One file, the manifest.
  explicit MemoryReader(std::string manifest) : files{{"stack.pawl", std::move(manifest)}} {}

  lang::Result<std::optional<std::string>> read(std::string_view path, std::size_t) const override {
    const auto found = files.find(std::string(path));
    if (found == files.end()) return std::optional<std::string>();
    return std::optional(found->second);
  }

  std::map<std::string, std::string> files;
};

}  // namespace pawl::support
