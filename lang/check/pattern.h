// Regular expressions of `log(…)`: checked when the manifest is, so that none fails in the middle of an
// upgrade.
#pragma once

#include <string>
#include <string_view>

#include "lang/check/fields.h"

namespace pawl::lang {

/// Reports `pattern`, the value of attribute `name`, when it is not an ECMAScript regular expression or is
/// too long.
void check_pattern(const Fields& fields, std::string_view name, const std::string& pattern);

}  // namespace pawl::lang
