// What a plain YAML scalar means.
#pragma once

#include <string>
#include <string_view>

namespace pawl::providers::compose {

struct PlainScalar {
  bool null = false;
  std::string text;     // canonical: decimal numbers, true, false
  std::string differs;  // what docker-compose 1.29 would read instead; empty: the same
};

PlainScalar read_plain(std::string_view text);

}  // namespace pawl::providers::compose
