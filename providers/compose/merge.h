// How a later document, or the service that extends, changes an earlier one: the rules of compose-go's
// override/merge.go and override/uncity.go. The earlier one may have long forms already, the later one is as
// it is written.
#pragma once

#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// `over` laid over `base`: maps member by member, lists appended, commands and single values replaced,
/// `!reset` removes, `!override` replaces. An Error when one kind of value would take the place of another.
Result<void> merge_model(Node& base, const Node& over);

/// The same of one service.
Result<void> merge_service(Node& base, const Node& over);

/// Of items that stand for one thing (a variable, a port, a place in the container) the last one remains, in
/// the first one's place.
Result<void> keep_last_of_each(Node& model);

}  // namespace pawl::providers::compose
