// What the records of a demo prove: folds over the events, and a look at the jobs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "examples/demo/database.h"

namespace piprio {

/// One line of an events file. The members that events share are parsed; others by name, as text.
struct Event {
  std::int64_t at = 0;    // wall time, ms
  std::int64_t mono = 0;  // µs
  std::string event, role, instance, version;
  std::int64_t pid = 0;
  std::map<std::string, std::string> more;

  std::string detail(const std::string& name) const {
    const auto found = more.find(name);
    return found == more.end() ? "" : found->second;
  }
};

/// The events of a file, or of all *.jsonl files of a folder, in the order they happened. A torn last line is
/// skipped. Throws std::runtime_error when there is nothing to read.
std::vector<Event> read_events(const std::string& place);
/// Only what happened from `since` up to `until` (wall time, ms).
std::vector<Event> between(const std::vector<Event>& events, std::int64_t since, std::int64_t until);

struct Jobs {
  std::int64_t accepted = 0;   // by the api, as the load generator saw it
  std::int64_t scheduled = 0;  // enqueued by the scheduler
  std::int64_t rows = 0, done = 0, pending = 0;
  std::int64_t requeued = 0;
  std::vector<std::string> lost;   // accepted or scheduled, but not in the database
  std::vector<std::string> twice;  // done more than once, by the database or by the events
};
Jobs jobs_of(const std::vector<Event>& events, Database& database);

struct Workers {
  std::int64_t expected = 0;            // most that ever worked at once
  std::int64_t max_out = 0;             // most that were missing at once after that many had worked
  std::int64_t replacements = 0;        // workers of another version than the first that became healthy
  std::vector<std::int64_t> pauses_ms;  // from one replacement healthy to the next worker's stop
};
/// What came before `since` only tells who worked then.
Workers workers_of(const std::vector<Event>& events, std::int64_t since = 0);

struct MigrationSpan {
  std::string name, version;
  std::int64_t began = 0, ended = 0;  // mono, µs; ended 0: never
  bool ok = false;
  std::string error;
};
std::vector<MigrationSpan> migrations_of(const std::vector<Event>& events);

struct SchedulerActivity {
  std::int64_t enqueued = 0;
  std::int64_t during_migration = 0;  // enqueued inside a migration's span, or said so itself
};
SchedulerActivity scheduler_of(const std::vector<Event>& events,
                               const std::vector<MigrationSpan>& migrations);

struct Outage {
  std::int64_t began = 0;  // wall time, ms
  std::int64_t ms = 0;
  std::string why;
};
/// As the load generator's probe saw it.
std::vector<Outage> outages_of(const std::vector<Event>& events);

/// Events that tell how services came and went: no jobs, no single requests.
std::vector<Event> service_events(const std::vector<Event>& events);

}  // namespace piprio
