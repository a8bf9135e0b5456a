// Conditions over the facts of a run: `downtime > 0s && class == major`.
#pragma once

#include <optional>

#include "lang/ast.h"
#include "lang/check/scope.h"
#include "lang/stack.h"

namespace pawl::lang {

/// The checked condition; both sides of a comparison have one type. Reports what does not fit.
std::optional<FactCondition> read_condition(Scope& scope, const ast::Expression& value);

}  // namespace pawl::lang
