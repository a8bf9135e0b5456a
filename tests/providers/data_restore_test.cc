// Dumps put back into real databases: scratch, load, count, swap; and what is left by a kill in between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data_support.h"
#include "providers/data/sqlite.h"

namespace pawl::providers {
namespace {

using namespace test;
using planner::ServerProgram;
using testing::HasSubstr;

// ---------------------------------------------------------------- PostgreSQL

class PostgresRestore : public Postgres {
 protected:
  void SetUp() override {
    Postgres::SetUp();
    if (!started_) return;
    sql("postgres", "CREATE ROLE app LOGIN", "CREATE ROLE reader",
        "CREATE DATABASE piprio OWNER app TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
        "ALTER DATABASE piprio SET search_path TO app, \"Odd One\", public",
        "ALTER ROLE app IN DATABASE piprio SET app.mode TO 'it''s'",
        "REVOKE CONNECT ON DATABASE piprio FROM PUBLIC", "GRANT CONNECT ON DATABASE piprio TO reader");
    sql("piprio", "CREATE SCHEMA app",
        "CREATE TABLE app.jobs (id serial PRIMARY KEY, parent int REFERENCES app.jobs, what text)",
        "INSERT INTO app.jobs (what) SELECT md5(n::text) FROM generate_series(1, 1000) n",
        "CREATE TABLE public.\"Odd name\" (x int)", "CREATE VIEW app.v AS SELECT what FROM app.jobs",
        "CREATE TABLE public.parts (a int) PARTITION BY RANGE (a)",
        "CREATE TABLE public.part_1 PARTITION OF public.parts FOR VALUES FROM (0) TO (10)",
        "INSERT INTO public.parts VALUES (3)");
    database_.database = lang::Text("piprio");
    save(provider_.dump_argv(database_), "main.dump");
    save(provider_.companions(database_)[0].argv, "main.create");
    scratch_ = *provider_.beside(database_, "new");
    kept_ = *provider_.beside(database_, "old");
  }
  template <class... Queries>
  void sql(const std::string& database, Queries... queries) {
    for (const std::string& query : {std::string(queries)...}) {
      const Ran ran = psql(query, database);
      ASSERT_EQ(ran.exit_code, 0) << query << ": " << ran.err;
    }
  }
  void save(const std::vector<lang::Text>& argv, const std::string& name) {
    const Ran ran = run(shown(argv));
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    support::write_file(path(name), ran.out);
  }
  std::string census(const Database& database) {
    const Ran ran = run(filled(provider_.census_argv(database)));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.out;
  }
  void create() { run_all(provider_.create(database_, scratch_, path("main"))); }
  void load() { run_all(provider_.load(scratch_, path("main.dump"))); }
  void swap() { run_all(provider_.swap(database_, scratch_, kept_, path("main"))); }
  std::string one(const std::string& query, const std::string& database = "piprio") {
    const Ran ran = psql(query, database);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.out;
  }

