#include "lang/check/condition.h"

#include <algorithm>

#include "lang/check/units.h"
#include "lang/check/values.h"

namespace pawl::lang {
namespace {

using Kind = ast::Expression::Kind;
using Operator = FactCondition::Operator;

/// Types that can be compared.
enum class Sort { Elapsed, Version, Class };

struct Fact {
  std::string_view name;
  Sort sort;
};
constexpr Fact kFacts[] = {{"downtime", Sort::Elapsed},
                           {"class", Sort::Class},
                           {"from", Sort::Version},
                           {"to", Sort::Version},
                           {"version", Sort::Version}};
constexpr std::string_view kClasses[] = {"patch", "minor", "major", "calendar"};

const Fact* find_fact(const ast::Expression& value) {
  if (value.kind != Kind::Word) return nullptr;
  const auto* at = std::find_if(std::begin(kFacts), std::end(kFacts),
                                [&](const Fact& one) { return one.name == value.text; });
  return at == std::end(kFacts) ? nullptr : at;
}

Operator operator_of(std::string_view sign) {
  if (sign == "==") return Operator::Equal;
  if (sign == "!=") return Operator::NotEqual;
  if (sign == "<") return Operator::Less;
  if (sign == "<=") return Operator::LessEqual;
  return sign == ">" ? Operator::Greater : Operator::GreaterEqual;
}

std::string example(Sort sort) {
  return sort == Sort::Elapsed   ? "a duration such as 30s"
         : sort == Sort::Version ? "a version such as 1.5.0"
                                 : one_of(kClasses);
}

bool literal_fits(Sort sort, const ast::Expression& value) {
  switch (sort) {
    case Sort::Elapsed:
      return value.kind == Kind::Number && parse_duration(value.text).has_value();
    case Sort::Version:
      return value.kind == Kind::Number && Version::parse(value.text).has_value();
    case Sort::Class:
      return value.kind == Kind::Word &&
             std::find(std::begin(kClasses), std::end(kClasses), value.text) != std::end(kClasses);
  }
  return false;
}

std::optional<FactCondition> read_side(Scope& scope, const ast::Expression& value, Sort sort) {
  const Fact* fact = find_fact(value);
  if (fact ? fact->sort == sort : literal_fits(sort, value)) {
    return FactCondition{fact ? Operator::Fact : Operator::Literal, std::string(value.text), {}, value.span};
  }
  scope.report(DiagnosticKind::WrongType, value.span,
               "this is compared with " + example(sort) + ", and is " + describe(value),
               "compare it with " + example(sort));
  return std::nullopt;
}

std::optional<FactCondition> read_comparison(Scope& scope, const ast::Expression& value) {
  if (value.fields.size() != 2) {
    scope.report(DiagnosticKind::WrongType, value.span, "comparisons cannot be chained",
                 "join two comparisons with `&&`");
    return std::nullopt;
  }
  const ast::Expression &left = value.fields[0].value, &right = value.fields[1].value;
  const Fact* fact = find_fact(left) ? find_fact(left) : find_fact(right);
  if (!fact) {
    std::vector<std::string_view> names;
    for (const Fact& one : kFacts) names.push_back(one.name);
    scope.report(DiagnosticKind::UnknownName, left.span,
                 "`" + std::string(left.text.substr(0, 40)) + "` is not a fact of a run",
                 "compare " + one_of(names), {}, nearest(left.text, names));
    return std::nullopt;
  }
  auto a = read_side(scope, left, fact->sort), b = read_side(scope, right, fact->sort);
  if (!a || !b) return std::nullopt;
  FactCondition out{operator_of(value.text), {}, {}, value.span};
  if (fact->sort == Sort::Class && out.op != Operator::Equal && out.op != Operator::NotEqual) {
    scope.report(DiagnosticKind::WrongType, value.span, "classes have no order",
                 "compare them with `==` or `!=`");
    return std::nullopt;
  }
  out.operands = {std::move(*a), std::move(*b)};
  return out;
}

}  // namespace

std::optional<FactCondition> read_condition(Scope& scope, const ast::Expression& value) {
  if (value.kind == Kind::Compare) return read_comparison(scope, value);
  if (value.kind == Kind::Word && (value.text == "true" || value.text == "false")) {
    return FactCondition{Operator::Literal, std::string(value.text), {}, value.span};
  }
  if (value.kind != Kind::Not && value.kind != Kind::And && value.kind != Kind::Or) {
    scope.report(DiagnosticKind::WrongType, value.span, "`when` takes a condition, not " + describe(value),
                 "write a comparison such as downtime > 0s or class == major");
    return std::nullopt;
  }
  FactCondition out;
  out.op = value.kind == Kind::Not ? Operator::Not : value.kind == Kind::And ? Operator::And : Operator::Or;
  out.span = value.span;
  bool good = true;
  for (const ast::Field& field : value.fields) {
    auto operand = read_condition(scope, field.value);
    if (operand)
      out.operands.push_back(std::move(*operand));
    else
      good = false;
  }
  return good ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace pawl::lang
