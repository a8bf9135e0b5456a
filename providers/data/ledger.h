// The tables in which migration tools write down what they have applied, as one query each. Only what
// succeeded counts: a migration that failed or was rolled back is not applied.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/provider.h"

namespace pawl::providers::data {

/// The query that prints one applied migration a row, oldest first, in SQL that PostgreSQL and SQLite both
/// read. Empty for no ledger and for `exec(…)`.
std::string ledger_query(const lang::Database& database);

/// `name` as an SQL identifier, exactly as written: `"name"`.
std::string quoted_identifier(std::string_view name);
/// `schema.table` as `"schema"."table"`.
std::string quoted_table(std::string_view table);

/// The non-empty lines.
std::vector<std::string> rows_of(std::string_view output);
/// The first thing a program complained of, for people: its first non-empty line.
std::string first_line(std::string_view text);

/// Reads a size answer (bytes, then the server's version) into `state`. False, with the reason in `state`,
/// when there is none.
bool read_size(const planner::Answer& size, planner::DatabaseState& state);

/// `text` as an SQL string: `'text'`.
std::string quoted_string(std::string_view text);
/// A name that planning knows but for `${run}`, which reads `{run}` here.
std::string name_of(const lang::Text& text);

std::vector<lang::Text> words(std::initializer_list<std::string_view> literals);

}  // namespace pawl::providers::data
