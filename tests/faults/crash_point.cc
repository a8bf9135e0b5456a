// A library for LD_PRELOAD that ends pawl with SIGKILL at one exact moment, so that "killed before" and
// "killed after" are facts and not races. pawl commits each record to its SQLite store before the next thing
// happens; the write-ahead log of that store is where this library looks.
//
//   CRASH_POINT_RECORD   text that only the record's own body holds, e.g. `"kind":"step-started","step":3`
//   CRASH_POINT_WHEN     "recorded": killed once the record is durable, before what it announces
//                        "unrecorded": killed before a byte of the record is written, after what it reports
//   CRASH_POINT_SIGNAL   "KILL" (default), or "STOP": halted there until somebody sends SIGCONT. With several
//                        lines in CRASH_POINT_RECORD it is halted at each of those records once, in that
//                        order
//
// Only a record that was not there when pawl started counts: earlier runs have records of the same words,
// which stand in the pages that are written again. What precedes the words in a page (run, sequence, kind)
// tells two records apart.
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
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::atomic<bool> seen{false};     // the wanted record has been written
std::atomic<std::size_t> line{0};  // where the wanted record's line begins in CRASH_POINT_RECORD

std::string_view wanted() {
  static const char* const text = std::getenv("CRASH_POINT_RECORD");
  const std::string_view left = text ? std::string_view(text).substr(line.load()) : "";
  return left.substr(0, left.find('\n'));
}

void strike() {
  static const char* const name = std::getenv("CRASH_POINT_SIGNAL");
  if (!seen.exchange(false)) return;
  static const std::size_t end = std::strlen(std::getenv("CRASH_POINT_RECORD"));
  line.store(std::min(end, line.load() + wanted().size() + 1));
  ::kill(::getpid(), name && std::strcmp(name, "STOP") == 0 ? SIGSTOP : SIGKILL);
}

/// Where each record with the wanted words stands in `bytes`: what precedes it there, and the words.
std::vector<std::string> occurrences(std::string_view bytes, std::string_view words) {
  constexpr std::string_view kKind = "\"kind\":\"";
  constexpr std::size_t kRunAndSequence = 4;
  const std::size_t kind = words.find('"', kKind.size()) - kKind.size();
  const std::size_t before = kRunAndSequence + kind + 1;  // the kind is a column of its own, then `{`
  std::vector<std::string> found;
  for (auto at = bytes.find(words); at != std::string_view::npos; at = bytes.find(words, at + 1)) {
    const std::size_t begin = at - std::min(at, before);
    found.emplace_back(bytes.substr(begin, at + words.size() - begin));
  }
  return found;
}

/// Both files as they are, read by another process: closing a file here would give up SQLite's locks on it.
std::string content(const std::string& store, const std::string& log) {
  std::string bytes;
  char some[65536];
  FILE* const both = ::popen(("cat '" + store + "' '" + log + "' 2>/dev/null").c_str(), "r");
  if (!both) return bytes;
  for (std::size_t count; (count = std::fread(some, 1, sizeof some, both)) > 0;) bytes.append(some, count);
  ::pclose(both);
  return bytes;
}

/// Of all wanted records, those that were in the store when it was first written to.
const std::set<std::string>& old_ones(const std::string& log) {
  static const std::set<std::string> known = [&] {
    std::set<std::string> all;
    std::string_view left = std::getenv("CRASH_POINT_RECORD");
    const std::string bytes = content(log.substr(0, log.size() - std::strlen("-wal")), log);
    while (!left.empty()) {
      const std::string_view words = left.substr(0, left.find('\n'));
      for (std::string& one : occurrences(bytes, words)) all.insert(std::move(one));
      left.remove_prefix(std::min(left.size(), words.size() + 1));
    }
    return all;
  }();
  return known;
}

bool kill_unrecorded() {
  static const char* const when = std::getenv("CRASH_POINT_WHEN");
  return when && std::strcmp(when, "unrecorded") == 0;
}

/// The path of the store's log when `file` is it; else empty.
std::string log_of_store(int file) {
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = ::readlink(link, path, sizeof path);
  const std::string_view name(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  return name.ends_with("-wal") ? std::string(name) : std::string();
}

void look(int file, const void* bytes, std::size_t count) {
  if (wanted().empty() || seen.load()) return;
  const std::string log = log_of_store(file);
  if (log.empty()) return;
  const std::set<std::string>& old = old_ones(log);
  const auto found = occurrences({static_cast<const char*>(bytes), count}, wanted());
  if (std::all_of(found.begin(), found.end(), [&](const auto& one) { return old.contains(one); })) return;
  seen.store(true);
  if (kill_unrecorded()) strike();
}

void after_sync(int file, int result) {
  if (result == 0 && seen.load() && !log_of_store(file).empty()) strike();
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
