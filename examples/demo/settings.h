// What a process of Piprio is told: by its place (the release folder it lies in) and by its environment.
#pragma once

#include <chrono>
#include <string>

namespace piprio {

using Milliseconds = std::chrono::milliseconds;

/// How versions differ, beyond the migrations in their folders.
struct Behaviour {
  bool priorities = false;     // from 1.5.0: jobs have a priority, results are kept, files have a region
  bool never_healthy = false;  // 1.6.1: its search component stays down
  Milliseconds warm_up{0};     // 1.7.0: serves only after this long
};

struct Settings {
  std::string role;            // "api", "worker", …
  std::string instance;        // PIPRIO_INSTANCE, else "worker@HOST"
  std::string version;         // first line of RELEASE/VERSION
  std::string release_folder;  // where the program lies: holds VERSION and migrations/
  std::string database_url;    // DATABASE_URL: sqlite:PATH or postgres://…
  std::string bind;            // PIPRIO_BIND, default 127.0.0.1
  int port = 0;                // PIPRIO_API_PORT, PIPRIO_WEB_PORT, PIPRIO_PROXY_PORT; 0 for the others
  Behaviour behaviour;
};

/// Throws std::runtime_error naming what is missing or wrong.
Settings read_settings(const std::string& role);

std::string environment(const char* name, const std::string& fallback);
/// Throws when the value is not a whole number from `low` to `high`.
int environment(const char* name, int fallback, int low, int high);
Milliseconds environment_ms(const char* name, int fallback);

/// The folder of the running program.
std::string program_folder();
Behaviour behaviour_of(const std::string& version);

}  // namespace piprio
