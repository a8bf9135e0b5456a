// PostgreSQL through its own programs, psql and pg_dump, of any version from 10 on.
#pragma once

#include "planner/provider.h"

namespace pawl::providers {

class PostgresProvider final : public planner::DataProvider {
 public:
  lang::Database::Engine engine() const override { return lang::Database::Engine::Postgres; }
  std::vector<lang::Text> ledger_argv(const lang::Database& database) const override;
  std::vector<lang::Text> size_argv(const lang::Database& database) const override;
  /// The custom format of pg_dump: compressed, one consistent snapshot, restored by pg_restore in parallel.
  std::vector<lang::Text> dump_argv(const lang::Database& database) const override;
  std::vector<std::pair<std::string, lang::Text>> env(const lang::Database& database) const override;
  std::string dump_file(const lang::Database& database) const override { return database.name + ".dump"; }
  planner::Result<void> read(const lang::Database& database, const planner::Answer* ledger,
                             const planner::Answer* size, planner::DatabaseState& state) const override;
};

}  // namespace pawl::providers
