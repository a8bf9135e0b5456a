#include "executor/instructions/amount.h"

#include <fmt/format.h>

#include <array>

namespace pawl::executor {

std::string in_bytes(std::uint64_t bytes) {
  static constexpr std::array kUnits{"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  auto value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; value >= 999.95 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

void Amount::add(std::uint64_t bytes) {
  bytes_ += bytes;
  const auto now = std::chrono::steady_clock::now();
  if (!context_.progress || now - told_ < std::chrono::seconds(1)) return;
  told_ = now;
  context_.progress(in_bytes(bytes_) + " " + done_);
}

}  // namespace pawl::executor
