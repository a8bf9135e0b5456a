// MySQL and MariaDB through their own programs: mysql and mysqldump, or mariadb and mariadb-dump (10.6 or
// newer).
//
// There is no way to rename a database. A bundle is loaded into one of its own; then one RENAME TABLE, which
// is atomic, moves all tables of the old one away and all of the new one in. Triggers cannot move, views,
// routines and events do not: they are made anew after it, from the scratch database and the bundle.
//
// Dumps are consistent for InnoDB tables (--single-transaction); others are dumped as they are at that
// moment.
#pragma once

#include "planner/engine/data_provider.h"

namespace pawl::providers {

class MysqlProvider final : public planner::DataProvider {
 public:
  /// `engine`: Mysql or Mariadb.
  explicit MysqlProvider(lang::Database::Engine engine) : engine_(engine) {}

  lang::Database::Engine engine() const override { return engine_; }
  std::vector<lang::Text> ledger_argv(const lang::Database& database) const override;
  std::string no_ledger() const override;
  std::vector<lang::Text> size_argv(const lang::Database& database) const override;
  /// SQL text: tables, rows, views, triggers and routines.
  std::vector<lang::Text> dump_argv(const lang::Database& database) const override;
  std::vector<std::pair<std::string, lang::Text>> env(const lang::Database& database) const override;
  std::string dump_file(const lang::Database& database) const override { return database.name + ".sql"; }
  /// `.create`, and `.events`: they are loaded last, because an event runs where it is.
  std::vector<planner::Companion> companions(const lang::Database& database) const override;
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
  std::string cannot_start(std::string_view server, std::string_view next) const override;
  planner::Result<void> read(const lang::Database& database, const planner::Answer* ledger,
                             const planner::Answer* size, planner::DatabaseState& state) const override;

 private:
  std::vector<lang::Text> client(const lang::Database& server,
                                 const std::vector<lang::Text>& arguments) const;
  std::vector<lang::Text> query(const lang::Database& database, const std::string& sql) const;
  std::vector<lang::Text> dump(const lang::Database& database,
                               std::initializer_list<std::string_view> what) const;

  lang::Database::Engine engine_;
};

}  // namespace pawl::providers
