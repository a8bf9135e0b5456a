// What a run did to the schemas, according to their ledgers.
#pragma once

#include <string>
#include <vector>

#include "cli/workspace.h"
#include "planner/plan/plan.h"

namespace pawl::cli {

/// One database whose ledger was known when the plan was made and can be read now.
struct LedgerNews {
  std::string database;
  std::vector<std::string> added, gone;  // entries, in the ledger's order
};

/// Asks the ledgers of an upgrade, a rollback or a restore once more; empty for other plans. What cannot be
/// asked now is left out: whatever is wrong, the run has said so.
std::vector<LedgerNews> ledger_news(const Workspace& workspace, executor::World& world,
                                    const planner::Plan& plan);

/// "2 migrations of main were applied: 0003_priority, 0004_results", one per line; "The schema of main has
/// not moved" too, when `all` is set.
std::string render(const std::vector<LedgerNews>& news, bool all);

/// One line for each database: `{"run":7,"kind":"ledger","database":"main","applied":[…],"taken_back":[…]}`.
std::string json_lines(const std::vector<LedgerNews>& news, executor::RunId run);

}  // namespace pawl::cli
