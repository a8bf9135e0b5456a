// Files appear whole or not at all: written beside, synced, renamed, and the folder synced.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "executor/system/file_descriptor.h"
#include "lang/result.h"

namespace pawl::executor {

using lang::Result;

/// What the name of a file ends in while it is written. A write that was killed leaves it behind; the
/// repetition replaces it.
constexpr std::string_view kUnpublished = ".pawl-new";

/// A file being written. Until `publish` nothing is at its path; when it goes away unpublished, nothing stays
/// behind.
class PendingFile {
 public:
  /// Beside `path`, whose folder must exist. An existing file's mode and owner are kept, a new one gets
  /// `mode`. When `path` is a symbolic link, the file it points to is the one that is replaced.
  static Result<PendingFile> create(const std::string& path, mode_t mode);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile();

  int fd() const { return file_.get(); }
  Result<void> write(std::string_view bytes);
  /// Syncs and renames. After it the file survives a power cut.
  Result<void> publish();

 private:
  PendingFile() = default;
  std::string path_, beside_;
  FileDescriptor file_;
};

Result<void> publish_file(const std::string& path, std::string_view bytes, mode_t mode);

/// Creates a folder and its parents; fine when it is there.
Result<void> make_folders(const std::string& path, mode_t mode);
/// Makes the names in a folder survive a power cut.
Result<void> sync_folder(const std::string& path);
/// The folder of a path: "." when it names none.
std::string folder_of(const std::string& path);
/// "cannot write FILE: No space left on device", from errno.
tl::unexpected<lang::Error> system_failure(const std::string& what);

}  // namespace pawl::executor
