// A library for LD_PRELOAD that ends pawl with SIGKILL at one exact moment, so that "killed before" and
// "killed after" are facts and not races. pawl commits each record to its SQLite store before the next thing
// happens; the write-ahead log of that store is where this library looks.
//
//   CRASH_POINT_RECORD   text that only the record's own body holds, e.g. `"kind":"step-started","step":3`
//   CRASH_POINT_WHEN     "recorded": killed once the record is durable, before what it announces
//                        "unrecorded": killed before a byte of the record is written, after what it reports
//   CRASH_POINT_SIGNAL   "KILL" (default), or "STOP": halted there until somebody sends SIGCONT. With several
//                        lines in CRASH_POINT_RECORD it is halted at each of those records once, in that order
//
// To find a body that spans several writes of one commit the text must lie in one page, which the first 200
// bytes of a body do.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

std::atomic<bool> seen{false};  // the wanted record has been written
std::atomic<std::size_t> begin{0};  // where the wanted record's line begins in CRASH_POINT_RECORD

std::string_view wanted() {
  static const char* const text = std::getenv("CRASH_POINT_RECORD");
  const std::string_view left = text ? std::string_view(text).substr(begin.load()) : "";
  return left.substr(0, left.find('\n'));
}

void strike() {
  static const char* const name = std::getenv("CRASH_POINT_SIGNAL");
  if (!seen.exchange(false)) return;
  static const std::size_t end = std::strlen(std::getenv("CRASH_POINT_RECORD"));
  begin.store(std::min(end, begin.load() + wanted().size() + 1));
  ::kill(::getpid(), name && std::strcmp(name, "STOP") == 0 ? SIGSTOP : SIGKILL);
}

bool kill_unrecorded() {
  static const char* const when = std::getenv("CRASH_POINT_WHEN");
  return when && std::strcmp(when, "unrecorded") == 0;
}

bool is_log_of_store(int file) {
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = ::readlink(link, path, sizeof path);
  return length > 4 && std::string_view(path, static_cast<std::size_t>(length)).ends_with("-wal");
}

void look(int file, const void* bytes, std::size_t count) {
  if (wanted().empty() || seen.load() || !is_log_of_store(file)) return;
  if (std::string_view(static_cast<const char*>(bytes), count).find(wanted()) == std::string_view::npos)
    return;
  seen.store(true);
  if (kill_unrecorded()) strike();
}

void after_sync(int file, int result) {
  if (result == 0 && seen.load() && is_log_of_store(file)) strike();
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t offset) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  look(file, bytes, count);
  return real(file, bytes, count, offset);
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  look(file, bytes, count);
  return real(file, bytes, count, offset);
}

int fdatasync(int file) {
  static const auto real = next<int (*)(int)>("fdatasync");
  const int result = real(file);
  after_sync(file, result);
  return result;
}

int fsync(int file) {
  static const auto real = next<int (*)(int)>("fsync");
  const int result = real(file);
  after_sync(file, result);
  return result;
}
}
