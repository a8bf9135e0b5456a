// What tests against real databases share: a folder that goes away, and a PostgreSQL server of their own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "compose_support.h"
#include "providers/data/postgres.h"
#include "tests/support/files.h"

namespace pawl::providers::test {

namespace fs = std::filesystem;
using compose::test::Ran;
using compose::test::run;
using lang::Database;
using Words = std::vector<std::string>;

inline Words shown(const std::vector<lang::Text>& argv) {
  Words words;
  for (const lang::Text& word : argv) words.push_back(word.shown());
  return words;
}

inline planner::Answer answer(const Ran& ran) {
  return {true, ran.exit_code, ran.out, ran.err};
}

class Folder : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return temporary_.path(name); }

  support::TempFolder temporary_;
  const std::string folder_ = temporary_.path();
};

/// The newest server installed; empty when there is none.
inline std::string server_programs() {
  std::string newest;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", missing)) {
    if (fs::exists(entry.path() / "bin/initdb")) newest = std::max(newest, (entry.path() / "bin").string());
  }
  return newest;
}

class Postgres : public Folder {
 protected:
  void SetUp() override {
    programs_ = server_programs();
    if (programs_.empty()) GTEST_SKIP() << "no PostgreSQL server is installed";
    if (geteuid() == 0) {
      ASSERT_EQ(run({"chown", "postgres:", folder_}).exit_code, 0);
    }
    ASSERT_EQ(server({"initdb", "-D", path("db"), "-U", "owner", "--auth=trust", "--no-sync"}).exit_code, 0);
    ASSERT_EQ(run({"sh", "-c",
                   "printf 'local all guarded scram-sha-256\\nlocal all all trust\\n' > " + path("db") +
                       "/pg_hba.conf"})
                  .exit_code,
              0);
    const std::string options = "-c listen_addresses= -c fsync=off -c shared_buffers=8MB -k " + folder_;
    const Ran started = server({"pg_ctl", "-D", path("db"), "-l", path("log"), "-w", "-o", options, "start"});
    ASSERT_EQ(started.exit_code, 0) << started.out << started.err;
    started_ = true;
    database_.name = "main";
    database_.host = lang::Text(folder_);
    database_.user = lang::Text("owner");
    database_.database = lang::Text("postgres");
  }
  void TearDown() override {
    if (started_) server({"pg_ctl", "-D", path("db"), "-m", "immediate", "-w", "stop"});
  }

  /// PostgreSQL refuses to run as root.
  Ran server(Words argv) const {
    argv[0] = programs_ + "/" + argv[0];
    if (geteuid() == 0) {
      const Words other{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"};
      argv.insert(argv.begin(), other.begin(), other.end());
    }
    return run(argv, folder_);
  }
  Ran psql(const std::string& query, const std::string& database = "postgres") {
    return run({"psql", "-X", "-A", "-t", "-h", folder_, "-U", "owner", "-d", database, "-v",
                "ON_ERROR_STOP=1", "-c", query});
  }
  planner::DatabaseState read(const std::vector<std::string>& environment = {}) {
    planner::DatabaseState state;
    const planner::Answer size = answer(run(shown(provider_.size_argv(database_)), ".", environment));
    const std::vector<lang::Text> asks = provider_.ledger_argv(database_);
    if (asks.empty()) {
      EXPECT_TRUE(provider_.read(database_, nullptr, &size, state));
      return state;
    }
    const planner::Answer ledger = answer(run(shown(asks), ".", environment));
    EXPECT_TRUE(provider_.read(database_, &ledger, &size, state));
    return state;
  }

  PostgresProvider provider_;
  Database database_;
  std::string programs_;
  bool started_ = false;
};

// ---------------------------------------------------------------- what the executor would do

/// The time at which the run of these tests began.
constexpr const char* kStamp = "20261121-143005";

inline std::string filled(std::string text) {
  for (const std::string& place : {std::string("${run}"), std::string("{run}")}) {
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place))
      text.replace(at, place.size(), kStamp);
  }
  return text;
}
inline Words filled(const std::vector<lang::Text>& argv) {
  Words words = shown(argv);
  for (std::string& word : words) word = filled(word);
  return words;
}

/// In `folder`; standard input and output are files where the program says so.
inline Ran run_program(const planner::ServerProgram& program, const std::string& folder = ".") {
  Words argv = filled(program.argv);
  std::string script = "exec \"$@\"";
  if (!program.stdin_file.empty()) script += " < '" + filled(program.stdin_file) + "'";
  if (!program.stdout_file.empty()) script += " > '" + filled(program.stdout_file) + "'";
  const Words redirect{"sh", "-c", script, "sh"};
  argv.insert(argv.begin(), redirect.begin(), redirect.end());
  return run(argv, folder);
}

/// Runs programs and makes folders; what else there is among the steps is left to the tests of the executor.
inline void run_step(const planner::DataStep& step, const std::string& folder = ".") {
  if (const auto* program = std::get_if<planner::ServerProgram>(&step)) {
    const Ran ran = run_program(*program, folder);
    ASSERT_EQ(ran.exit_code, 0) << program->argv.front().shown() << ": " << ran.err;
  } else if (const auto* made = std::get_if<planner::MakeFolder>(&std::get<planner::Instruction>(step))) {
    fs::create_directories(folder + "/" + filled(made->path));
  }
}
inline void run_all(const std::vector<planner::DataStep>& steps, const std::string& folder = ".") {
  for (const planner::DataStep& step : steps) run_step(step, folder);
}

inline bool holds(const planner::DataQuestion& question) {
  const Ran ran = run(filled(std::get<std::vector<lang::Text>>(question.ask)));
  return ran.exit_code == 0 && ran.out == *question.expect.equals + "\n";
}

}  // namespace pawl::providers::test
