// MariaDB: ledger, dump, and a restore that moves tables while everything else is made anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>

#include <csignal>
#include <fstream>

#include "data_support.h"
#include "ledger_shapes.h"
#include "providers/data/mysql.h"

namespace pawl::providers {
namespace {

using namespace test;
using planner::ServerProgram;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kSchema = R"sql(
CREATE DATABASE piprio CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE piprio;
CREATE TABLE parents (id INT PRIMARY KEY AUTO_INCREMENT, what VARCHAR(100));
CREATE TABLE jobs (id INT PRIMARY KEY AUTO_INCREMENT, parent INT, what VARCHAR(100),
                   FOREIGN KEY (parent) REFERENCES parents(id));
CREATE TABLE `odd ``name'x` (x INT);
CREATE TABLE log (what TEXT);
INSERT INTO parents (what) SELECT CONCAT('p', seq) FROM seq_1_to_100;
INSERT INTO jobs (parent, what) SELECT 1 + seq % 100, MD5(seq) FROM seq_1_to_2000;
CREATE VIEW on_jobs AS SELECT what, COUNT(*) AS n FROM jobs GROUP BY what;
CREATE VIEW a_view AS SELECT * FROM on_jobs WHERE n > 0;
CREATE TRIGGER noted AFTER INSERT ON jobs FOR EACH ROW INSERT INTO log VALUES (NEW.id);
CREATE PROCEDURE counted() SELECT COUNT(*) FROM jobs;
CREATE FUNCTION seven() RETURNS INT DETERMINISTIC RETURN 7;
CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO DELETE FROM log;
CREATE TABLE schema_migrations (version VARCHAR(50));
INSERT INTO schema_migrations VALUES ('0002'), ('0001'))sql";

class Mariadb : public Folder {
 protected:
  void SetUp() override {
    if (run({"mariadbd", "--version"}).exit_code != 0) GTEST_SKIP() << "mariadb-server is not installed";
    if (geteuid() == 0) {
      ASSERT_EQ(run({"chown", "mysql:", folder_}).exit_code, 0);
    }
    const Ran made = as_server({"mariadb-install-db", "--no-defaults", "--datadir=" + path("db"),
                                "--auth-root-authentication-method=normal", "--skip-test-db"});
    ASSERT_EQ(made.exit_code, 0) << made.out << made.err;
    const std::string background = "mariadbd --no-defaults --datadir=" + path("db") +
                                   " --socket=" + path("sock") + " --pid-file=" + path("pid") +
                                   " --skip-networking --innodb-buffer-pool-size=16M > " + path("log") +
                                   " 2>&1 &";
    ASSERT_EQ(as_server({"sh", "-c", background}).exit_code, 0);
    started_ = true;
    database_.name = "main";
    database_.engine = Database::Engine::Mariadb;
    database_.host = lang::Text(path("sock"));
    database_.user = lang::Text("root");
    database_.database = lang::Text("piprio");
    for (int tries = 0; tries < 600 && !answers(); ++tries) usleep(100'000);
    ASSERT_TRUE(answers()) << support::read_file(path("log"));
  }
  void TearDown() override {
    int pid = 0;
    if (started_ && std::ifstream(path("pid")) >> pid) {
      kill(pid, SIGTERM);
      for (int tries = 0; tries < 300 && kill(pid, 0) == 0; ++tries) usleep(100'000);
    }
  }

  /// A server removes the temporary files that others left in its folder for them, so each has its own.
  Ran as_server(Words argv) const {
    const Words own_files{"env", "TMPDIR=" + folder_};
    argv.insert(argv.begin(), own_files.begin(), own_files.end());
    const Words other{"setpriv", "--reuid=mysql", "--regid=mysql", "--init-groups"};
    if (geteuid() == 0) argv.insert(argv.begin(), other.begin(), other.end());
    return run(argv, folder_);
  }
  Ran sql(const std::string& text, const std::string& database = "") {
    Words argv{"mariadb", "--no-defaults", "-N", "-B", "-S", path("sock"), "-u", "root", "-e", text};
    if (!database.empty()) argv.push_back(database);
    return run(argv);
  }
  bool answers() { return sql("SELECT 1").exit_code == 0; }
  std::string one(const std::string& text, const std::string& database = "piprio") {
    const Ran ran = sql(text, database);
    EXPECT_EQ(ran.exit_code, 0) << text << ": " << ran.err;
    return ran.out;
  }
  planner::DatabaseState state() {
    planner::DatabaseState out;
    const planner::Answer size = answer(run(shown(provider_.size_argv(database_))));
    std::optional<planner::Answer> ledger;
    if (database_.ledger) ledger = answer(run(shown(provider_.ledger_argv(database_))));
    EXPECT_TRUE(provider_.read(database_, ledger ? &*ledger : nullptr, &size, out));
    return out;
  }
  std::string census(const Database& database) {
    const Ran ran = run(filled(provider_.census_argv(database)));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.out;
  }

  /// The schema, and a bundle of it.
  void take_bundle() {
    const Ran made = sql(kSchema);
    ASSERT_EQ(made.exit_code, 0) << made.err;
    save(provider_.dump_argv(database_), "main.sql");
    for (const planner::Companion& each : provider_.companions(database_))
      save(each.argv, "main" + each.suffix);
    scratch_ = *provider_.beside(database_, "new");
    kept_ = *provider_.beside(database_, "old");
  }
  void save(const std::vector<lang::Text>& argv, const std::string& name) {
    const Ran ran = run(shown(argv));
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    support::write_file(path(name), ran.out);
  }
  void create_and_load() {
    run_all(provider_.create(database_, scratch_, path("main")), folder_);
    run_all(provider_.load(scratch_, path("main.sql")), folder_);
  }
  std::vector<planner::DataStep> swap() { return provider_.swap(database_, scratch_, kept_, path("main")); }

  /// Tables, and everything that stands on them.
  void expect_restored() {
    EXPECT_EQ(one("SELECT COUNT(*) FROM jobs"), "2000\n");
    EXPECT_EQ(one("SELECT COUNT(*) FROM a_view"), "2000\n");
    EXPECT_EQ(one("CALL counted()"), "2000\n");
    EXPECT_EQ(one("SELECT seven()"), "7\n");
    EXPECT_EQ(one("SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'piprio'"),
              "noted\n");
    EXPECT_EQ(one("SELECT event_name, status FROM information_schema.events WHERE event_schema = 'piprio'"),
              "tidy\tENABLED\n");
    EXPECT_EQ(one("SELECT unique_constraint_schema, referenced_table_name FROM "
                  "information_schema.referential_constraints WHERE constraint_schema = 'piprio'"),
              "piprio\tparents\n");
    EXPECT_TRUE(holds(provider_.swapped(database_, kept_)));
  }
  /// As a new version would leave it.
  void migrate() {
    const Ran ran =
        sql("INSERT INTO jobs (parent, what) VALUES (1, 'later'); ALTER TABLE jobs ADD COLUMN priority INT; "
            "DROP VIEW "
            "a_view; CREATE VIEW newer AS SELECT priority FROM jobs; DROP FUNCTION seven; CREATE TABLE "
            "regions (x INT); "
            "CREATE EVENT newer ON SCHEDULE EVERY 1 DAY DO DELETE FROM log",
            "piprio");
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
  }

  MysqlProvider provider_{Database::Engine::Mariadb};
  Database database_, scratch_, kept_;
  bool started_ = false;
};

TEST_F(Mariadb, ReadsTheLedgerOfEveryTool) {
  for (const LedgerShape& shape : ledger_shapes()) {
    const Ran fresh = sql("DROP DATABASE IF EXISTS piprio; CREATE DATABASE piprio");
    ASSERT_EQ(fresh.exit_code, 0) << fresh.err;
    const Ran made = sql(shape.mysql + "; " + shape.rows, "piprio");
    ASSERT_EQ(made.exit_code, 0) << made.err;
    database_.ledger = ledger_of(shape);
    const auto now = state();
    EXPECT_TRUE(now.reachable) << shape.mysql << now.detail;
    EXPECT_EQ(now.applied, shape.applied) << shape.mysql;
  }
}

TEST_F(Mariadb, ReadsLedgerAndSize) {
  ASSERT_EQ(sql(kSchema).exit_code, 0);
  database_.ledger.emplace();
  database_.ledger->framework = lang::Ledger::Framework::Rails;
  EXPECT_THAT(state().applied, ElementsAre("0001", "0002"));
  EXPECT_GT(state().bytes, 16'384u);
  EXPECT_THAT(state().server_version, HasSubstr("MariaDB"));
  database_.ledger->framework = lang::Ledger::Framework::Alembic;
  EXPECT_TRUE(state().reachable) << "no migration has run yet";
  EXPECT_THAT(state().applied, IsEmpty());
  database_.database = lang::Text("nowhere");
  EXPECT_FALSE(state().reachable);
}

TEST_F(Mariadb, SaysWhatARestoreLacks) {
  ASSERT_EQ(sql(kSchema).exit_code, 0);
  EXPECT_EQ(state().no_restore, "") << "root may everything";
  one("CREATE USER plain; GRANT ALL ON piprio.* TO plain");
  database_.user = lang::Text("plain");
  EXPECT_TRUE(state().reachable) << state().detail;
  EXPECT_EQ(state().no_restore,
            "user plain@% may not create and drop databases named like piprio_new_20260101-000000");
  one("GRANT CREATE ON *.* TO plain");
  EXPECT_THAT(state().no_restore, HasSubstr("create and drop"));
  one("GRANT ALL ON `piprio\\_%`.* TO plain");
  EXPECT_EQ(state().no_restore, "");
  one("REVOKE ALL ON `piprio\\_%`.* FROM plain; REVOKE CREATE ON *.* FROM plain; CREATE ROLE keeper; "
      "GRANT keeper TO plain; SET DEFAULT ROLE keeper FOR plain");
  EXPECT_EQ(state().no_restore, "") << "what a role may is not looked up";
}

TEST_F(Mariadb, ItsProgramsAreTheRightOnesAndThoseOfMysqlAreNot) {
  ASSERT_EQ(sql(kSchema).exit_code, 0);
  EXPECT_EQ(state().no_dump, "");
  const MysqlProvider mysql(Database::Engine::Mysql);
  const Ran ran = run(shown(mysql.size_argv(database_)));
  if (ran.exit_code != 0) GTEST_SKIP() << "there is no program called mysql: " << ran.err;
  const planner::Answer size = answer(ran);
  planner::DatabaseState called_mysql;
  EXPECT_TRUE(mysql.read(database_, nullptr, &size, called_mysql));
  EXPECT_THAT(called_mysql.no_dump,
              testing::MatchesRegex("the server is 1.*MariaDB.*, which the manifest calls mysql"));
}

TEST(MysqlVersions, OfTheWrongProductOrTooOldIsSaid) {
  const auto said = [](const std::string& server, const std::string& dump, Database::Engine engine) {
    planner::DatabaseState out;
    const planner::Answer size{true, 0, "16384\n" + server + "\n" + dump + "\n", ""};
    EXPECT_TRUE(MysqlProvider(engine).read(Database(), nullptr, &size, out));
    EXPECT_TRUE(out.reachable);
    EXPECT_EQ(out.server_version, server);
    return out.no_dump;
  };
  constexpr auto kMysql = Database::Engine::Mysql;
  EXPECT_EQ(
      said("8.0.36", "mysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)", kMysql), "");
  EXPECT_EQ(said("8.0.36", "mysqldump  Ver 8.4.0 for Linux on x86_64 (MySQL Community Server - GPL)", kMysql),
            "");
  EXPECT_EQ(said("8.0.36", "", kMysql), "") << "nobody knows";
  EXPECT_EQ(said("9.1.0", "mysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)", kMysql),
            "mysqldump is from MySQL 8.0.36, and the server is newer: 9.1.0");
  for (const char* dump : {"mysqldump  Ver 10.19 Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)",
                           "mysqldump from 11.4.2-MariaDB, client 10.19 for debian-linux-gnu (x86_64)"})
    EXPECT_EQ(said("8.0.36", dump, kMysql), "mysqldump is MariaDB's, and the server is MySQL 8.0.36");
  EXPECT_EQ(said("8.0.36", "", Database::Engine::Mariadb),
            "the server is MySQL 8.0.36, which the manifest calls mariadb");
}

TEST_F(Mariadb, ThePasswordTravelsInTheEnvironmentOnly) {
  database_.password.pieces = {lang::Secret{"env:DB_PASSWORD"}};
  const auto env = provider_.env(database_);
  ASSERT_EQ(env.size(), 1u);
  EXPECT_EQ(env[0].first, "MYSQL_PWD");
  for (const auto& argv : {provider_.size_argv(database_), provider_.dump_argv(database_)}) {
    for (const std::string& word : shown(argv)) EXPECT_THAT(word, testing::Not(HasSubstr("DB_PASSWORD")));
  }
}

TEST_F(Mariadb, ScratchHoldsWhatTheDumpHolds) {
  take_bundle();
  create_and_load();
  EXPECT_EQ(census(database_), "jobs\t2000\nlog\t0\nodd `name'x\t0\nparents\t100\nschema_migrations\t2\n");
  EXPECT_EQ(census(scratch_), census(database_));
  create_and_load();
  run_all(provider_.load(scratch_, path("main.sql")), folder_);
  EXPECT_EQ(census(scratch_), census(database_)) << "also when it is repeated";
  EXPECT_EQ(one("SELECT default_collation_name FROM information_schema.schemata WHERE schema_name LIKE "
                "'piprio_new%'"),
            "utf8mb4_bin\n");
  EXPECT_EQ(one("SELECT COUNT(*) FROM information_schema.events WHERE event_schema LIKE 'piprio_new%'"),
            "0\n");
}

TEST_F(Mariadb, WhatAbandonedRunsLeftGoesAfterADay) {
  take_bundle();
  const Ran made =
      sql("CREATE DATABASE `piprio_new_20200101-000000`; CREATE DATABASE `piprio_new_20991231-235959`; "
          "CREATE DATABASE `piprio_old_20200101-000000`; CREATE DATABASE `Piprio_new_20200101-000000`; "
          "CREATE DATABASE `piprio_new_20200101-00000x`");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  create_and_load();
  EXPECT_EQ(one("SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '%20200101-%' OR "
                "schema_name LIKE '%2099%' ORDER BY BINARY schema_name"),
            "Piprio_new_20200101-000000\npiprio_new_20200101-00000x\npiprio_new_20991231-235959\n"
            "piprio_old_20200101-000000\n");
}

/// What stands in the rows looks like the dump itself; however many rows share a line.
TEST_F(Mariadb, RowsAreCountedInTheDumpWhateverTheyHold) {
  take_bundle();
  const Ran made = sql(
      "INSERT INTO log VALUES ('a),(b'), ('it''s );'), ('\\\\'), ('\\\\\\''), ('),'), ('\nINSERT INTO `jobs` "
      "VALUES (1);'), "
      "('UNLOCK TABLES;\n-- Dumping data for table `jobs`'), (NULL); "
      "CREATE TABLE raw (b BLOB, n INT GENERATED ALWAYS AS (1 + 1)); INSERT INTO raw (b) VALUES "
      "(x'270a5c27'), ('');"
      "CREATE PROCEDURE fill()\nINSERT INTO `jobs` VALUES (1,1,''),(2,1,'');",
      "piprio");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  std::string expected = census(database_);
  const std::string odd = "odd `name'x\t0\n";
  ASSERT_NE(expected.find(odd), std::string::npos);
  expected.replace(expected.find(odd), odd.size(), "odd ``name'x\t0\n");  // no name of a table: not compared
  for (const char* lines :
       {"--extended-insert", "--skip-extended-insert", "--insert-ignore", "--complete-insert"}) {
    auto argv = provider_.dump_argv(database_);
    argv.insert(argv.begin() + 1, lang::Text(lines));
    save(argv, "main.sql");
    const auto count = provider_.check_dump(path("main.sql"), path("main.rows")).back();
    const Ran counted =
        run(filled(std::get<planner::Command>(std::get<planner::Instruction>(count)).process.argv));
    EXPECT_EQ(counted.exit_code, 0) << counted.err;
    support::write_file(path("main.rows"), counted.out);
    EXPECT_EQ(run({"sort", path("main.rows")}).out, expected) << lines;
    // As MySQL writes it: all rows of a table in one line.
    const Ran joined = run({"sh", "-c", "sed -i -e ':a' -e '/\\(VALUES\\|),\\)$/{N;s/\\n//;ba' -e '}' \"$1\"",
                            "sh", path("main.sql")});
    ASSERT_EQ(joined.exit_code, 0) << joined.err;
    support::write_file(
        path("main.rows"),
        run(filled(std::get<planner::Command>(std::get<planner::Instruction>(count)).process.argv)).out);
    EXPECT_EQ(run({"sort", path("main.rows")}).out, expected) << lines << ", joined";
  }
}

TEST_F(Mariadb, TheSwapMovesTablesAndMakesTheRestAnew) {
  take_bundle();
  migrate();
  create_and_load();
  EXPECT_FALSE(holds(provider_.swapped(database_, kept_)));
  run_all(swap(), folder_);
  expect_restored();
  EXPECT_EQ(one("SHOW TABLES LIKE 'regions'") + one("SHOW TABLES LIKE 'newer'"), "");
  EXPECT_EQ(one("SELECT COUNT(*) FROM jobs", "piprio_old_" + std::string(kStamp)), "2001\n");
  run_all(provider_.drop(database_, kept_), folder_);
  EXPECT_EQ(one("SHOW DATABASES LIKE 'piprio%'"), "piprio\n");
}

/// Every program of the swap once more, as after a kill before its end was recorded.
TEST_F(Mariadb, EveryStepOfTheSwapMayBeRepeated) {
  take_bundle();
  migrate();
  create_and_load();
  for (const planner::DataStep& step : swap()) {
    run_step(step, folder_);
    run_step(step, folder_);
  }
  expect_restored();
}

/// A failure behind the move lets the whole step begin again.
TEST_F(Mariadb, ASwapThatFailedBehindTheMoveBeginsAgain) {
  take_bundle();
  migrate();
  create_and_load();
  const auto steps = swap();
  for (std::size_t i = 0; i + 3 < steps.size(); ++i) run_step(steps[i], folder_);
  EXPECT_FALSE(holds(provider_.swapped(database_, kept_)));
  create_and_load();
  run_all(swap(), folder_);
  expect_restored();
  EXPECT_EQ(one("SELECT COUNT(*) FROM jobs", "piprio_old_" + std::string(kStamp)), "2001\n")
      << "what was replaced";
}

TEST_F(Mariadb, ADatabaseThatIsGoneComesBack) {
  take_bundle();
  ASSERT_EQ(sql("DROP DATABASE piprio").exit_code, 0);
  create_and_load();
  run_all(swap(), folder_);
  expect_restored();
}

}  // namespace
}  // namespace pawl::providers
