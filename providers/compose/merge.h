// How a later file, or the service that extends, changes an earlier one: Compose's rules, on expanded
// services.
#pragma once

#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// `over` laid over `base`: maps member by member, lists appended (an item for the same port, target or name
/// takes the earlier one's place), commands and single values replaced, `!reset` removes, `!override`
/// replaces.
void merge_service(Node& base, const Node& over);

/// Top-level maps such as `volumes` and `networks`: member by member.
void merge_map(Node& base, const Node& over);

/// A complete later file: its services by merge_service, the rest by merge_map.
void merge_documents(Node& base, const Node& over);

}  // namespace pawl::providers::compose
