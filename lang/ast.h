// The syntax tree: what was written, before anything is known about its meaning. Text is a view into the
// Sources; strings are still quoted (strings.h decodes them).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lang/span.h"

namespace pawl::lang::ast {

struct Word {
  std::string_view text;
  Span span;
};

struct Field;

/// One value. Chains of `&&` and `||` are flat, so the depth of a tree is that of its brackets.
struct Expression {
  enum class Kind { String, Number, Word, Call, List, Object, Not, And, Or, Compare };
  Kind kind = Kind::Word;
  Span span;
  std::string_view
      text;  // String and Number as written; the path of a Word; the name of a Call; the sign of a Compare
  std::vector<Field> fields;  // arguments, elements, entries or operands
};

/// An argument, element, entry or operand. `key` is what is written before its `=`; empty without one.
struct Field {
  Word key;
  Expression value;
};

/// `keyword [label] [= value | { items }]`: a block, an attribute, or a line such as `remove NAME`.
struct Item {
  Word keyword;
  std::optional<Expression> label;
  std::optional<Expression> value;
  bool has_body = false;
  bool damaged = false;  // part of it did not parse and has been reported: what it lacks is not a mistake
  std::vector<Item> body;
  Span span;
};

}  // namespace pawl::lang::ast
