// PostgreSQL through its own programs, psql, pg_dump and pg_restore, of any version from 10 on.
//
// A bundle is loaded into a database of its own, and then two databases change names in one transaction.
#pragma once

#include "planner/engine/data_provider.h"

namespace pawl::providers {

class PostgresProvider final : public planner::DataProvider {
 public:
  lang::Database::Engine engine() const override { return lang::Database::Engine::Postgres; }
  std::vector<lang::Text> ledger_argv(const lang::Database& database) const override;
  std::string no_ledger() const override;
  std::vector<lang::Text> size_argv(const lang::Database& database) const override;
  /// The custom format of pg_dump: compressed, one consistent snapshot, restored by pg_restore in parallel.
  std::vector<lang::Text> dump_argv(const lang::Database& database) const override;
  std::vector<std::pair<std::string, lang::Text>> env(const lang::Database& database) const override;
  std::string dump_file(const lang::Database& database) const override { return database.name + ".dump"; }
  /// Reads the whole dump once, without a database.
  std::vector<planner::DataStep> check_dump(const std::string& path, const std::string& rows) const override;
  std::vector<lang::Text> census_argv(const lang::Database& database) const override;
  /// `.create`, a psql script that makes `:"name"`; `.globals`, one that makes the server's roles and
  /// tablespaces, without passwords: for a new server, no restore of ours runs it.
  std::vector<planner::Companion> companions(const lang::Database& database) const override;
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
  /// As pg_dumpall tells them, with their passwords: only a superuser may read those.
  std::vector<lang::Text> accounts_argv(const lang::Database& database) const override;
  std::vector<planner::DataStep> load_accounts(const lang::Database& database,
                                               const std::string& script) const override;
  std::vector<lang::Text> accounts_census_argv(const lang::Database& database) const override;
  std::vector<lang::Text> clients_argv(const lang::Database& database) const override;
  std::string cannot_start(std::string_view server, std::string_view next) const override;
  std::string in_another_variant() const override;
  planner::Result<void> read(const lang::Database& database, const planner::Answer* ledger,
                             const planner::Answer* size, planner::DatabaseState& state) const override;
};

}  // namespace pawl::providers
