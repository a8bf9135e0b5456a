// JSON text, written straight into one string: a plan of 10,000 steps is never held a second time as a tree.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

namespace pawl::planner {

/// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, so that what is written can be
/// read.
void append_json_string(std::string& out, std::string_view text);

template <class Integer>
void append_json_number(std::string& out, Integer number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

}  // namespace pawl::planner
