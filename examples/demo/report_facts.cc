#include "examples/demo/report_facts.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace piprio {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string as_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<Event> parse_event(const std::string& line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("event") || !object.contains("mono")) return std::nullopt;
  Event event;
  event.at = object.value("at", std::int64_t{0});
  event.mono = object.value("mono", std::int64_t{0});
  event.event = object.value("event", "");
  event.role = object.value("role", "");
  event.instance = object.value("instance", "");
  event.version = object.value("version", "");
  event.pid = object.value("pid", std::int64_t{0});
  for (const auto& [name, value] : object.items()) event.more[name] = as_text(value);
  return event;
}

void read_file(const fs::path& path, std::vector<Event>& events) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (auto event = parse_event(line)) events.push_back(std::move(*event));
}

/// One worker process: its instance, and which process it is.
std::string process_of(const Event& event) {
  return event.instance + "/" + std::to_string(event.pid);
}

/// Jobs that were promised to be done.
std::set<std::string> promised(const std::vector<Event>& events, Jobs& jobs) {
  std::set<std::string> ids;
  for (const Event& event : events) {
    const bool accepted = event.event == "job_accepted", scheduled = event.event == "scheduler_enqueued";
    if (!accepted && !scheduled) continue;
    ids.insert(event.detail("job"));
    ++(accepted ? jobs.accepted : jobs.scheduled);
  }
  return ids;
}

std::map<std::string, int> done_by_events(const std::vector<Event>& events) {
  std::map<std::string, int> times;
  for (const Event& event : events)
    if (event.event == "job_done") ++times[event.detail("job")];
  return times;
}

/// How many workers work, as events come.
class WorkersUp {
 public:
  void see(const Event& event) {
    if (event.event == "healthy") up_[event.instance] = process_of(event);
    const bool gone = event.event == "stopping" || event.event == "stopped" || event.event == "started";
    // A "started" whose predecessor said nothing: that one was killed.
    const auto found = up_.find(event.instance);
    if (gone && found != up_.end() && (event.event == "started" || found->second == process_of(event)))
      up_.erase(found);
  }
  std::int64_t count() const { return static_cast<std::int64_t>(up_.size()); }

 private:
  std::map<std::string, std::string> up_;
};

}  // namespace

std::vector<Event> read_events(const std::string& place) {
  std::vector<Event> events;
  if (fs::is_directory(place)) {
    for (const auto& entry : fs::directory_iterator(place))
      if (entry.path().extension() == ".jsonl") read_file(entry.path(), events);
  } else if (fs::exists(place)) {
    read_file(place, events);
  } else {
    throw std::runtime_error("no events at " + place);
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.mono < b.mono; });
  return events;
}

std::vector<Event> between(const std::vector<Event>& events, std::int64_t since, std::int64_t until) {
  std::vector<Event> chosen;
  std::copy_if(events.begin(), events.end(), std::back_inserter(chosen),
               [&](const Event& e) { return e.at >= since && e.at <= until; });
  return chosen;
}

Jobs jobs_of(const std::vector<Event>& events, Database& database) {
  Jobs jobs;
  std::set<std::string> missing = promised(events, jobs);
  std::map<std::string, int> done = done_by_events(events);
  for (const Row& row : database.query("SELECT id, state, done_count FROM jobs")) {
    ++jobs.rows;
    ++(row[1] == "done" ? jobs.done : jobs.pending);
    missing.erase(row[0]);
    int& times = done[row[0]];
    times = std::max(times, std::stoi(row[2]));
  }
  jobs.lost.assign(missing.begin(), missing.end());
  for (const auto& [id, times] : done)
    if (times > 1) jobs.twice.push_back(id);
  jobs.requeued =
      std::count_if(events.begin(), events.end(), [](const Event& e) { return e.event == "job_requeued"; });
  return jobs;
}

Workers workers_of(const std::vector<Event>& events, std::int64_t since) {
  Workers workers;
  WorkersUp up;
  std::string first_version;
  std::int64_t replaced_at = 0;  // 0: no worker of the new version is up yet, or its pause is counted
  for (const Event& event : events) {
    if (event.role != "worker") continue;
    up.see(event);
    workers.expected = std::max(workers.expected, up.count());
    if (event.at < since) {
      if (event.event == "healthy") first_version = event.version;
      continue;
    }
    workers.max_out = std::max(workers.max_out, workers.expected - up.count());
    if (event.event == "healthy") {
      if (first_version.empty()) first_version = event.version;
      if (event.version != first_version) ++workers.replacements, replaced_at = event.mono;
    }
    if (event.event == "stopping" && replaced_at > 0) {
      workers.pauses_ms.push_back((event.mono - replaced_at) / 1000);
      replaced_at = 0;
    }
  }
  return workers;
}

std::vector<MigrationSpan> migrations_of(const std::vector<Event>& events) {
  std::vector<MigrationSpan> spans;
  for (const Event& event : events) {
    const std::string name = event.detail("migration");
    if (event.event == "migration_began") spans.push_back({name, event.version, event.mono, 0, false, ""});
    if (event.event != "migration_done" && event.event != "migration_failed") continue;
    const auto open = std::find_if(spans.rbegin(), spans.rend(),
                                   [&](const MigrationSpan& s) { return s.name == name && s.ended == 0; });
    if (open == spans.rend()) continue;
    open->ended = event.mono;
    open->ok = event.event == "migration_done";
    open->error = event.detail("error");
  }
  return spans;
}

SchedulerActivity scheduler_of(const std::vector<Event>& events,
                               const std::vector<MigrationSpan>& migrations) {
  SchedulerActivity activity;
  for (const Event& event : events) {
    if (event.event == "scheduler_during_migration") ++activity.during_migration;
    if (event.event != "scheduler_enqueued") continue;
    ++activity.enqueued;
    activity.during_migration += std::any_of(
        migrations.begin(), migrations.end(),
        [&](const MigrationSpan& span) { return event.mono > span.began && event.mono < span.ended; });
  }
  return activity;
}

std::vector<Outage> outages_of(const std::vector<Event>& events) {
  std::vector<Outage> outages;
  for (const Event& event : events) {
    if (event.event == "outage") {
      const std::int64_t ms = std::stoll(event.detail("ms"));
      outages.push_back({event.at - ms, ms, event.detail("why")});
    }
  }
  return outages;
}

std::vector<Event> service_events(const std::vector<Event>& events) {
  static const std::set<std::string> kKinds{
      "started",       "healthy",         "stopping",       "stopped",          "reloaded",
      "reload_failed", "migration_began", "migration_done", "migration_failed", "schema_too_new"};
  std::vector<Event> chosen;
  std::copy_if(events.begin(), events.end(), std::back_inserter(chosen),
               [](const Event& e) { return kKinds.contains(e.event) && e.role != "load"; });
  return chosen;
}

}  // namespace piprio
