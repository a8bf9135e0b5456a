#include "executor/system/publish.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace pawl::executor {
namespace {

/// The file a write to `path` ends up in.
std::string behind_links(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) ? std::string(resolved) : path;
}

}  // namespace

tl::unexpected<lang::Error> system_failure(const std::string& what) {
  const int error = errno;
  const std::string fix = error == ENOSPC ? "make room on that file system, then run again" : "";
  return lang::failure(what + ": " + std::generic_category().message(error), fix);
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> make_folders(const std::string& path, mode_t mode) {
  struct stat info {};
  if (path.empty() || (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode))) return {};
  if (auto parent = folder_of(path); parent != path) {
    if (auto made = make_folders(parent, mode); !made) return made;
  }
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
    return system_failure("cannot create the folder " + path);
  if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return lang::failure(path + " is in the way: a folder is needed there", "move it away");
  }
  return {};
}

Result<void> sync_folder(const std::string& path) {
  const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return system_failure("cannot sync the folder " + path);
  return {};
}

PendingFile::PendingFile(PendingFile&& other) noexcept
    : path_(std::move(other.path_)),
      beside_(std::exchange(other.beside_, {})),
      file_(std::move(other.file_)) {}

PendingFile::~PendingFile() {
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

Result<PendingFile> PendingFile::create(const std::string& path, mode_t mode) {
  PendingFile pending;
  pending.path_ = behind_links(path);
  // Always the same name, so that what a killed pawl left behind is replaced when its operation is repeated.
  // Unlinked first, not truncated: a program that outlived pawl may still write to the old one.
  const std::string beside = pending.path_ + std::string(kUnpublished);
  ::unlink(beside.c_str());
  pending.file_ = FileDescriptor(::open(beside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!pending.file_) return system_failure("cannot write beside " + path);
  pending.beside_ = beside;
  struct stat before {};
  const bool exists = ::stat(pending.path_.c_str(), &before) == 0;
  if (exists && S_ISDIR(before.st_mode)) return lang::failure(path + " is a folder");
  if (exists && ::fchown(pending.fd(), before.st_uid, before.st_gid) != 0) {
    return system_failure("cannot keep the owner of " + path);
  }
  if (::fchmod(pending.fd(), exists ? before.st_mode & 07777 : mode) != 0) {
    return system_failure("cannot set the mode of " + path);
  }
  return pending;
}

Result<void> PendingFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return system_failure("cannot write " + path_);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> PendingFile::publish() {
  if (::fsync(fd()) != 0) return system_failure("cannot write " + path_);
  if (::rename(beside_.c_str(), path_.c_str()) != 0) return system_failure("cannot replace " + path_);
  beside_.clear();
  file_.reset();
  return sync_folder(folder_of(path_));
}

Result<void> publish_file(const std::string& path, std::string_view bytes, mode_t mode) {
  auto pending = PendingFile::create(path, mode);
  if (!pending) return tl::unexpected(pending.error());
  if (auto wrote = pending->write(bytes); !wrote) return wrote;
  return pending->publish();
}

}  // namespace pawl::executor
