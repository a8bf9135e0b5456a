// demo-load: users of Piprio. Posts jobs at a steady rate through the proxy, asks again with the same id when
// one was refused, and probes /health all the while; what it saw goes to the events file.
#include <atomic>
#include <deque>
#include <iostream>
#include <mutex>
#include <thread>

#include "examples/demo/arguments.h"
#include "examples/demo/clock.h"
#include "examples/demo/events.h"
#include "examples/demo/http.h"
#include "examples/demo/queue.h"
#include "examples/demo/settings.h"
#include "examples/demo/signals.h"

namespace piprio {
namespace {

using std::chrono::steady_clock;

constexpr const char* kUsage =
    "usage: demo-load [--url http://127.0.0.1:8080] [--rate JOBS_A_SECOND] [--seconds N] [--probe-ms N] "
    "[--events FILE]\n"
    "                 [--json]\n"
    "Runs until SIGTERM when --seconds is 0 (the default). Defaults: 20 jobs a second, a probe each 20 ms.\n";

constexpr Milliseconds kTimeout(2000);
constexpr std::size_t kMaxWaiting = 10'000;

bool accepted(const Response& response) {
  return response.status == 200 || response.status == 202;
}

/// Asks for /health again and again; a stretch of failures becomes one "outage" event.
class Prober {
 public:
  Prober(Address to, Milliseconds every, const Events& events)
      : to_(std::move(to)), every_(every), events_(events) {}

  void run(const std::atomic<bool>& stop) {
    while (!stop) {
      const auto asked = steady_clock::now();
      const Response response = send_request(to_, "GET", "/health", "", kTimeout);
      ++probes_;
      if (response.status == 200)
        recovered(asked);
      else
        failed(asked, response);
      std::this_thread::sleep_until(asked + every_);
    }
    recovered(steady_clock::now());
  }

  std::int64_t probes() const { return probes_; }
  std::int64_t away_ms() const { return away_ms_; }
  std::int64_t longest_ms() const { return longest_ms_; }

 private:
  void failed(steady_clock::time_point at, const Response& response) {
    if (away_since_) return;
    away_since_ = at;
    why_ = response.status == 0 ? response.body : "status " + std::to_string(response.status);
  }
  void recovered(steady_clock::time_point at) {
    if (!away_since_) return;
    const std::int64_t ms = std::chrono::duration_cast<Milliseconds>(at - *away_since_).count();
    away_ms_ += ms;
    longest_ms_ = std::max(longest_ms_, ms);
    away_since_.reset();
    events_.write("outage", JsonObject().number("ms", ms).text("why", why_));
  }

  Address to_;
  Milliseconds every_;
  const Events& events_;
  std::optional<steady_clock::time_point> away_since_;
  std::string why_;
  std::int64_t probes_ = 0, away_ms_ = 0, longest_ms_ = 0;
};

/// Posts jobs; those that were refused wait and are posted again, under the same id.
class Poster {
 public:
  Poster(Address to, const Events& events) : to_(std::move(to)), events_(events), name_(unique_name("l")) {}

  void post_next() {
    if (waiting_.size() < kMaxWaiting) waiting_.push_back(name_ + "-" + std::to_string(++made_));
    post_waiting(2);  // one new, and catch up with one more
    if (made_ % 4 == 0) read_something();
  }
  /// Tries what is left until all is accepted or `within` is over.
  void finish(Milliseconds within) {
    const auto until = steady_clock::now() + within;
    while (!waiting_.empty() && steady_clock::now() < until) {
      if (!post_waiting(waiting_.size())) std::this_thread::sleep_for(Milliseconds(100));
    }
  }
  JsonObject summary() const {
    JsonObject summary;
    summary.number("accepted", accepted_).number("refused", refused_).number("read", read_);
    return summary.number("never_accepted", static_cast<std::int64_t>(waiting_.size()));
  }

 private:
  /// Whether all that was tried was accepted.
  bool post_waiting(std::size_t at_most) {
    for (std::size_t i = 0; i < at_most && !waiting_.empty(); ++i) {
      if (!accepted(send_request(to_, "POST", "/jobs?id=" + waiting_.front(), "work", kTimeout))) {
        ++refused_;
        return false;
      }
      ++accepted_;
      events_.write("job_accepted", JsonObject().text("job", waiting_.front()));
      waiting_.pop_front();
    }
    return true;
  }
  void read_something() {
    for (const char* target : {"/jobs", "/"})
      ++(send_request(to_, "GET", target, "", kTimeout).status == 200 ? read_ : refused_);
  }

  Address to_;
  const Events& events_;
  std::string name_;
  std::deque<std::string> waiting_;
  std::int64_t made_ = 0, accepted_ = 0, refused_ = 0, read_ = 0;
};

void print(const JsonObject& summary, bool as_json, const Prober& prober) {
  std::cout << summary.str() << std::endl;
  if (!as_json)
    std::cout << "Away for " << prober.away_ms() << " ms, at most " << prober.longest_ms() << " ms at a time."
              << std::endl;
}

int run(const Arguments& arguments) {
  Signals signals;
  const Address to = parse_address(arguments.text("--url", "http://127.0.0.1:8080"));
  const std::int64_t rate = std::clamp<std::int64_t>(arguments.number("--rate", 20), 1, 1000);
  const std::int64_t seconds = arguments.number("--seconds", 0);
  Settings settings;
  settings.role = settings.instance = "load";
  const Events events(settings);
  events.write("started", JsonObject().number("rate", rate));

  std::atomic<bool> stop = false;
  Prober prober(to, Milliseconds(std::clamp<std::int64_t>(arguments.number("--probe-ms", 20), 1, 60'000)),
                events);
  std::thread probing([&] { prober.run(stop); });
  Poster poster(to, events);
  const auto began = steady_clock::now();
  const auto beat = std::chrono::microseconds(1'000'000 / rate);
  auto next = began;
  while (!signals.stopping() && (seconds == 0 || next < began + std::chrono::seconds(seconds))) {
    poster.post_next();
    next = std::max(next + beat, steady_clock::now() - std::chrono::seconds(1));
    const auto left = std::chrono::duration_cast<Milliseconds>(next - steady_clock::now());
    if (left.count() > 0) signals.wait(left);
  }
  poster.finish(Milliseconds(5000));
  stop = true;
  probing.join();
  JsonObject summary = poster.summary();
  summary.number("probes", prober.probes())
      .number("away_ms", prober.away_ms())
      .number("longest_ms", prober.longest_ms());
  events.write("stopped", summary);
  print(summary, arguments.has("--json"), prober);
  return 0;
}

}  // namespace
}  // namespace piprio

int main(int count, char** words) {
  try {
    const piprio::Arguments arguments(
        count, words, {"--url", "--rate", "--seconds", "--probe-ms", "--events"}, {"--json", "--help"});
    if (arguments.has("--help") || !arguments.rest().empty()) return std::cerr << piprio::kUsage, 2;
    if (arguments.has("--events")) setenv("PIPRIO_EVENTS", arguments.text("--events", "").c_str(), 1);
    return piprio::run(arguments);
  } catch (const std::exception& error) {
    std::cerr << "demo-load: " << error.what() << "\n" << piprio::kUsage;
    return 2;
  }
}
