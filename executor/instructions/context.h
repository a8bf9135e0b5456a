// What every interpreter of an instruction is given.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "executor/instructions/real_world.h"
#include "lang/result.h"

namespace pawl::executor {

using lang::Result;
using planner::Duration;

struct Context {
  const WorldSettings& settings;
  std::function<void(std::string_view)> progress;
  std::stop_token stop;
  std::optional<std::chrono::steady_clock::time_point> deadline;  // of the whole operation
  std::string run_id;                                             // names the folder of saved originals
  std::string operation;  // marks the processes of this operation (leftovers.h); empty: unmarked
  std::string host{};     // where it is asked or done: the name of a `host` block; empty: this machine

  /// Relative paths are below the manifest's folder.
  std::string path(std::string_view path) const;
  /// The text with its secrets filled in. A reference that is left has no value in this run: an Error.
  Result<std::string> text(const lang::Text& text) const;
  std::string mask(std::string text) const;
  bool stopped() const { return stop.stop_requested(); }
  /// What is left until the deadline, at most `most` (0: no limit of its own). 0: no limit; never negative.
  Duration left(Duration most = Duration(0)) const;
  bool overdue() const;
  /// Sleeps, at most until the deadline; false when stopped.
  bool sleep(Duration duration) const;
};

Outcome succeeded(std::string output = {});
Outcome failed(std::string error, std::string output = {});
/// What went wrong, and how it is mended where that is known.
Outcome failed(const lang::Error& error, std::string output = {});
/// The stop token ended it.
Outcome interrupted();

planner::Answer answered(std::string output);
planner::Answer unanswered(std::string error);

}  // namespace pawl::executor
