// SQLite through its own program, sqlite3, of version 3.33 or newer.
#pragma once

#include "planner/provider.h"

namespace pawl::providers {

class SqliteProvider final : public planner::DataProvider {
 public:
  lang::Database::Engine engine() const override { return lang::Database::Engine::Sqlite; }
  std::vector<lang::Text> ledger_argv(const lang::Database& database) const override;
  std::vector<lang::Text> size_argv(const lang::Database& database) const override;
  /// SQL text from one read transaction: other programs go on writing meanwhile, and it is read back by any
  /// version with `sqlite3 NEW < FILE`. A damaged database is a failure, not a shorter dump.
  std::vector<lang::Text> dump_argv(const lang::Database& database) const override;
  std::string dump_file(const lang::Database& database) const override { return database.name + ".sql"; }
  planner::Result<void> read(const lang::Database& database, const planner::Answer* ledger,
                             const planner::Answer* size, planner::DatabaseState& state) const override;
};

}  // namespace pawl::providers
