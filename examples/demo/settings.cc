#include "examples/demo/settings.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <tuple>

namespace piprio {
namespace {

std::string read_version(const std::string& folder) {
  std::ifstream file(folder + "/VERSION");
  std::string version;
  if (!(file >> version)) throw std::runtime_error("no VERSION file beside the program in " + folder);
  return version;
}

std::string host_name() {
  std::array<char, 256> buffer{};
  gethostname(buffer.data(), buffer.size() - 1);
  return buffer.data();
}

/// Each serving role has a variable of its own, so that one env file can name all ports.
int port_of(const std::string& role) {
  if (role == "api") return environment("PIPRIO_API_PORT", 8000, 1, 65535);
  if (role == "web") return environment("PIPRIO_WEB_PORT", 8001, 1, 65535);
  if (role == "proxy") return environment("PIPRIO_PROXY_PORT", 8080, 1, 65535);
  return 0;
}

/// The first two numbers of a version.
std::pair<int, int> series(const std::string& version) {
  int major = 0, minor = 0;
  const char* end = version.data() + version.size();
  const auto after = std::from_chars(version.data(), end, major).ptr;
  if (after != end) std::from_chars(after + 1, end, minor);
  return {major, minor};
}

}  // namespace

std::string environment(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value && *value ? value : fallback;
}

int environment(const char* name, int fallback, int low, int high) {
  const std::string text = environment(name, std::to_string(fallback));
  int value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || rest != text.data() + text.size() || value < low || value > high)
    throw std::runtime_error(std::string(name) + " must be a number from " + std::to_string(low) + " to " +
                             std::to_string(high) + ", not \"" + text + "\"");
  return value;
}

Milliseconds environment_ms(const char* name, int fallback) {
  return Milliseconds(environment(name, fallback, 0, 3'600'000));
}

std::string program_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

Behaviour behaviour_of(const std::string& version) {
  Behaviour behaviour;
  behaviour.priorities = series(version) >= std::pair{1, 5};
  behaviour.never_healthy = version == "1.6.1";
  behaviour.warm_up = environment_ms("PIPRIO_WARM_UP_MS", version == "1.7.0" ? 8000 : 0);
  return behaviour;
}

Settings read_settings(const std::string& role) {
  Settings settings;
  settings.role = role;
  settings.release_folder = program_folder();
  settings.version = read_version(settings.release_folder);
  settings.instance = environment("PIPRIO_INSTANCE", role + "@" + host_name());
  settings.database_url = environment("DATABASE_URL", "");
  settings.bind = environment("PIPRIO_BIND", "127.0.0.1");
  settings.port = port_of(role);
  settings.behaviour = behaviour_of(settings.version);
  return settings;
}

}  // namespace piprio
