// What happened to a process, for whoever wants to prove something later. One JSON object a line, appended
// with one write to the file that PIPRIO_EVENTS names (a folder: its events.jsonl), which all processes
// share:
//
//   {"at":1795271520123,"mono":84013377201,"event":"job_done","role":"worker","instance":"worker-2",
//    "version":"1.5.0","pid":4711,"job":"l-8f3-17"}
//
// `at` is wall time in ms, `mono` CLOCK_MONOTONIC in µs: the order of events is the order of `mono`.
// README.md lists the events. Without PIPRIO_EVENTS nothing is written.
#pragma once

#include <string>
#include <string_view>

#include "examples/demo/json_object.h"

namespace piprio {

struct Settings;

class Events {
 public:
  explicit Events(const Settings& settings);
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  /// Thread-safe. A failed write is told on stderr and is no failure of the caller.
  void write(std::string_view event, const JsonObject& more = {}) const;

 private:
  JsonObject who_;
  int file_ = -1;
};

}  // namespace piprio
