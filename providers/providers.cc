#include "providers/providers.h"

#include "providers/compose/compose.h"
#include "providers/data/mysql.h"
#include "providers/data/postgres.h"
#include "providers/data/sqlite.h"
#include "providers/local/local.h"

namespace pawl::providers {

planner::Providers all_providers() {
  static const LocalProvider local;
  static const ComposeProvider compose;
  static const PostgresProvider postgres;
  static const SqliteProvider sqlite;
  static const MysqlProvider mysql(lang::Database::Engine::Mysql);
  static const MysqlProvider mariadb(lang::Database::Engine::Mariadb);
  return {{&local, &compose}, {&postgres, &sqlite, &mysql, &mariadb}};
}

}  // namespace pawl::providers