  Database scratch_, kept_;
};

TEST_F(PostgresRestore, ScratchHoldsWhatTheDumpHoldsAndIsMadeLikeTheOriginal) {
  create();
  load();
  EXPECT_EQ(census(database_), "app.jobs\t1000\npublic.\"Odd name\"\t0\npublic.part_1\t1\n");
  EXPECT_EQ(census(scratch_), census(database_));
  const std::string name = "piprio_new_" + std::string(kStamp);
  const Ran blueprint = run(filled(provider_.companions(scratch_)[0].argv));
  EXPECT_EQ(blueprint.out, support::read_file(path("main.create"))) << "owner, locale, settings and grants";
  EXPECT_THAT(blueprint.out, HasSubstr("search_path TO app, \"Odd One\", public"));
  EXPECT_THAT(blueprint.out, HasSubstr("LC_COLLATE 'C'"));
  EXPECT_EQ(one("SELECT count(*) FROM app.v", name), "1000\n");
}

TEST_F(PostgresRestore, CreatingAndLoadingMayBeRepeatedAfterAKillInTheirMiddle) {
  create();
  create();
  load();
  sql("piprio_new_" + std::string(kStamp), "ALTER TABLE app.jobs DROP CONSTRAINT jobs_parent_fkey",
      "DROP VIEW app.v", "TRUNCATE app.jobs");  // as a load that did not end would have it
  load();
  EXPECT_EQ(census(scratch_), census(database_));
}

TEST_F(PostgresRestore, WhatAbandonedRunsLeftGoesAfterADay) {
  std::string stay;
  for (const char* name : {"Xpiprio_new_20200101-000000", "piprio_new_20200101-00000x",
                           "piprio_new_20991231-235959", "piprio_old_20200101-000000"}) {
    sql("postgres", "CREATE DATABASE \"" + std::string(name) + "\"");
    stay += std::string(name) + "\n";
  }
  sql("postgres", "CREATE DATABASE \"piprio_new_20200101-000000\"");
  create();
  EXPECT_EQ(one("SELECT datname FROM pg_database WHERE datname LIKE '%piprio\\_%' AND datname NOT LIKE '%" +
                    std::string(kStamp) + "' ORDER BY datname COLLATE \"C\"",
                "postgres"),
            stay);
}

TEST_F(PostgresRestore, TheSwapHappensWholeAndOnce) {
  create();
  load();
  sql("piprio", "INSERT INTO app.jobs (what) VALUES ('after the backup')");
  EXPECT_FALSE(holds(provider_.swapped(database_, kept_)));
  for (int times = 0; times < 2; ++times) {
    // The second time as after a kill between the swap and its record: only the program that swaps runs.
    if (times == 0) {
      swap();
    } else {
      const auto steps = provider_.swap(database_, scratch_, kept_, path("main"));
      EXPECT_EQ(run_program(std::get<ServerProgram>(steps.back())).exit_code, 0);
    }
    EXPECT_TRUE(holds(provider_.swapped(database_, kept_)));
    EXPECT_EQ(one("SELECT count(*) FROM app.jobs"), "1000\n");
    EXPECT_EQ(one("SELECT count(*) FROM app.jobs", "piprio_old_" + std::string(kStamp)), "1001\n");
  }
  run_all(provider_.drop(database_, kept_));
  run_all(provider_.drop(database_, kept_));
  EXPECT_EQ(one("SELECT count(*) FROM pg_database WHERE datname LIKE 'piprio%'"), "1\n");
}

TEST_F(PostgresRestore, ADatabaseThatIsGoneComesBack) {
  sql("postgres", "DROP DATABASE piprio");
  create();
  load();
  swap();
  EXPECT_EQ(one("SELECT count(*) FROM app.jobs"), "1000\n");
  EXPECT_EQ(
      one("SELECT rolname FROM pg_database d JOIN pg_roles r ON r.oid = datdba WHERE datname = 'piprio'"),
      "app\n");
}

TEST_F(PostgresRestore, ADumpThatEndedEarlyIsFoundWhenItIsMade) {
  const std::string whole = support::read_file(path("main.dump"));
  const auto check = [&] {
    return run_program(
        std::get<ServerProgram>(provider_.check_dump(path("main.dump"), path("main.rows"))[0]));
  };
  EXPECT_EQ(check().exit_code, 0);
  for (const std::size_t missing : {std::size_t{1}, std::size_t{200}, whole.size() / 2, whole.size()}) {
    support::write_file(path("main.dump"), whole.substr(0, whole.size() - missing));
    EXPECT_NE(check().exit_code, 0) << missing << " bytes are missing";
  }
}

/// What stands in the rows looks like the dump itself.
TEST_F(PostgresRestore, RowsAreCountedInTheDumpWhateverTheyHold) {
  sql("piprio",
      "INSERT INTO app.jobs (what) VALUES (E'a\\nCOPY app.jobs (x) FROM stdin;\\nb'), (E'\\\\.\\n\\\\.'), "
      "('-- whole'), (NULL), ('')",
      "CREATE TABLE app.\"order\" (\"a (b\" int)",
      "INSERT INTO app.\"order\" SELECT 1 FROM generate_series(1, 7)", "CREATE TABLE public.nothing ()",
      "INSERT INTO public.nothing DEFAULT VALUES", "CREATE MATERIALIZED VIEW app.m AS SELECT * FROM app.jobs",
      "CREATE FUNCTION app.f() RETURNS text LANGUAGE sql AS E'SELECT $$\\nCOPY x (y) FROM stdin;\\n$$::text'",
      "SELECT lo_from_bytea(0, 'large')");
  save(provider_.dump_argv(database_), "main.dump");
  run_all(provider_.check_dump(path("main.dump"), path("main.rows")));
  const Ran sorted = run({"sort", path("main.rows")});
  EXPECT_EQ(sorted.out, census(database_));
  EXPECT_THAT(sorted.out, HasSubstr("app.\"order\"\t7\napp.jobs\t1005\n"));
}

TEST_F(PostgresRestore, WithoutAnAwkTheDumpIsReadAllTheSame) {
  fs::create_directories(path("programs"));
  for (const char* name : {"sh", "pg_restore"}) {
    const Ran found = run({"sh", "-c", std::string("command -v ") + name});
    fs::create_symlink(found.out.substr(0, found.out.size() - 1), path("programs/") + name);
  }
  auto program = std::get<ServerProgram>(provider_.check_dump(path("main.dump"), path("main.rows"))[0]);
  const auto check = [&] {
    Words argv = filled(program.argv);
    argv.insert(argv.begin(), {"env", "PATH=" + path("programs")});
    return run({"sh", "-c", "exec \"$@\" < '" + path("main.dump") + "'", "sh", argv[0], argv[1], argv[2],
                argv[3], argv[4]});
  };
  EXPECT_EQ(check().exit_code, 0) << check().err;
  EXPECT_EQ(check().out, "");
  const std::string whole = support::read_file(path("main.dump"));
  support::write_file(path("main.dump"), whole.substr(0, whole.size() / 2));
  EXPECT_NE(check().exit_code, 0);
}

TEST_F(PostgresRestore, ALongNameIsNotCutIntoAnother) {
  database_.database = lang::Text(std::string(60, 'x'));
  const Database fresh = *provider_.beside(database_, "new"), old = *provider_.beside(database_, "old");
  EXPECT_LE(filled(fresh.database.shown()).size(), 63u);
  EXPECT_NE(fresh.database, old.database);
  database_.database = lang::Text();
  EXPECT_FALSE(provider_.beside(database_, "new"));
}

// ---------------------------------------------------------------- SQLite

class SqliteRestore : public Folder {
 protected:
  void SetUp() override {
    if (run({"sqlite3", "--version"}).exit_code != 0) GTEST_SKIP() << "sqlite3 is not installed";
    database_.name = "main";
    database_.engine = Database::Engine::Sqlite;
    database_.path = lang::Text(path("app \"1\".db"));
    sql("PRAGMA journal_mode=wal; CREATE TABLE jobs (id INTEGER PRIMARY KEY, what); CREATE INDEX w ON jobs "
        "(what); "
        "CREATE TABLE pairs (k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE TABLE none (x); "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO jobs "
        "SELECT i, "
        "hex(randomblob(30)) FROM n; INSERT INTO pairs SELECT what, id FROM jobs LIMIT 7777");
    const Ran dumped = run(shown(provider_.dump_argv(database_)));
    ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
    support::write_file(path("main.sql"), dumped.out);
    scratch_ = *provider_.beside(database_, "new");
    fs::create_directories(filled(planner::holding_folder(database_.path.shown())));
  }
  void sql(const std::string& text) { ASSERT_EQ(run({"sqlite3", path("app \"1\".db"), text}).exit_code, 0); }
  std::string census(const Database& database) {
    const Ran ran = run(filled(provider_.census_argv(database)));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.out;
  }

