#include "executor/journal.h"

#include <utility>

namespace pawl::executor {
namespace {

bool announces(const Record& record) {
  return std::holds_alternative<StepStarted>(record.fact) ||
         std::holds_alternative<OperationStarted>(record.fact);
}

}  // namespace

lang::Result<void> Journal::commit() {
  if (pending_.empty()) return {};
  if (auto durable = store_.append(pending_); !durable) {
    std::erase_if(pending_, announces);
    return durable;
  }
  for (const Record& record : std::exchange(pending_, {})) {
    advance(state_, plan_, record);
    observer_.record(record);
  }
  return {};
}

}  // namespace pawl::executor
