// Who watches a run.
#pragma once

#include <cstdint>
#include <string_view>

#include "executor/record/record.h"

namespace pawl::executor {

/// Sees every record after it is durable, and progress lines between records. Called from one thread at a
/// time.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void record(const Record& record) = 0;
  virtual void progress(std::uint32_t /*step*/, std::string_view /*line*/) {}
};

}  // namespace pawl::executor
