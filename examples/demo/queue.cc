#include "examples/demo/queue.h"

#include <algorithm>
#include <random>

#include "examples/demo/clock.h"
#include "examples/demo/json_object.h"

namespace piprio {

bool Queue::enqueue(const NewJob& job) {
  const std::string now = std::to_string(wall_ms());
  if (!behaviour_.priorities)
    return !database_
                .query(
                    "INSERT INTO jobs (id, payload, state, enqueued_by, enqueued_at) VALUES ($1, $2, "
                    "'queued', $3, $4) "
                    "ON CONFLICT (id) DO NOTHING RETURNING id",
                    {job.id, job.payload, job.enqueued_by, now})
                .empty();
  return !database_
              .query(
                  "INSERT INTO jobs (id, payload, state, enqueued_by, enqueued_at, priority) "
                  "VALUES ($1, $2, 'queued', $3, $4, $5) ON CONFLICT (id) DO NOTHING RETURNING id",
                  {job.id, job.payload, job.enqueued_by, now, std::to_string(job.priority)})
              .empty();
}

std::optional<Job> Queue::take(const std::string& worker, Milliseconds lease) {
  const std::int64_t now = wall_ms();
  const std::string order = behaviour_.priorities ? "priority DESC, enqueued_at, id" : "enqueued_at, id";
  const std::string next = "SELECT id FROM jobs WHERE state = 'queued' ORDER BY " + order + " LIMIT 1";
  // The look alone takes no write lock, so idle workers do not stand in anybody's way.
  if (database_.query(next).empty()) return std::nullopt;
  const auto taken = database_.query(
      "UPDATE jobs SET state = 'taken', taken_by = $1, taken_at = $2, lease_until = $3, attempts = attempts "
      "+ 1 "
      "WHERE state = 'queued' AND id = (" +
          next + database_.skip_locked() + ") RETURNING id, payload",
      {worker, std::to_string(now), std::to_string(now + lease.count())});
  if (taken.empty()) return std::nullopt;
  return Job{taken[0][0], taken[0][1]};
}

bool Queue::finish(const std::string& id, const std::string& worker) {
  const std::string now = std::to_string(wall_ms());
  Transaction transaction(database_);
  const auto done = database_.query(
      "UPDATE jobs SET state = 'done', done_at = $1, done_count = done_count + 1 "
      "WHERE id = $2 AND taken_by = $3 AND state = 'taken' RETURNING id",
      {now, id, worker});
  const bool ours =
      !done.empty() ||
      !database_.query("SELECT id FROM jobs WHERE id = $1 AND taken_by = $2 AND state = 'done'", {id, worker})
           .empty();
  if (ours && behaviour_.priorities)
    database_.query(
        "INSERT INTO results (job_id, finished_at, worker) VALUES ($1, $2, $3) ON CONFLICT (job_id) DO "
        "NOTHING",
        {id, now, worker});
  transaction.commit();
  return ours;
}

std::vector<Row> Queue::requeue_expired() {
  const std::string now = std::to_string(wall_ms());
  const auto expired = database_.query(
      "SELECT id, taken_by FROM jobs WHERE state = 'taken' AND lease_until < $1 LIMIT 100", {now});
  std::vector<Row> requeued;
  for (const Row& row : expired) {
    const auto changed = database_.query(
        "UPDATE jobs SET state = 'queued', taken_by = NULL, lease_until = NULL "
        "WHERE id = $1 AND taken_by = $2 AND state = 'taken' RETURNING id",
        {row[0], row[1]});
    if (!changed.empty()) requeued.push_back(row);
  }
  return requeued;
}

std::string Queue::counts() {
  std::int64_t queued = 0, taken = 0, done = 0;
  for (const Row& row : database_.query("SELECT state, COUNT(*) FROM jobs GROUP BY state"))
    (row[0] == "queued" ? queued : row[0] == "taken" ? taken : done) = std::stoll(row[1]);
  return JsonObject().number("queued", queued).number("taken", taken).number("done", done).str();
}

std::string Queue::describe(const std::string& id) {
  const auto rows = database_.query(
      "SELECT id, state, enqueued_by, taken_by, done_count, attempts FROM jobs WHERE id = $1", {id});
  if (rows.empty()) return "";
  const Row& row = rows[0];
  return JsonObject()
      .text("id", row[0])
      .text("state", row[1])
      .text("enqueued_by", row[2])
      .text("taken_by", row[3])
      .raw("done_count", row[4])
      .raw("attempts", row[5])
      .str();
}

bool is_job_id(const std::string& id) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !id.empty() && id.size() <= 64 && id.find_first_not_of(kAllowed) == std::string::npos;
}

std::string unique_name(const std::string& prefix) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;
  std::string name = prefix + "-";
  for (int i = 0; i < 16; ++i) name += kDigits[random() % 16];
  return name;
}

}  // namespace piprio
