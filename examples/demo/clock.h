// The two times an event carries.
#pragma once

#include <chrono>
#include <cstdint>

namespace piprio {

/// Milliseconds since 1970-01-01 UTC.
inline std::int64_t wall_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// Microseconds of CLOCK_MONOTONIC, which all processes and containers of one machine share.
inline std::int64_t monotonic_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace piprio
