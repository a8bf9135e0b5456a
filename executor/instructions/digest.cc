#include "executor/instructions/digest.h"

#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include "executor/instructions/amount.h"
#include "executor/system/file_descriptor.h"
#include "executor/system/publish.h"
#include "planner/plan/hash.h"

namespace pawl::executor {

Result<std::string> digest_of(const Context& context, const std::string& path, bool sync) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_failure("cannot read " + path);
  planner::Sha256 digest;
  Amount amount(context, "of " + path.substr(path.rfind('/') + 1) + " read");
  std::vector<char> buffer(1u << 20);
  for (;;) {
    if (context.stopped()) return lang::failure("stopped");
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0) return system_failure("cannot read " + path);
    if (got == 0) break;
    digest.add({buffer.data(), static_cast<std::size_t>(got)});
    amount.add(static_cast<std::uint64_t>(got));
  }
  if (sync && ::fsync(file.get()) != 0) return system_failure("cannot sync " + path);
  return digest.hex();
}

}  // namespace pawl::executor
