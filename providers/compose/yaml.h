// YAML text → Nodes. Anchors, aliases and merge keys are resolved here; duplicate keys, keys that are no
// text, hostile nesting and alias bombs are refused here. Plain scalars are read as both PyYAML
// (docker-compose 1.29) and yaml.v3 (Compose v2) read them; where the two differ, v2 is followed and a
// warning says so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// Bounds on one file, and the depth and number of values of one document.
inline constexpr std::size_t kMaxFileBytes = 4u << 20;
inline constexpr int kMaxDepth = 64;
inline constexpr std::size_t kMaxNodes = 200'000;  // after aliases are expanded
inline constexpr std::size_t kMaxDocuments = 100;

/// The documents of one file, in their order; an empty text has none, an empty document is a Null node.
/// `warnings` collects one sentence for each value that two readers read differently.
Result<std::vector<Node>> parse_yaml(std::string_view text, const std::string& file,
                                     std::vector<std::string>& warnings);

}  // namespace pawl::providers::compose
