// Manifests held in memory, for tests.
#pragma once

#include <map>
#include <string>

#include "lang/load.h"
#include "tests/support/files.h"
#include "tests/support/memory_reader.h"

namespace pawl::lang::test {

using support::MemoryReader;
using support::read_file;

inline Loaded load_text(std::string text, std::map<std::string, std::string> variables = {},
                        Unbuilt unbuilt = Unbuilt::Refuse) {
  LoadOptions options;
  options.variables = std::move(variables);
  options.unbuilt = unbuilt;
  return load(MemoryReader(std::move(text)), options);
}

}  // namespace pawl::lang::test
