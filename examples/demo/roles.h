// The parts Piprio plays; each runs until it is told to stop and returns the exit code.
#pragma once

#include "examples/demo/events.h"
#include "examples/demo/settings.h"
#include "examples/demo/signals.h"

namespace piprio {

struct Context {
  const Settings& settings;
  const Events& events;
  Signals& signals;
};

/// Migrates, then serves /health, /jobs, /jobs/ID, /version and /.
int run_api(const Context& context);
/// Drains the queue, one job at a time; asked to stop, it finishes the job in hand first.
int run_worker(const Context& context);
/// Enqueues a job each PIPRIO_SCHEDULE_MS.
int run_scheduler(const Context& context);
/// Serves one page and /health.
int run_web(const Context& context);
/// Forwards by path to the upstreams of the file PIPRIO_UPSTREAMS, read again on SIGHUP; serves /proxy-health
/// itself.
int run_proxy(const Context& context);

/// Waits, for a worker or scheduler, until the schema is as new as this release needs it; false when stopped
/// first.
bool wait_for_schema(const Context& context);
/// {"service":"piprio","role":…,"version":…}
std::string introduce(const Settings& settings);

}  // namespace piprio
