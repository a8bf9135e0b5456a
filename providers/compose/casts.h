// Text in a place of numbers or booleans, such as what a variable gave, becomes one.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// `path` has the keys that lead to `text`, "[]" for an item of a list. An Error where Compose converts and
/// the text is none.
Result<void> cast(Node& text, const std::vector<std::string_view>& path);

/// The path fits the pattern: parts between dots, `*` stands for any one.
bool matches(const std::vector<std::string_view>& path, std::string_view pattern);

/// "-5" or "+5": a decimal integer; nothing: not one.
std::optional<std::int64_t> integer_of(std::string_view text);
/// "1e3", "0.5".
std::optional<double> real_of(std::string_view text);
/// true, yes, on, y and their opposites, in any case.
std::optional<bool> boolean_of(std::string_view text);

}  // namespace pawl::providers::compose
