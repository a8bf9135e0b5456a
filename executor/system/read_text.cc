#include "executor/system/read_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "executor/system/publish.h"

namespace pawl::executor {

lang::Result<std::optional<std::string>> read_text(const std::string& path, std::uint64_t max_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::optional<std::string>();
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) return system_failure("cannot read " + path);
  if (!S_ISREG(info.st_mode)) return lang::failure(path + " is not a file");
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("cannot read " + path);
    if (got == 0) return std::optional(std::move(text));
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > max_bytes)
      return lang::failure(fmt::format("{} is larger than {} bytes", path, max_bytes));
  }
}

}  // namespace pawl::executor
