// Calls that are used as values: actions, probes, pins, ledgers.
#pragma once

#include <optional>

#include "lang/ast.h"
#include "lang/check/fields.h"
#include "lang/check/scope.h"
#include "lang/stack.h"

namespace pawl::lang {

/// `within`, `every`, `expect`, `codes`: of a program, they are for one that is asked.
bool is_word_of_a_question(std::string_view argument);

/// The function that `value` calls, if it is a call of one of the family's; otherwise reports it.
const Function* callee(Scope& scope, const ast::Expression& value, std::string_view attribute,
                       std::string_view family_name);

std::optional<Action> read_action(Scope& scope, const ast::Expression& value, std::string_view attribute,
                                  std::string_view family_name = "action");
std::optional<Probe> read_probe(Scope& scope, const ast::Expression& value, std::string_view attribute,
                                std::string_view family_name = "probe");
std::optional<Pin> read_pin(Scope& scope, const ast::Expression& value);
std::optional<Ledger> read_ledger(Scope& scope, const ast::Expression& value);
/// `signal("HUP")` → 1.
std::optional<int> read_signal(Scope& scope, const ast::Expression& value);

/// The attribute `name` of a block as an action or a probe; nothing when it is not written or wrong.
std::optional<Action> action(const Fields& fields, std::string_view name);
std::optional<Probe> probe(const Fields& fields, std::string_view name);

}  // namespace pawl::lang
