// One value of the syntax tree → one typed value. Each reader reports what does not fit (wrong type, out of
// range, unknown word or name) and returns nothing then. `row` gives the name for messages, the bounds and
// the words.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lang/ast.h"
#include "lang/check/scope.h"
#include "lang/schema.h"
#include "lang/stack.h"

namespace pawl::lang {

std::optional<bool> read_flag(Scope& scope, const ast::Expression& value, const Row& row);
std::optional<int> read_number(Scope& scope, const ast::Expression& value, const Row& row);
std::optional<Duration> read_duration(Scope& scope, const ast::Expression& value, const Row& row);
std::optional<std::uint64_t> read_size(Scope& scope, const ast::Expression& value, const Row& row);
/// Index of the word in row.words.
std::optional<std::size_t> read_word(Scope& scope, const ast::Expression& value, const Row& row);
std::optional<Version> read_version(Scope& scope, const ast::Expression& value, const Row& row);
std::optional<VersionRange> read_range(Scope& scope, const ast::Expression& value, const Row& row);
/// A string that is known now: no references but plain variables, no secrets.
std::optional<std::string> read_name(Scope& scope, const ast::Expression& value, const Row& row);
std::optional<Text> read_text(Scope& scope, const ast::Expression& value, const Row& row);
std::optional<Referent> read_reference(Scope& scope, const ast::Expression& value, const Row& row);
/// `{ name = text, … }` in the order written.
std::vector<std::pair<std::string, Text>> read_table(Scope& scope, const ast::Expression& value,
                                                     const Row& row);

/// `{ 0 = done, 77 = again, 3 = failed }`, in the order of the codes.
std::vector<std::pair<int, CodeMeaning>> read_codes(Scope& scope, const ast::Expression& value,
                                                    const Row& row);

/// The elements of a list, or the value alone where a list of one is meant.
std::vector<const ast::Expression*> elements(const ast::Expression& value);

/// The text of a value of a variable (default, one_of): any plain literal, as written; nothing when it is not
/// plain.
std::optional<std::string> plain_literal(Scope& scope, const ast::Expression& value);

/// Does `text` fit a variable of this type?
bool fits(Variable::Type type, std::string_view text);

/// "a duration": what a row wants; "`api`, `worker` or …" for words.
std::string wanted(const Row& row);
void report_wrong_type(Scope& scope, const ast::Expression& value, const Row& row);

}  // namespace pawl::lang
