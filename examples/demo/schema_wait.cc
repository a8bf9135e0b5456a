#include <iostream>

#include "examples/demo/migrations.h"
#include "examples/demo/roles.h"

namespace piprio {

bool wait_for_schema(const Context& context) {
  const std::vector<Migration> ours = read_migrations(context.settings.release_folder);
  std::string told;
  while (!context.signals.stopping()) {
    std::string why = "the schema is older than " + context.settings.version + " needs";
    try {
      const auto database = open_database(context.settings);
      if (schema_is_current(*database, ours)) return true;
    } catch (const DatabaseError& error) {
      why = error.what();
    }
    if (why != told) std::cout << "waiting for the database: " << why << std::endl;
    told = why;
    context.signals.wait(Milliseconds(100));
  }
  return false;
}

std::string introduce(const Settings& settings) {
  return JsonObject()
      .text("service", "piprio")
      .text("role", settings.role)
      .text("version", settings.version)
      .str();
}

}  // namespace piprio
