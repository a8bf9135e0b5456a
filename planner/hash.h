// SHA-256 (FIPS 180-4) of bytes, as 64 lower-case hex digits.
#pragma once

#include <string>
#include <string_view>

namespace pawl::planner {

std::string sha256(std::string_view bytes);

}  // namespace pawl::planner
