// demo-report EVENTS DATABASE: what happened, from the application's own records.
#include <iostream>
#include <limits>

#include "examples/demo/arguments.h"
#include "examples/demo/report_text.h"
#include "examples/demo/settings.h"

namespace {

constexpr const char* kUsage =
    "usage: demo-report EVENTS DATABASE_URL [--since MS] [--until MS] [--json]\n"
    "EVENTS is a file of events or a folder with them. --since and --until (milliseconds since 1970) limit "
    "what is said\n"
    "of services, workers, migrations and outages; jobs are always counted whole.\n";

int run(const piprio::Arguments& arguments) {
  const auto all = piprio::read_events(arguments.rest()[0]);
  const std::int64_t until = arguments.number("--until", std::numeric_limits<std::int64_t>::max());
  const std::int64_t since = arguments.number("--since", 0);
  const auto chosen = piprio::between(all, since, until);

  piprio::Settings settings;
  settings.database_url = arguments.rest()[1];
  const auto database = piprio::open_database(settings);
  piprio::Report report;
  report.services = piprio::service_events(chosen);
  report.jobs = piprio::jobs_of(all, *database);
  report.workers = piprio::workers_of(piprio::between(all, 0, until), since);
  report.migrations = piprio::migrations_of(chosen);
  report.scheduler = piprio::scheduler_of(chosen, report.migrations);
  report.outages = piprio::outages_of(chosen);
  std::cout << (arguments.has("--json") ? piprio::as_json(report) : piprio::as_text(report)) << std::endl;
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    const piprio::Arguments arguments(count, words, {"--since", "--until"}, {"--json", "--help"});
    if (arguments.has("--help") || arguments.rest().size() != 2) return std::cerr << kUsage, 2;
    return run(arguments);
  } catch (const std::exception& error) {
    std::cerr << "demo-report: " << error.what() << "\n";
    return 1;
  }
}
