// The written forms of quantities: `1h30m`, `100GB`, `42`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pawl::lang {

/// `500ms 30s 3m 1h30m 14d`: one or more numbers with units, larger units first. Empty when it is not one, or
/// overflows.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// `100GB`, `512MiB`, `10B`: decimal and binary units. Empty when it is not one, or overflows.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// A whole number with an optional sign. Empty when it is not one, or overflows.
std::optional<std::int64_t> parse_integer(std::string_view text);
/// A whole number or one with a fraction: `-1`, `2.5`.
bool is_number(std::string_view text);

}  // namespace pawl::lang
