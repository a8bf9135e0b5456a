// A report as text for people and as JSON for tests.
#pragma once

#include <string>
#include <vector>

#include "examples/demo/report_facts.h"

namespace piprio {

struct Report {
  std::vector<Event> services;
  Jobs jobs;
  Workers workers;
  std::vector<MigrationSpan> migrations;
  SchedulerActivity scheduler;
  std::vector<Outage> outages;
};

/// One object: order [{at, ms, event, role, instance, version, pid, migration}], jobs {accepted, scheduled,
/// rows, done, pending, requeued, lost [], twice []}, workers {expected, max_out, replacements, pauses_ms
/// []}, migrations [{name, version, ms, ok, error}], scheduler {enqueued, during_migration}, api {away_ms,
/// longest_ms, outages [{at, ms, why}]}. `ms` of `order` counts from the first event of the list.
std::string as_json(const Report& report);
std::string as_text(const Report& report);

}  // namespace piprio
