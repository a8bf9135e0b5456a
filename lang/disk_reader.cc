#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "lang/load.h"

namespace pawl::lang {

namespace fs = std::filesystem;

Result<std::optional<std::string>> DiskReader::read(std::string_view path, std::size_t max_bytes) const {
  const fs::path relative = fs::path(path).lexically_normal();
  if (relative.is_absolute() || *relative.begin() == "..") {
    return failure("`" + std::string(path) + "` is outside the folder of the manifest");
  }
  const std::string full = (fs::path(root_) / relative).string();
  struct stat info {};
  if (::stat(full.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>();
    return failure("`" + std::string(path) + "` cannot be read: " + std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return failure(
        "`" + std::string(path) + "` is " + (S_ISDIR(info.st_mode) ? "a folder" : "not a regular file"),
        "name a manifest file");
  }
  if (static_cast<std::size_t>(info.st_size) > max_bytes) {
    return failure("`" + std::string(path) + "` has " + std::to_string(info.st_size) +
                       " bytes, and at most " + std::to_string(max_bytes) + " are read",
                   "a manifest is written by hand: check that this is the right file");
  }
  std::ifstream in(full, std::ios::binary);
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  in.read(text.data(), info.st_size);
  if (!in) return failure("`" + std::string(path) + "` cannot be read: " + std::strerror(errno));
  return std::optional<std::string>(std::move(text));
}

}  // namespace pawl::lang
