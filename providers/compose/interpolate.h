// `$NAME`, `${NAME}` and their defaults, as the Compose specification's interpolation says:
// `${A:-d} ${A-d} ${A:?why} ${A?why} ${A:+x} ${A+x}`, defaults may hold further variables, `$$` is a dollar
// sign, and so is a `$` that begins no variable. What is text in a place of numbers or booleans becomes one.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// What variables mean here, and what was asked of them.
struct Scope {
  std::map<std::string, std::string> variables;
  std::set<std::string> used;
  std::set<std::string> missing;  // not set, and the place that used it had no default
};

/// The text with every variable filled in; one that is not set becomes nothing.
Result<std::string> interpolate(std::string_view text, const Place& place, Scope& scope);

/// Every text below `node`, extensions (`x-`) too; keys stay as they are.
Result<void> interpolate_document(Node& document, Scope& scope);

}  // namespace pawl::providers::compose
