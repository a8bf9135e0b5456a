// Two paths change places in one step.
//
// After the exchange the old is where the new was, and nothing in the names tells whether it has happened. So
// the inode of the new is written down first (`holding`/inode): once `path` is that inode, the exchange is
// done, whenever pawl was killed.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "executor/instructions/interpreters.h"
#include "executor/system/publish.h"
#include "executor/system/read_text.h"

namespace pawl::executor {
namespace {

/// device:inode of what is at `path` itself; empty when nothing is.
std::string identity(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return "";
  return fmt::format("{}:{}", info.st_dev, info.st_ino);
}

bool exists(const std::string& path) {
  return !identity(path).empty();
}

class Exchange {
 public:
  Exchange(const Context& context, const planner::ExchangePaths& it)
      : context_(context),
        it_(it),
        path_(context.path(it.path)),
        holding_(context.path(it.holding)),
        fresh_(holding_ + "/new"),
        kept_(holding_ + "/old"),
        note_(holding_ + "/inode"),
        done_(holding_ + "/done") {}

  Result<void> run() {
    if (exists(done_)) return {};
    auto wanted = identity_of_new();
    if (!wanted) return tl::unexpected(wanted.error());
    if (identity(path_) != *wanted) {
      if (auto exchanged = exchange(); !exchanged) return exchanged;
    }
    if (auto synced = sync_folder(folder_of(path_)); !synced) return synced;
    if (exists(fresh_) && ::rename(fresh_.c_str(), kept_.c_str()) != 0)
      return system_failure("cannot keep what " + it_.path + " was");
    return publish_file(done_, "", 0600);
  }

 private:
  /// From the note of an earlier attempt, or noted now.
  Result<std::string> identity_of_new() {
    auto noted = read_text(note_, 256);
    if (!noted) return tl::unexpected(noted.error());
    if (*noted) return **noted;
    const std::string fresh = identity(fresh_);
    if (fresh.empty()) return lang::failure("there is nothing at " + it_.holding + "/new to put in place");
    if (auto clean = no_leftovers(); !clean) return tl::unexpected(clean.error());
    if (auto alike = like_replaced(); !alike) return tl::unexpected(alike.error());
    if (auto wrote = publish_file(note_, fresh, 0600); !wrote) return tl::unexpected(wrote.error());
    return fresh;
  }

  Result<void> no_leftovers() const {
    for (const std::string& leftover : it_.leftovers) {
      struct stat info {};
      if (::stat(context_.path(leftover).c_str(), &info) != 0 || info.st_size == 0) continue;
      return lang::failure(
          fmt::format("{} holds what {} has not taken in: something still has it open", leftover, it_.path),
          "stop what uses it; when nothing does, move " + leftover + " away");
    }
    return {};
  }

  Result<void> like_replaced() const {
    struct stat before {};
    if (!it_.like_replaced || ::stat(path_.c_str(), &before) != 0) return {};
    if (::chown(fresh_.c_str(), before.st_uid, before.st_gid) != 0 ||
        ::chmod(fresh_.c_str(), before.st_mode & 07777) != 0)
      return system_failure("cannot keep owner and mode of " + it_.path);
    return {};
  }

  Result<void> exchange() const {
    if (!exists(fresh_))
      return lang::failure(it_.path + " has been changed by something else since the restore began",
                           "restore again");
    if (!exists(path_)) {
      if (auto made = make_folders(folder_of(path_), 0700); !made) return made;
      return moved(::rename(fresh_.c_str(), path_.c_str()));
    }
    const int exchanged = ::renameat2(AT_FDCWD, fresh_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE);
    const bool unable = exchanged != 0 && (errno == EINVAL || errno == ENOSYS);
    return unable ? one_after_the_other() : moved(exchanged);
  }

  /// File systems that cannot exchange (NFS). A file is replaced in one step all the same; between the two
  /// renames of a folder there is a moment without it, which a resume ends.
  Result<void> one_after_the_other() const {
    struct stat info {};
    const bool folder = ::lstat(path_.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
    if (!folder) {
      ::unlink(kept_.c_str());  // of an attempt that was killed before its rename
      if (::link(path_.c_str(), kept_.c_str()) != 0) return moved(-1);
    } else if (::rename(path_.c_str(), kept_.c_str()) != 0) {
      return moved(-1);
    }
    return moved(::rename(fresh_.c_str(), path_.c_str()));
  }

  Result<void> moved(int result) const {
    if (result == 0) return {};
    if (errno == EBUSY)
      return lang::failure(it_.path + " is a mount point and cannot change places",
                           "name what is below it in the manifest");
    return system_failure("cannot put " + it_.holding + "/new in the place of " + it_.path);
  }

  const Context& context_;
  const planner::ExchangePaths& it_;
  std::string path_, holding_, fresh_, kept_, note_, done_;
};

}  // namespace

Outcome perform(const Context& context, const planner::ExchangePaths& it) {
  const auto exchanged = Exchange(context, it).run();
  if (exchanged) return succeeded();
  const lang::Error& error = exchanged.error();
  return failed(error.what + (error.fix.empty() ? "" : "; " + error.fix));
}

}  // namespace pawl::executor
