// Fuzz target: plan files, snapshots and env files made of any bytes are read or refused without a crash.
// What was read is written and read again to the same value, and setting a variable changes that variable and
// no other.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "planner/engine/env_file.h"
#include "planner/file/plan_file.h"
#include "planner/plan/snapshot.h"

namespace {

using namespace pawl::planner;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "planner_fuzz: %s\n", what);
  std::abort();
}

void read_plans(const std::string& text) {
  const auto plan = read_plan(text);
  if (!plan) return require(!plan.error().what.empty(), "a plan was refused without a word");
  const auto again = read_plan(write_plan(*plan));
  require(again && *again == *plan, "a plan changed when it was written and read");
}

void read_snapshots(const std::string& text) {
  const auto snapshot = read_snapshot(text);
  if (!snapshot) return require(!snapshot.error().what.empty(), "a snapshot was refused without a word");
  const auto again = read_snapshot(write_snapshot(*snapshot));
  require(again && *again == *snapshot, "a snapshot changed when it was written and read");
}

void read_env_files(const std::string& text) {
  const auto before = parse_env_file(text);
  if (!before) return require(!before.error().what.empty(), "an env file was refused without a word");
  const auto edited = set_env_value(text, "PAWL_FUZZ", "1.5.0");
  if (!edited) return;
  require(env_value(*edited, "PAWL_FUZZ") == "1.5.0", "a variable that was set is not there");
  for (const EnvEntry& entry : *before) {
    if (entry.name == "PAWL_FUZZ") continue;
    require(env_value(*edited, entry.name) == env_value(text, entry.name), "another variable changed");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_plans(text);
  read_snapshots(text);
  read_env_files(text);
  return 0;
}
