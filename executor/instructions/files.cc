// Looking at files and folders; creating a folder.
#include <fmt/format.h>
#include <fts.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <climits>
#include <filesystem>
#include <memory>
#include <set>

#include "executor/instructions/interpreters.h"
#include "executor/system/publish.h"
#include "executor/system/read_text.h"

namespace pawl::executor {
namespace {

namespace fs = std::filesystem;

/// As `du` counts: blocks on disk, a file with several names once. Paths that do not exist count as nothing.
std::uint64_t used_bytes(std::vector<std::string> paths) {
  std::vector<char*> roots;
  for (std::string& path : paths) {
    if (::access(path.c_str(), F_OK) == 0) roots.push_back(path.data());
  }
  if (roots.empty()) return 0;
  roots.push_back(nullptr);
  const std::unique_ptr<FTS, int (*)(FTS*)> tree(
      ::fts_open(roots.data(), FTS_PHYSICAL | FTS_NOCHDIR, nullptr), ::fts_close);
  std::set<std::pair<dev_t, ino_t>> seen;
  std::uint64_t total = 0;
  while (const FTSENT* entry = tree ? ::fts_read(tree.get()) : nullptr) {
    if (entry->fts_info == FTS_DP || !entry->fts_statp) continue;
    const struct stat& info = *entry->fts_statp;
    if (info.st_nlink > 1 && !S_ISDIR(info.st_mode) && !seen.emplace(info.st_dev, info.st_ino).second)
      continue;
    total += static_cast<std::uint64_t>(info.st_blocks) * 512;
  }
  return total;
}

/// `path` or its nearest parent that exists.
std::string nearest_existing(std::string path) {
  while (::access(path.c_str(), F_OK) != 0 && folder_of(path) != path) path = folder_of(path);
  return path;
}

}  // namespace

planner::Answer ask(const Context& context, const planner::ReadFile& query) {
  auto text = read_text(context.path(query.path), query.max_bytes);
  if (!text) return unanswered(text.error().what);
  if (!*text && !query.optional) return unanswered(query.path + " does not exist");
  return answered(text->value_or(""));
}

planner::Answer ask(const Context& context, const planner::ListFolder& query) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(context.path(query.path), error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unknown;
    names.push_back(entry->path().filename().string() + (entry->is_directory(unknown) ? "/" : ""));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return unanswered("cannot list " + query.path + ": " + error.message());
  }
  std::sort(names.begin(), names.end());
  std::string lines;
  for (const std::string& name : names) lines += name + "\n";
  return answered(lines);
}

planner::Answer ask(const Context& context, const planner::ReadLink& query) {
  char target[PATH_MAX];
  const ssize_t length = ::readlink(context.path(query.path).c_str(), target, sizeof target);
  if (length >= 0) return answered(std::string(target, static_cast<std::size_t>(length)));
  if (errno == ENOENT || errno == ENOTDIR) return answered("");
  if (errno == EINVAL) return unanswered(query.path + " is not a symbolic link");
  return unanswered(system_failure("cannot read the link " + query.path).value().what);
}

planner::Answer ask(const Context& context, const planner::DiskSpace& query) {
  std::vector<std::string> paths;
  for (const std::string& path : query.paths) paths.push_back(context.path(path));
  const std::string on = nearest_existing(context.path(query.on));
  struct statvfs space {};
  if (::statvfs(on.c_str(), &space) != 0) {
    return unanswered(system_failure("cannot tell the free space of " + on).value().what);
  }
  const std::uint64_t free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  return answered(fmt::format(R"({{"used":{},"free":{}}})", used_bytes(paths), free));
}

Outcome perform(const Context& context, const planner::MakeFolder& it) {
  const auto made = make_folders(context.path(it.path), 0700);
  return made ? succeeded() : failed(made.error());
}

}  // namespace pawl::executor
