// One plain scalar of a YAML file as text: reading it, and changing it in place with every other byte kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/result.h"

namespace pawl::executor {

/// The scalar at a path of keys (numbers index sequences). An Error when there is none.
lang::Result<std::string> yaml_value(const std::string& text, const std::vector<std::string>& path);

/// The text with that scalar set to `value`, in its own quotes. What an alias stands for is changed where it
/// is written, and so everywhere: who asks for the edit knows that. Refused, with the reason: a block (`|`,
/// `>`) or multi-line scalar, a key that appears twice, and any edit after which more or less than this node
/// reads differently.
lang::Result<std::string> set_yaml_value(const std::string& text, const std::vector<std::string>& path,
                                         const std::string& value);

}  // namespace pawl::executor
