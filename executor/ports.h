// One narrow interface before each dirty thing, so that a whole upgrade also runs in memory in a test.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "executor/record.h"
#include "planner/operation.h"
#include "planner/plan.h"
#include "planner/provider.h"

namespace pawl::executor {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() = 0;  // wall clock
  virtual std::chrono::steady_clock::time_point steady() = 0;
  /// Returns early, with false, when stopped.
  virtual bool sleep(std::chrono::milliseconds duration, std::stop_token stop) = 0;
};

/// Turns a secret's source ("env:NAME", "file:PATH", "var:NAME") into its value.
class Secrets {
 public:
  virtual ~Secrets() = default;
  virtual lang::Result<std::string> resolve(const std::string& source) = 0;
  /// `text` with every secret value resolved so far replaced by `***`. Values shorter than 4 bytes are
  /// matched as whole words.
  virtual std::string mask(std::string text) const = 0;
};

/// How one operation ended.
struct Outcome {
  bool ok = false;
  bool skipped = false;
  bool interrupted = false;  // the stop token ended it
  int exit_code = 0;
  std::string output;  // last lines, at most 8 KiB, masked
  std::string error;   // one sentence when not ok
  std::string capture;
};

/// Values that References take during a run: "run" (a sortable stamp of when it began, `20261121-143005`,
/// also for
/// `{run}` in any path of an operation), "run.id" (its number), "ledger.before", "capture.NAME", and
/// "operation"
/// ("RUN.STEP.OPERATION"), by which the processes of an operation are recognised after pawl was killed.
using Bindings = std::function<std::optional<std::string>(const std::string&)>;

/// The only door to the world. Thread-safe.
class World {
 public:
  virtual ~World() = default;
  virtual planner::Answer ask(const planner::Query& query, std::stop_token stop) = 0;
  /// `text` with every secret resolved so far replaced by `***`, for what is stored or shown outside an
  /// Outcome.
  virtual std::string mask(std::string text) const { return text; }
  /// Waits until no process is left that an earlier session, killed since, started for the operation of
  /// `bindings`: it may still be at work. Why not, when it does not end within `patience` or `stop` is
  /// requested.
  virtual std::optional<std::string> await_leftovers(
      const Bindings& /*bindings*/, std::chrono::milliseconds /*patience*/,
      const std::function<void(std::string_view)>& /*progress*/, std::stop_token /*stop*/) {
    return std::nullopt;
  }
  /// `progress` is called with each line of output as it comes (any thread, masked).
  virtual Outcome perform(const planner::Operation& operation, const Bindings& bindings,
                          const std::function<void(std::string_view)>& progress, std::stop_token stop) = 0;
};

struct WorldSettings {
  std::string root;  // the manifest's folder
  /// Folder of all runs: EditFile saves originals under `run_dir`/RUN/saved/. Empty: ".pawl/runs".
  std::string run_dir;
  std::vector<planner::HostPlan> hosts;
  Secrets* secrets = nullptr;
  Clock* clock = nullptr;
  /// Answers an Ask: acknowledged names (--yes) and, on a terminal, the person. Returns the typed text;
  /// empty: not answered.
  std::function<std::optional<std::string>(const planner::Ask&)> answer;
};
std::unique_ptr<World> make_world(WorldSettings settings);
std::unique_ptr<Clock> make_clock();
/// `variables`: values of secret variables by name.
std::unique_ptr<Secrets> make_secrets(std::map<std::string, std::string> variables);

/// Sees every record after it is durable, and progress lines between records. Called from one thread at a
/// time.
class View {
 public:
  virtual ~View() = default;
  virtual void record(const Record& record) = 0;
  virtual void progress(std::uint32_t /*step*/, std::string_view /*line*/) {}
};

}  // namespace pawl::executor
