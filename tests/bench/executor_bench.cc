// Time per step of a plan of no-op steps, beside two floors measured in the same run: starting the same
// program and nothing else, and that with the two durable commits a journal needs.
//
//     executor_bench [steps] [rounds]
#include <SQLiteCpp/SQLiteCpp.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "executor/run.h"
#include "planner/file/plan_file.h"

extern char** environ;

namespace {

using namespace pawl;
namespace fs = std::filesystem;

constexpr int kAtOnce = 2;

double milliseconds(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

void spawn_true() {
  char name[] = "true";
  char* argv[] = {name, nullptr};
  pid_t child = 0;
  if (::posix_spawnp(&child, name, nullptr, nullptr, argv, environ) != 0) std::abort();
  ::waitpid(child, nullptr, 0);
}

/// `work` so many times, two at a time.
void two_at_a_time(int times, const std::function<void()>& work) {
  std::atomic<int> left = times;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kAtOnce; ++i) {
    threads.emplace_back([&] {
      while (left.fetch_sub(1) > 0) work();
    });
  }
}

double bare_floor(int steps) {
  return milliseconds([&] { two_at_a_time(steps, spawn_true); });
}

double journaled_floor(int steps, const fs::path& folder) {
  SQLite::Database database((folder / "floor.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS records (body TEXT)");
  SQLite::Statement insert(database, "INSERT INTO records VALUES ('{\"kind\":\"step-started\",\"step\":1}')");
  std::mutex mutex;
  const auto commit = [&] {
    const std::lock_guard lock(mutex);
    insert.exec();
    insert.reset();
  };
  return milliseconds([&] {
    two_at_a_time(steps, [&] {
      commit();
      spawn_true();
      commit();
    });
  });
}

planner::Plan no_op_plan(int steps) {
  planner::Plan plan;
  plan.stack = "bench";
  plan.from = "1";
  plan.to = "2";
  plan.parallelism = kAtOnce;
  planner::Command command;
  command.process.argv.emplace_back("true");
  planner::Step step;
  step.operations.resize(1);
  step.operations[0].instruction = command;
  plan.steps.assign(static_cast<std::size_t>(steps), step);
  plan.id = "bench";
  return plan;
}

double pawl_run(const planner::Plan& plan, const fs::path& folder) {
  const auto clock = executor::make_clock();
  const auto secrets = executor::make_secrets({});
  executor::WorldSettings settings;
  settings.root = folder.string();
  settings.clock = clock.get();
  settings.secrets = secrets.get();
  const auto world = executor::make_world(std::move(settings));
  auto store = executor::open_sqlite_store((folder / "state.db").string());
  if (!store) std::abort();
  class : public executor::RunObserver {
    void record(const executor::Record&) override {}
  } observer;
  return milliseconds([&] {
    executor::Interrupt interrupt;
    const auto result = executor::run(plan, "{}", *world, **store, *clock, observer, interrupt, {});
    if (result.end != executor::RunResult::End::Succeeded) {
      std::fprintf(stderr, "the run failed: %s\n", result.reason.c_str());
      std::exit(1);
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1000;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  std::string name = (fs::temp_directory_path() / "pawl-bench-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  const planner::Plan plan = no_op_plan(steps);
  // The best of several rounds, taken in turn: another program's burst then hits all three alike.
  double bare = 1e9, journaled = 1e9, pawl = 1e9;
  for (int round = 0; round < rounds; ++round) {
    bare = std::min(bare, bare_floor(steps) / steps);
    journaled = std::min(journaled, journaled_floor(steps, folder) / steps);
    pawl = std::min(pawl, pawl_run(plan, folder) / steps);
  }
  fs::remove_all(folder);
  std::printf("%d no-op steps, two at a time, best of %d rounds     per step   of the journaled floor\n",
              steps, rounds);
  std::printf("  posix_spawn alone                                     %7.3f ms\n", bare);
  std::printf("  posix_spawn with two durable SQLite commits           %7.3f ms\n", journaled);
  std::printf("  pawl                                                  %7.3f ms   %.2f\n", pawl,
              pawl / journaled);
}
