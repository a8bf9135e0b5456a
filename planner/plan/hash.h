// SHA-256 (FIPS 180-4) of bytes, as 64 lower-case hex digits.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pawl::planner {

std::string sha256(std::string_view bytes);

/// The same for bytes that come in pieces (a large file): add() each, then hex() once.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  std::string hex();

 private:
  alignas(16) std::array<std::uint8_t, 128> context_;  // OpenSSL's SHA256_CTX, kept out of this header
};

}  // namespace pawl::planner