  SqliteProvider provider_;
  Database database_, scratch_;
};

TEST_F(SqliteRestore, CountsRowsOfEveryKindOfTable) {
  EXPECT_EQ(census(database_), "jobs\t20000\nnone\t0\npairs\t7777\n");
  sql("DELETE FROM jobs WHERE id % 3 = 0; DELETE FROM pairs WHERE v > 100");
  EXPECT_EQ(census(database_), "jobs\t13334\nnone\t0\npairs\t100\n");
}

TEST_F(SqliteRestore, ScratchHoldsWhatTheDumpHoldsHoweverOftenItIsLoaded) {
  for (int times = 0; times < 2; ++times) {
    run_all(provider_.load(scratch_, path("main.sql")));
    EXPECT_EQ(census(scratch_), census(database_));
  }
  support::write_file(filled(scratch_.path.shown()), "not a database");
  run_all(provider_.load(scratch_, path("main.sql")));
  EXPECT_EQ(census(scratch_), census(database_)) << "whatever a kill has left there";
}

TEST_F(SqliteRestore, TheDumpSaysItsRowsAndStillLoads) {
  sql("CREATE TABLE 'odd\n-- rows x' (x); INSERT INTO none VALUES ('-- rows none\t7'), ('\n-- rows "
      "none\t8')");
  const Ran dumped = run(shown(provider_.dump_argv(database_)));
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  support::write_file(path("main.sql"), dumped.out);
  const auto count = provider_.check_dump(path("main.sql"), path("main.rows")).back();
  const auto& command = std::get<planner::Command>(std::get<planner::Instruction>(count));
  EXPECT_EQ(command.stdout_file, path("main.rows"));
  const Ran counted = run(filled(command.process.argv));
  EXPECT_EQ(counted.exit_code, 0) << counted.err;
  EXPECT_EQ(counted.out, "jobs\t20000\nnone\t2\nodd -- rows x\t0\npairs\t7777\n");
  run_all(provider_.load(scratch_, path("main.sql")));
  EXPECT_EQ(census(scratch_), census(database_));
}

TEST_F(SqliteRestore, ADumpWithAMistakeDoesNotLoad) {
  std::string text = support::read_file(path("main.sql"));
  support::write_file(path("main.sql"), text.substr(0, text.size() / 2) + "\nno SQL;\n");
  const auto steps = provider_.load(scratch_, path("main.sql"));
  EXPECT_NE(run_program(std::get<ServerProgram>(steps[0])).exit_code, 0);
}

TEST_F(SqliteRestore, InsideAServiceItIsRefusedWithTheReason) {
  database_.service = lang::ServiceId{0};
  const auto refused = provider_.beside(database_, "new");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("inside a service"));
}

}  // namespace
}  // namespace pawl::providers
