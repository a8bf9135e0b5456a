// Waiting for a condition. How long it may take, how long it must hold and how long it may go without
// progress are three different times.
#include <fmt/format.h>

#include "executor/instructions/interpreters.h"
#include "executor/instructions/matching.h"
#include "executor/system/output.h"
#include "planner/plan/render.h"

namespace pawl::executor {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

class Waiting {
 public:
  Waiting(const Context& context, const planner::Await& it)
      : context_(context), it_(it), began_(now()), last_progress_(began_) {}

  Outcome run() {
    for (;;) {
      if (context_.stopped()) return interrupted();
      const TimePoint asked = now();
      const auto why = look();
      if (context_.stopped()) return interrupted();
      if (!why && stayed(asked)) return succeeded();
      if (why && hopeless()) return failed(it_.hopeless->means, tail_);
      if (const auto over = out_of_time()) return failed(*over, tail_);
      if (!context_.sleep(pause(asked))) return interrupted();
    }
  }

 private:
  TimePoint now() const { return context_.settings.clock->steady(); }

  /// Asks once; says why the condition does not hold.
  std::optional<std::string> look() {
    const Verdict verdict = judged(it_.condition);
    auto why = verdict.unmet;
    if (why) {
      why = context_.mask(*why);
      since_.reset();
      last_why_ = *why;
      tail_ = last_lines(context_.mask(verdict.answer.output));
      if (context_.progress) context_.progress(*why);
    }
    return why;
  }

  /// Between an answer and the next question it surely held; while somebody answers, who knows when it did.
  bool stayed(TimePoint asked) {
    if (!since_) since_ = now();
    return it_.stay.count() == 0 || asked - *since_ >= it_.stay;
  }

  Verdict judged(const planner::Condition& condition) const {
    return judge(condition, [this](const planner::Question& question) { return ask(context_, question); });
  }
  bool hopeless() const { return it_.hopeless && judged(*it_.hopeless).holds(); }

  /// Past `within`, a wait goes on only while the progress query changes its answer.
  std::optional<std::string> out_of_time() {
    note_progress();
    const bool within = now() - began_ < it_.within;
    const bool moving = it_.progress && now() - last_progress_ < it_.progress_deadline;
    if (context_.overdue() || (!within && !moving)) {
      const auto waited = std::chrono::round<Duration>(now() - began_);
      const std::string stall = it_.progress && !within ? ", and there was no progress" : "";
      const std::string why =
          since_ ? "it did not stay so for " + planner::render_duration(it_.stay) : last_why_;
      if (it_.within == Duration(0)) return fmt::format("not so: {}: {}", it_.condition.means, why);
      return fmt::format("gave up after {}, waiting until {}{}: {}", planner::render_duration(waited),
                         it_.condition.means, stall, why);
    }
    return std::nullopt;
  }

  void note_progress() {
    if (!it_.progress) return;
    const planner::Answer answer = ask(context_, *it_.progress);
    if (!answer.ok || answer.output == progress_) return;
    if (!progress_.empty()) last_progress_ = now();
    progress_ = answer.output;
  }

  /// Until the next question: it is due `every` after the last one began. Slow answers come from a machine
  /// that has better things to do than to answer, so they get a longer rest, at most `every` itself.
  Duration pause(TimePoint asked) const {
    const auto spent = std::chrono::floor<Duration>(now() - asked);
    return std::max({Duration(1), it_.every - spent, std::min(it_.every, 3 * spent)});
  }

  const Context& context_;
  const planner::Await& it_;
  const TimePoint began_;
  TimePoint last_progress_;
  std::optional<TimePoint> since_;  // when the first of the good answers that follow each other came
  std::string progress_, last_why_, tail_;
};

}  // namespace

Outcome perform(const Context& context, const planner::Await& it) {
  return Waiting(context, it).run();
}

}  // namespace pawl::executor
