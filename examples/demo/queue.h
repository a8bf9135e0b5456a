// The job queue. A job is queued, taken under a lease, and done once: whoever finishes it must still hold it,
// so a worker that was given up for dead cannot finish a job a second time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "examples/demo/database.h"
#include "examples/demo/settings.h"

namespace piprio {

struct Job {
  std::string id, payload;
};

struct NewJob {
  std::string id;  // [A-Za-z0-9._-]{1,64}
  std::string payload;
  std::string enqueued_by;
  int priority = 0;  // from 1.5.0
};

class Queue {
 public:
  Queue(Database& database, const Behaviour& behaviour) : database_(database), behaviour_(behaviour) {}

  /// False when a job of this id is there already; asking again with the same id is safe.
  bool enqueue(const NewJob& job);
  /// Takes the next queued job for `worker` (a name no other process ever had) for `lease`.
  std::optional<Job> take(const std::string& worker, Milliseconds lease);
  /// False when `worker` no longer holds the job. Asking again after a success is a success.
  bool finish(const std::string& id, const std::string& worker);
  /// Puts jobs back whose lease is over; returns their ids and who had them.
  std::vector<Row> requeue_expired();
  /// "queued", "taken", "done" → how many, as JSON.
  std::string counts();
  /// One job as JSON; empty when there is none.
  std::string describe(const std::string& id);

 private:
  Database& database_;
  Behaviour behaviour_;
};

bool is_job_id(const std::string& id);
/// "PREFIX-" and 16 random hex digits.
std::string unique_name(const std::string& prefix);

}  // namespace piprio
