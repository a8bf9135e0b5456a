// Manifests held in memory, for tests.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "lang/load.h"

namespace pawl::lang::test {

class MemoryReader final : public FileReader {
 public:
  explicit MemoryReader(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  Result<std::optional<std::string>> read(std::string_view path, std::size_t) const override {
    const auto at = files_.find(std::string(path));
    if (at == files_.end()) return std::optional<std::string>();
    return std::optional(at->second);
  }

 private:
  std::map<std::string, std::string> files_;
};

inline Loaded load_text(std::string text, std::map<std::string, std::string> variables = {},
                        Unbuilt unbuilt = Unbuilt::Refuse) {
  LoadOptions options;
  options.variables = std::move(variables);
  options.unbuilt = unbuilt;
  return load(MemoryReader({{"stack.pawl", std::move(text)}}), options);
}

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace pawl::lang::test
