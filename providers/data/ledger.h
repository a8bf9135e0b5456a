// The tables in which migration tools write down what they have applied, as one query each. Only what
// succeeded counts: a migration that failed or was rolled back is not applied.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/engine/data_provider.h"

namespace pawl::providers::data {

/// The query that prints one applied migration per row, oldest first, in SQL that PostgreSQL, SQLite and,
/// asked for standard quotes, MySQL read. Empty for no ledger and for `exec(…)`.
std::string ledger_query(const lang::Database& database);

/// `name` as an SQL identifier, exactly as written: `"name"`.
std::string quoted_identifier(std::string_view name);
/// `schema.table` as `"schema"."table"`.
std::string quoted_table(std::string_view table);

/// The non-empty lines.
std::vector<std::string> rows_of(std::string_view output);
/// The first thing a program complained of, for people: its first non-empty line.
std::string first_line(std::string_view text);

/// The number in front of a version: 15 of "15.8 (Debian 15.8-0)"; 0: none.
int major_of(std::string_view version);

/// Reads a ledger answer, and a size answer (bytes, then the server's version), into `state`; nullptr: it was
/// not asked. `no_table` is what an error holds when the ledger's table does not exist yet, which means that
/// nothing is applied. `complaint` takes out of an answer what it says is wrong.
void read_state(const lang::Database& database, const planner::Answer* ledger, const planner::Answer* size,
                std::string_view no_table, std::string (*complaint)(std::string_view error),
                planner::DatabaseState& state);

/// `text` as an SQL string: `'text'`.
std::string quoted_string(std::string_view text);
/// Runs the statements that `query` prints. `client` is a client program that reads statements from stdin, or
/// takes one after `option`. What they cannot do is said on stderr, and is not a failure.
planner::ServerProgram run_what_is_printed(std::string_view option, std::string query,
                                           const std::vector<lang::Text>& client);
/// Of a name that ends in `{run}`, what is in front of it.
std::string without_run(const lang::Text& name);
/// A name that planning knows except for `${run}`, which is written `{run}` here.
std::string name_of(const lang::Text& text);

std::vector<lang::Text> words(std::initializer_list<std::string_view> literals);

}  // namespace pawl::providers::data
