#include "cli/patience.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

#include "executor/instructions/short_name.h"

namespace pawl::cli {
namespace {

using namespace std::chrono_literals;

std::string name_of(const planner::Question& question) {
  const std::string host = question.host.empty() ? "" : " on " + question.host;
  if (const auto* command = std::get_if<planner::QueryCommand>(&question.query))
    return executor::short_name(command->process) + host;
  return "`" + planner::render(question) + "`";
}

void tell(const std::stop_token& answered, const std::string& name) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  for (auto waited = 8s;; waited += 8s) {
    wake.wait_for(lock, answered, 8s, [] { return false; });
    if (answered.stop_requested()) return;
    std::cerr << fmt::format("Waiting for the answer of {}, {} s so far.\n", name, waited.count());
  }
}

}  // namespace

planner::Answer ask_patiently(executor::World& world, const planner::Question& question) {
  const std::jthread teller([&](const std::stop_token& answered) { tell(answered, name_of(question)); });
  return world.ask(question, {});
}

}  // namespace pawl::cli
