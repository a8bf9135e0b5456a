// Env files (`NAME=value` lines) as text: reading values, and setting one in place. Follows what Docker
// Compose reads: `export ` prefixes, single and double quotes (over several lines, too), comments (` #` after
// a value without quotes), CRLF, a byte order mark. What follows a closing quote on its line is read as the
// next entry, as Compose does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/result.h"

namespace pawl::planner {

struct EnvEntry {
  std::string name;
  std::string value;        // quotes removed, escapes of double quotes applied
  bool interpolate = true;  // false in single quotes: `$` means itself
  std::uint32_t line = 1;
  bool bare = false;  // `NAME` without `=`: passes on what the caller has under that name
};

/// The entries that set a variable, in file order (a later one of the same name wins). A line that is not an
/// entry is an Error naming it. In double quotes `\$` is a dollar sign.
lang::Result<std::vector<EnvEntry>> parse_env_file(std::string_view text);

/// All entries, for somebody who fills in variables: bare ones too, and `\$` is `$$` in values that are to be
/// interpolated. A last line `TEXT` without `=` and line break is the value of a variable without a name.
lang::Result<std::vector<EnvEntry>> parse_env_template(std::string_view text);

/// The last value of `name`, or nothing when it is not set or the file does not parse.
std::optional<std::string> env_value(std::string_view text, std::string_view name);

/// The text with `name` set to `value`: the last entry of that name changes, keeping its quotes, its comment
/// and every other byte; when there is none a line is added at the end. A value that cannot be written is an
/// Error.
lang::Result<std::string> set_env_value(std::string_view text, std::string_view name, std::string_view value);

}  // namespace pawl::planner
