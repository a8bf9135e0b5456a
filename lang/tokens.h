// A text as the formatter sees it: tokens with their newlines and comments, in order. Only for texts that
// parse.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pawl::lang {

struct Token {
  enum class Kind { Atom, String, Heredoc, Open, Close, Comma, Equals, Operator, Not, Comment, Newline };
  Kind kind;
  std::string_view text;
  std::size_t partner = 0;  // Open and Close: index of the other one
};

std::vector<Token> tokenise(std::string_view text);

}  // namespace pawl::lang
