#include <iostream>

#include "examples/demo/queue.h"
#include "examples/demo/roles.h"

namespace piprio {
namespace {

void enqueue_one(Database& database, const Context& context) {
  if (database.migration_running()) context.events.write("scheduler_during_migration");
  Queue queue(database, context.settings.behaviour);
  const std::string id = unique_name("s");
  queue.enqueue({id, "scheduled", context.settings.instance, 0});
  context.events.write("scheduler_enqueued", JsonObject().text("job", id));
  if (database.migration_running()) context.events.write("scheduler_during_migration");
}

}  // namespace

int run_scheduler(const Context& context) {
  const Milliseconds interval = environment_ms("PIPRIO_SCHEDULE_MS", 1000);
  if (!wait_for_schema(context)) return 0;
  context.events.write("healthy");
  std::cout << "scheduling each " << interval.count() << " ms" << std::endl;
  std::unique_ptr<Database> database;
  while (!context.signals.stopping()) {
    try {
      if (!database) database = open_database(context.settings);
      enqueue_one(*database, context);
    } catch (const DatabaseError& error) {
      std::cout << "the database fails: " << error.what() << std::endl;
      database.reset();
    }
    context.signals.wait(interval);
  }
  context.events.write("stopping");
  return 0;
}

}  // namespace piprio
