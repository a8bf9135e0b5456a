#include "planner/plan/hash.h"

// The low-level interface is deprecated in favour of EVP, which looks its algorithms up through providers at
// run time: that pulls in all of libcrypto and costs milliseconds at start. These three functions need only
// the SHA-256 code itself, so that linking libcrypto.a adds a few kilobytes and nothing to the start.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <new>

namespace pawl::planner {
namespace {

static_assert(sizeof(SHA256_CTX) <= 128);

SHA256_CTX* context(std::array<std::uint8_t, 128>& bytes) {
  return std::launder(reinterpret_cast<SHA256_CTX*>(bytes.data()));
}

}  // namespace

Sha256::Sha256() : context_{} {
  new (context_.data()) SHA256_CTX;
  SHA256_Init(context(context_));
}

void Sha256::add(std::string_view bytes) {
  SHA256_Update(context(context_), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256_Final(digest.data(), context(context_));
  std::string out;
  out.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

}  // namespace pawl::planner
