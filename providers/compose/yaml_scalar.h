// What a plain YAML scalar means.
#pragma once

#include <string>
#include <string_view>

#include "providers/compose/node.h"

namespace pawl::providers::compose {

struct PlainScalar {
  bool null = false;
  Node::Type type = Node::Type::Text;
  std::string text;     // canonical: decimal numbers, true, false
  std::string differs;  // what docker-compose 1.29 would read instead; empty: the same
};

PlainScalar read_plain(std::string_view text);

/// The text of a number as Compose v2 writes it into an environment: 1e+06, 0.5, +Inf.
std::string number_text(double value);

}  // namespace pawl::providers::compose
