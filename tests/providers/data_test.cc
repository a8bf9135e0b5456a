// Ledgers, sizes and dumps against real databases: sqlite3 on files, and a PostgreSQL cluster of this test's
// own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "data_support.h"
#include "ledger_shapes.h"
#include "providers/data/ledger.h"
#include "providers/data/sqlite.h"

namespace pawl::providers {
namespace {

using namespace test;
using lang::Database;
using Framework = lang::Ledger::Framework;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void set_ledger(Database& database, Framework framework, std::string table = "", std::string column = "") {
  database.ledger.emplace();
  database.ledger->framework = framework;
  database.ledger->table = std::move(table);
  database.ledger->column = std::move(column);
}

TEST(Ledger, QuotesNamesAsTheyAreWritten) {
  EXPECT_EQ(data::quoted_identifier("plain"), R"("plain")");
  EXPECT_EQ(data::quoted_identifier(R"(a"; DROP TABLE x; --)"), R"("a""; DROP TABLE x; --")");
  EXPECT_EQ(data::quoted_table("app.schema_migrations"), R"("app"."schema_migrations")");
}

TEST(Ledger, NothingIsAskedWithoutALedgerOrOfAnAction) {
  Database database;
  EXPECT_THAT(PostgresProvider().ledger_argv(database), IsEmpty());
  set_ledger(database, Framework::Exec);
  EXPECT_THAT(PostgresProvider().ledger_argv(database), IsEmpty());
  EXPECT_THAT(SqliteProvider().ledger_argv(database), IsEmpty());
}

// ---------------------------------------------------------------- SQLite

class Sqlite : public Folder {
 protected:
  Sqlite() {
    if (run({"sqlite3", "--version"}).exit_code != 0) absent_ = true;
    database_.name = "main";
    database_.engine = Database::Engine::Sqlite;
    database_.path = lang::Text(path("app.db"));
  }
  void SetUp() override {
    if (absent_) GTEST_SKIP() << "sqlite3 is not installed";
  }
  void sql(const std::string& text) { ASSERT_EQ(run({"sqlite3", path("app.db"), text}).exit_code, 0); }
  Ran dump() { return run(shown(provider_.dump_argv(database_))); }
  planner::DatabaseState read() {
    planner::DatabaseState state;
    const planner::Answer size = answer(run(shown(provider_.size_argv(database_))));
    const planner::Answer ledger = answer(run(shown(provider_.ledger_argv(database_))));
    EXPECT_TRUE(provider_.read(database_, &ledger, &size, state));
    return state;
  }

  SqliteProvider provider_;
  Database database_;
  bool absent_ = false;
};

TEST_F(Sqlite, ReadsTheLedgerOfEveryTool) {
  for (const LedgerShape& shape : ledger_shapes()) {
    fs::remove(path("app.db"));
    sql(shape.sqlite + "; " + shape.rows);
    database_.ledger = ledger_of(shape);
    const auto state = read();
    EXPECT_TRUE(state.reachable) << shape.sqlite << state.detail;
    EXPECT_EQ(state.applied, shape.applied) << shape.sqlite;
    EXPECT_GE(state.bytes, 4096u);
    EXPECT_THAT(state.server_version, testing::StartsWith("3."));
  }
}

TEST_F(Sqlite, AMissingLedgerTableMeansThatNothingIsApplied) {
  sql("CREATE TABLE jobs (id)");
  set_ledger(database_, Framework::Table, "schema_migrations", "name");
  EXPECT_TRUE(read().reachable);
  EXPECT_THAT(read().applied, IsEmpty());
}

TEST_F(Sqlite, AColumnThatDoesNotExistIsNoLedger) {
  sql("CREATE TABLE schema_migrations (name); INSERT INTO schema_migrations VALUES ('1')");
  set_ledger(database_, Framework::Table, "schema_migrations", "nmae");
  const auto state = read();
  EXPECT_FALSE(state.reachable);
  EXPECT_THAT(state.detail, HasSubstr("nmae"));
}

TEST_F(Sqlite, AMissingFileIsSaidAndNotMade) {
  set_ledger(database_, Framework::Rails);
  const auto state = read();
  EXPECT_FALSE(state.reachable);
  EXPECT_THAT(state.detail, HasSubstr("unable to open"));
  EXPECT_FALSE(fs::exists(path("app.db")));
}

TEST_F(Sqlite, TheDumpGivesTheSameDatabaseBack) {
  sql("PRAGMA journal_mode=wal; PRAGMA user_version=42; PRAGMA application_id=7; CREATE TABLE jobs (id "
      "INTEGER "
      "PRIMARY KEY, what, data BLOB); CREATE INDEX by_what ON jobs (what); CREATE TABLE plain (x); INSERT "
      "INTO plain "
      "(rowid, x) VALUES (9, 'nine'); CREATE VIEW v AS SELECT what FROM jobs;");
  sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO jobs SELECT "
      "i, "
      "'it''s ' || i || char(10) || 'é', randomblob(50) FROM n");
  const Ran dumped = dump();
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  support::write_file(path("main.sql"), dumped.out);
  const Ran restored =
      run({"sqlite3", "-batch", "-bail", "-cmd", ".read " + path("main.sql"), path("new.db"), "SELECT 1"});
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  for (const char* query :
       {"SELECT * , rowid FROM jobs ORDER BY id", "SELECT rowid, * FROM plain", "SELECT count(*) FROM v",
        "SELECT type, name, sql FROM sqlite_schema ORDER BY name", "PRAGMA user_version",
        "PRAGMA application_id", "PRAGMA journal_mode"}) {
    EXPECT_EQ(run({"sqlite3", path("new.db"), query}).out, run({"sqlite3", path("app.db"), query}).out)
        << query;
  }
}

TEST_F(Sqlite, ADamagedDatabaseIsNotDumped) {
  sql("CREATE TABLE jobs (id, data); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i "
      "< 2000) "
      "INSERT INTO jobs SELECT i, randomblob(100) FROM n");
  std::string bytes = support::read_file(path("app.db"));
  std::fill(bytes.begin() + 20'000, bytes.begin() + 40'000, '\xAA');
  support::write_file(path("app.db"), bytes);
  EXPECT_NE(dump().exit_code, 0);
}

// ---------------------------------------------------------------- PostgreSQL

TEST_F(Postgres, ReadsTheLedgerOfEveryTool) {
  for (const LedgerShape& shape : ledger_shapes()) {
    ASSERT_EQ(psql("DROP DATABASE IF EXISTS app").exit_code, 0);
    ASSERT_EQ(psql("CREATE DATABASE app").exit_code, 0);
    const Ran made = psql(shape.postgres + "; " + shape.rows, "app");
    ASSERT_EQ(made.exit_code, 0) << made.err;
    database_.database = lang::Text("app");
    database_.ledger = ledger_of(shape);
    const auto state = read();
    EXPECT_TRUE(state.reachable) << shape.postgres << state.detail;
    EXPECT_EQ(state.applied, shape.applied) << shape.postgres;
    EXPECT_GT(state.bytes, 1'000'000u);
    EXPECT_THAT(state.server_version, testing::MatchesRegex("[0-9]+[.].*"));
  }
}

TEST(PostgresVersions, AnOlderClientCannotDump) {
  const auto said = [](const std::string& client) {
    planner::Answer size;
    size.ok = true;
    size.output = "1000\n15.8 (Debian 15.8-0)\n" + client + "\n";
    planner::DatabaseState state;
    EXPECT_TRUE(PostgresProvider().read(Database(), nullptr, &size, state));
    EXPECT_TRUE(state.reachable);
    return state.no_dump;
  };
  EXPECT_EQ(said("PostgreSQL 13.4 (Debian 13.4-1) on x86_64"),
            "pg_dump is from PostgreSQL 13.4, and the server is newer: 15.8 (Debian 15.8-0)");
  EXPECT_EQ(said("PostgreSQL 15.2 on x86_64"), "");
  EXPECT_EQ(said("PostgreSQL 17rc1 on x86_64"), "");
  EXPECT_EQ(said(":VERSION"), "") << "nobody knows";
}

TEST_F(Postgres, SaysWhichClientItHas) {
  const Ran size = run(shown(provider_.size_argv(database_)));
  EXPECT_THAT(data::rows_of(size.out), testing::Contains(testing::StartsWith("PostgreSQL ")));
  EXPECT_EQ(read().no_dump, "");
}

/// Seen from the role that the manifest names: what a restore needs is asked before anything is changed.
TEST_F(Postgres, SaysWhatARestoreLacks) {
  const auto sql = [&](const std::string& text) {
    const Ran ran = psql(text);
    ASSERT_EQ(ran.exit_code, 0) << text << ": " << ran.err;
  };
  EXPECT_EQ(read().no_restore, "") << "a superuser may everything";
  sql("CREATE ROLE plain LOGIN; CREATE ROLE other; CREATE TABLE notes (id int); GRANT SELECT ON notes TO "
      "plain");
  database_.user = lang::Text("plain");
  EXPECT_TRUE(read().reachable) << read().detail;
  EXPECT_EQ(
      read().no_restore,
      "role plain may not create databases (ALTER ROLE \"plain\" CREATEDB gives it that); the database "
      "belongs to owner, of which role plain is no member; some of it belongs to owner, of which role plain "
      "is no member");
  sql("ALTER ROLE plain CREATEDB; ALTER DATABASE postgres OWNER TO plain; ALTER TABLE notes OWNER TO other");
  EXPECT_EQ(read().no_restore, "some of it belongs to other, of which role plain is no member");
  sql("GRANT other TO plain");
  EXPECT_EQ(read().no_restore, "");
  sql("CREATE EXTENSION file_fdw; CREATE EXTENSION citext");
  EXPECT_EQ(read().no_restore, "only a superuser can make extension file_fdw");
}

TEST_F(Postgres, TellsAMissingTableFromEverythingElse) {
  set_ledger(database_, Framework::Table, "app.schema_migrations", "name");
  EXPECT_TRUE(read().reachable);
  EXPECT_THAT(read().applied, IsEmpty());
  ASSERT_EQ(psql("CREATE SCHEMA app; CREATE TABLE app.schema_migrations (name TEXT)").exit_code, 0);
  ASSERT_EQ(psql("INSERT INTO app.schema_migrations VALUES ('0001')").exit_code, 0);
  EXPECT_THAT(read().applied, ElementsAre("0001"));
  set_ledger(database_, Framework::Table, "app.schema_migrations", "nmae");
  EXPECT_FALSE(read().reachable);
  EXPECT_THAT(read().detail, HasSubstr("nmae"));
  database_.database = lang::Text("nowhere");
  EXPECT_FALSE(read().reachable);
  EXPECT_THAT(read().detail, HasSubstr("nowhere"));
}

TEST_F(Postgres, TheDumpGivesTheSameRowsBack) {
  ASSERT_EQ(psql("CREATE TABLE jobs AS SELECT n AS id, md5(n::text) AS what, 'it''s'::bytea AS data FROM "
                 "generate_series(1, 2000) n")
                .exit_code,
            0);
  const Ran dumped = run(shown(provider_.dump_argv(database_)));
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  EXPECT_EQ(provider_.dump_file(database_), "main.dump");
  support::write_file(path("main.dump"), dumped.out);
  ASSERT_EQ(psql("CREATE DATABASE restored").exit_code, 0);
  const Ran restored = run(
      {"pg_restore", "-h", folder_, "-U", "owner", "-d", "restored", "--exit-on-error", path("main.dump")});
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  const std::string all = "SELECT count(*), md5(string_agg(j::text, ',' ORDER BY id)) FROM jobs j";
  EXPECT_EQ(psql(all, "restored").out, psql(all).out);
  EXPECT_THAT(psql(all).out, testing::StartsWith("2000|"));
}

TEST_F(Postgres, ThePasswordTravelsInTheEnvironmentOnly) {
  ASSERT_EQ(psql("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'open sesame'").exit_code, 0);
  database_.user = lang::Text("guarded");
  database_.password.pieces = {lang::Secret{"env:DB_PASSWORD"}};
  set_ledger(database_, Framework::Rails);
  EXPECT_FALSE(read().reachable) << "without a password, and nobody is asked for one";
  const auto env = provider_.env(database_);
  ASSERT_EQ(env.size(), 2u);
  EXPECT_EQ(env[1].first, "PGPASSWORD");
  EXPECT_EQ(env[1].second, database_.password);
  EXPECT_TRUE(read({"PGPASSWORD=open sesame"}).reachable);
  for (const auto& argv :
       {provider_.ledger_argv(database_), provider_.size_argv(database_), provider_.dump_argv(database_)}) {
    for (const lang::Text& word : argv) EXPECT_FALSE(word.has_secret());
  }
}

}  // namespace
}  // namespace pawl::providers
