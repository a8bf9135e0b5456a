#include "executor/prober.h"

#include <algorithm>

namespace pawl::executor {
namespace {

using planner::Duration;

/// A sample that takes longer than this says "not available"; the manifest's own patience is for judging
/// health.
constexpr Duration kPatience{1'000};

planner::HttpProbe sample_probe(const planner::Availability& availability) {
  planner::HttpProbe probe = availability.probe;
  probe.timeout = std::min(probe.timeout, std::max(kPatience, availability.every));
  return probe;
}

void sample(const planner::Availability& availability, World& world, Clock& clock, Events& events,
            const std::stop_token& stop) {
  const planner::Question question = sample_probe(availability);
  const Duration every = std::max(Duration(1), availability.every);
  std::optional<bool> before;
  auto due = clock.steady();
  while (!stop.stop_requested()) {
    const Timestamp at = clock.now();
    const planner::Answer answer = world.ask(question, stop);
    if (stop.stop_requested()) return;
    if (before != answer.ok) events.send(Sampled{at, {answer.ok, answer.ok ? "" : answer.error}});
    before = answer.ok;
    const auto now = clock.steady();
    while (due <= now) due += every;
    if (!clock.sleep(std::chrono::ceil<Duration>(due - now), stop)) return;
  }
}

}  // namespace

Prober::Prober(const planner::Availability& availability, World& world, Clock& clock, Events& events)
    : thread_([&availability, &world, &clock, &events](const std::stop_token& stop) {
        sample(availability, world, clock, events, stop);
      }) {}

}  // namespace pawl::executor
