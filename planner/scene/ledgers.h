// Questions to databases: what their ledgers say, how large they are.
#pragma once

#include <optional>

#include "planner/scene/probes.h"

namespace pawl::planner {

/// Prints the applied migrations, one per line, in the ledger's order; nothing when the database has no
/// ledger or it cannot be asked from here.
std::optional<Question> ledger_question(const lang::Database& database, const Scene& scene);
/// Prints the size in bytes and the server's version.
std::optional<Question> size_question(const lang::Database& database, const Scene& scene);

}  // namespace pawl::planner
