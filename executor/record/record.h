// What happened, as a closed set of facts. A run is a fold over its records: live observer, JSON events,
// history, resume and rollback all consume the same ones. Each is durable in the state store before the next
// effect.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lang/result.h"

namespace pawl::executor {

/// Milliseconds since 1970-01-01 UTC.
using Timestamp = std::int64_t;
/// Counts up from 1 in one state store.
using RunId = std::int64_t;

struct RunBegan {
  std::string plan_id;
  std::string stack, from, to;
  std::string owner;  // user@host
  int pid = 0;
  bool resumed = false;
  std::string purpose = "upgrade";  // of the plan
};
struct StepStarted {
  std::uint32_t step;
};
struct OperationStarted {
  std::uint32_t step, operation;
};
struct OperationFinished {
  std::uint32_t step, operation;
  bool ok = false;
  bool skipped = false;  // done_when already held
  int exit_code = 0;
  std::string output;   // last lines, at most 8 KiB, secrets masked
  std::string error;    // why it failed; one sentence
  std::string capture;  // captured stdout, never masked: refused when it holds a secret
};
struct StepFinished {
  std::uint32_t step;
};
struct StepFailed {
  std::uint32_t step;
  std::string reason;    // one sentence
  std::string evidence;  // answers of Step::diagnose, masked
};
/// The declared endpoint was or was not available at a moment; only changes are recorded.
struct Sample {
  bool available = false;
  std::string detail;
};
struct Notified {
  std::string name, event;
  bool ok = true;
  std::string error;
};
struct RunEnded {
  enum class Outcome { Succeeded, Failed, Refused, Interrupted };
  Outcome outcome = Outcome::Succeeded;
  std::string reason;
  std::int64_t unavailable_ms = 0;  // measured
  std::int64_t longest_unavailable_ms = 0;
};

using Fact = std::variant<RunBegan, StepStarted, OperationStarted, OperationFinished, StepFinished,
                          StepFailed, Sample, Notified, RunEnded>;

struct Record {
  RunId run = 0;
  std::int64_t sequence = 0;  // counts up from 1 within a run
  Timestamp at = 0;
  Fact fact;
};

std::string_view kind(const Fact& fact);  // "step-started"
/// One JSON object, one line, no newline: the body of a record and an event of `--json`.
std::string write_record(const Record& record);
lang::Result<Record> read_record(std::string_view json);

}  // namespace pawl::executor
