#include "examples/demo/report_text.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "examples/demo/json_object.h"

namespace piprio {
namespace {

template <class List, class Write>
std::string json_list(const List& list, Write write) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ",") + write(item);
  return "[" + out + "]";
}

std::int64_t since_first(const Report& report, std::int64_t mono) {
  return report.services.empty() ? 0 : (mono - report.services.front().mono) / 1000;
}

std::string order_json(const Report& report) {
  return json_list(report.services, [&](const Event& event) {
    JsonObject item;
    item.number("at", event.at).number("ms", since_first(report, event.mono)).text("event", event.event);
    item.text("role", event.role).text("instance", event.instance).text("version", event.version);
    item.number("pid", event.pid);
    if (const std::string migration = event.detail("migration"); !migration.empty())
      item.text("migration", migration);
    return item.str();
  });
}

std::string jobs_json(const Jobs& jobs) {
  JsonObject out;
  out.number("accepted", jobs.accepted).number("scheduled", jobs.scheduled).number("rows", jobs.rows);
  out.number("done", jobs.done).number("pending", jobs.pending).number("requeued", jobs.requeued);
  out.raw("lost", json_list(jobs.lost, json_string)).raw("twice", json_list(jobs.twice, json_string));
  return out.str();
}

std::string workers_json(const Workers& workers) {
  JsonObject out;
  out.number("expected", workers.expected)
      .number("max_out", workers.max_out)
      .number("replacements", workers.replacements);
  out.raw("pauses_ms", json_list(workers.pauses_ms, [](std::int64_t ms) { return std::to_string(ms); }));
  return out.str();
}

std::string migration_json(const MigrationSpan& span) {
  JsonObject out;
  out.text("name", span.name)
      .text("version", span.version)
      .number("ms", span.ended ? (span.ended - span.began) / 1000 : -1);
  return out.raw("ok", span.ok ? "true" : "false").text("error", span.error).str();
}

std::int64_t away_ms(const Report& report) {
  std::int64_t sum = 0;
  for (const Outage& outage : report.outages) sum += outage.ms;
  return sum;
}

std::int64_t longest_ms(const Report& report) {
  std::int64_t longest = 0;
  for (const Outage& outage : report.outages) longest = std::max(longest, outage.ms);
  return longest;
}

std::string api_json(const Report& report) {
  JsonObject out;
  out.number("away_ms", away_ms(report)).number("longest_ms", longest_ms(report));
  out.raw(
      "outages", json_list(report.outages, [](const Outage& outage) {
        return JsonObject().number("at", outage.began).number("ms", outage.ms).text("why", outage.why).str();
      }));
  return out.str();
}

std::string seconds(std::int64_t ms) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(ms < 10'000 ? 2 : 1) << static_cast<double>(ms) / 1000 << " s";
  return out.str();
}

std::string pauses_text(const Workers& workers) {
  if (workers.pauses_ms.empty()) return "";
  std::string out = ", pauses of ";
  for (std::size_t i = 0; i < workers.pauses_ms.size(); ++i)
    out += (i ? ", " : "") + seconds(workers.pauses_ms[i]);
  return out;
}

}  // namespace

std::string as_json(const Report& report) {
  JsonObject out;
  out.raw("order", order_json(report))
      .raw("jobs", jobs_json(report.jobs))
      .raw("workers", workers_json(report.workers));
  out.raw("migrations", json_list(report.migrations, migration_json));
  out.raw("scheduler", JsonObject()
                           .number("enqueued", report.scheduler.enqueued)
                           .number("during_migration", report.scheduler.during_migration)
                           .str());
  return out.raw("api", api_json(report)).str();
}

std::string as_text(const Report& report) {
  std::ostringstream out;
  out << "What the services wrote down\n";
  for (const Event& event : report.services)
    out << "  " << std::setw(9) << seconds(since_first(report, event.mono)) << "  " << std::left
        << std::setw(17) << event.event << std::setw(11) << event.role << std::setw(14) << event.instance
        << std::setw(7) << event.version << std::right << event.detail("migration") << "\n";
  const Jobs& jobs = report.jobs;
  out << "\nJobs       " << jobs.accepted << " accepted, " << jobs.scheduled << " scheduled, " << jobs.done
      << " done, " << jobs.pending << " still to do, " << jobs.lost.size() << " lost, " << jobs.twice.size()
      << " done twice\n"
      << "Workers    " << report.workers.expected << ", at most " << report.workers.max_out << " out at once"
      << pauses_text(report.workers) << "\n"
      << "Scheduler  enqueued " << report.scheduler.enqueued << " jobs, " << report.scheduler.during_migration
      << " of them during a migration\n"
      << "API        away for " << seconds(away_ms(report)) << " in " << report.outages.size() << " stretch"
      << (report.outages.size() == 1 ? "" : "es") << ", the longest " << seconds(longest_ms(report));
  return out.str();
}

}  // namespace piprio
