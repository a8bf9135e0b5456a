#include "executor/digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "executor/file_descriptor.h"
#include "executor/publish.h"

namespace pawl::executor {

Result<std::string> digest_of(const Context& context, const std::string& path, bool sync) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_failure("cannot read " + path);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free);
  ::EVP_DigestInit_ex(digest.get(), ::EVP_sha256(), nullptr);
  std::vector<char> buffer(1u << 20);
  for (;;) {
    if (context.stopped()) return lang::failure("stopped");
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0) return system_failure("cannot read " + path);
    if (got == 0) break;
    ::EVP_DigestUpdate(digest.get(), buffer.data(), static_cast<std::size_t>(got));
  }
  if (sync && ::fsync(file.get()) != 0) return system_failure("cannot sync " + path);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  ::EVP_DigestFinal_ex(digest.get(), bytes, &length);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) hex += fmt::format("{:02x}", bytes[i]);
  return hex;
}

}  // namespace pawl::executor
