// How far an operation is, in bytes, for whoever waits for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "executor/instructions/context.h"

namespace pawl::executor {

/// "1.2 GB", "12.4 MB", "700 kB", "12 bytes": powers of 1000, as disks are sold.
std::string in_bytes(std::uint64_t bytes);

/// Counts bytes and says so at most once a second: "1.2 GB packed".
class Amount {
 public:
  Amount(const Context& context, std::string done) : context_(context), done_(std::move(done)) {}
  void add(std::uint64_t bytes);

 private:
  const Context& context_;
  const std::string done_;
  std::uint64_t bytes_ = 0;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

}  // namespace pawl::executor
