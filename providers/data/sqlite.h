// SQLite through its own program, sqlite3, of version 3.37 or newer with the dbstat table (as distributions
// build it).
//
// A bundle is loaded into a file beside the one there is, and then the two change places.
#pragma once

#include "planner/engine/data_provider.h"

namespace pawl::providers {

class SqliteProvider final : public planner::DataProvider {
 public:
  lang::Database::Engine engine() const override { return lang::Database::Engine::Sqlite; }
  std::vector<lang::Text> ledger_argv(const lang::Database& database) const override;
  std::string no_ledger() const override;
  std::vector<lang::Text> size_argv(const lang::Database& database) const override;
  /// SQL text from one read transaction: other programs go on writing meanwhile, and it is read back by any
  /// version with `sqlite3 NEW < FILE`. A damaged database is a failure, not a shorter dump.
  std::vector<lang::Text> dump_argv(const lang::Database& database) const override;
  std::string dump_file(const lang::Database& database) const override { return database.name + ".sql"; }
  std::vector<planner::DataStep> check_dump(const std::string& path, const std::string& rows) const override;
  std::vector<lang::Text> census_argv(const lang::Database& database) const override;
  planner::Result<lang::Database> beside(const lang::Database& database,
                                         std::string_view purpose) const override;
  std::vector<planner::DataStep> create(const lang::Database& database, const lang::Database& scratch,
                                        const std::string& stem) const override;
  std::vector<planner::DataStep> load(const lang::Database& scratch, const std::string& dump) const override;
  std::vector<planner::DataStep> swap(const lang::Database& database, const lang::Database& scratch,
                                      const lang::Database& kept, const std::string& stem) const override;
  planner::DataQuestion swapped(const lang::Database& database, const lang::Database& kept) const override;
  std::vector<planner::DataStep> drop(const lang::Database& database,
                                      const lang::Database& beside) const override;
  planner::Result<void> read(const lang::Database& database, const planner::Answer* ledger,
                             const planner::Answer* size, planner::DatabaseState& state) const override;
};

}  // namespace pawl::providers
