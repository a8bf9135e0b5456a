// The one door to the world, so that a whole upgrade also runs in memory in a test.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "planner/engine/answers.h"
#include "planner/plan/operation.h"

namespace pawl::executor {

/// How one operation ended.
struct Outcome {
  bool ok = false;
  bool skipped = false;
  bool interrupted = false;  // the stop token ended it
  int exit_code = 0;
  std::string output;  // last lines, at most 8 KiB, masked
  std::string error;   // one sentence when not ok
  std::string reason;  // the part of it that is the program's own words; empty: it did not say why
  std::string capture;
};

/// Values that References take during a run: "run" (a sortable stamp of when it began, `20261121-143005`,
/// also for `{run}` in any path of an operation), "run.id" (its number), "ledger.before", "capture.NAME", and
/// "operation" ("RUN.STEP.OPERATION"), by which the processes of an operation are recognised after pawl was
/// killed.
using Bindings = std::function<std::optional<std::string>(const std::string&)>;

/// The only door to the world. Thread-safe.
class World {
 public:
  virtual ~World() = default;
  virtual planner::Answer ask(const planner::Question& question, std::stop_token stop) = 0;
  /// `text` with every secret resolved so far replaced by `***`, for what is stored or shown outside an
  /// Outcome.
  virtual std::string mask(std::string text) const { return text; }
  /// Waits until no process is left that an earlier session, killed since, started for the operation of
  /// `bindings`: it may still be at work. Says why not, when one does not end within `patience` or `stop` is
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

}  // namespace pawl::executor
