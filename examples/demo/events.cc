#include "examples/demo/events.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "examples/demo/clock.h"
#include "examples/demo/settings.h"

namespace piprio {
namespace {

int open_events(const std::string& place) {
  if (place.empty()) return -1;
  namespace fs = std::filesystem;
  fs::path path = place;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) path /= "events.jsonl";
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0)
    throw std::runtime_error("cannot open the events file " + path.string() + ": " + std::strerror(errno));
  return file;
}

}  // namespace

Events::Events(const Settings& settings) : file_(open_events(environment("PIPRIO_EVENTS", ""))) {
  who_.text("role", settings.role)
      .text("instance", settings.instance)
      .text("version", settings.version)
      .number("pid", getpid());
}

Events::~Events() {
  if (file_ >= 0) close(file_);
}

void Events::write(std::string_view event, const JsonObject& more) const {
  if (file_ < 0) return;
  JsonObject line;
  line.number("at", wall_ms()).number("mono", monotonic_us()).text("event", event).append(who_).append(more);
  const std::string text = line.str() + "\n";
  if (::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    std::cerr << "piprio: an event could not be written: " << std::strerror(errno) << std::endl;
}

}  // namespace piprio
