// Waiting for a condition. How long it may take, how long it must hold and how long it may go without
// progress are three different times.
#include <fmt/format.h>

#include <sstream>

#include "executor/instructions/interpreters.h"
#include "executor/instructions/matching.h"
#include "executor/instructions/told.h"
#include "executor/system/output.h"

namespace pawl::executor {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

/// The line that a condition with a pattern holds by; empty when it is not by one.
std::string telling_line(const planner::Condition& condition, const std::string& answer) {
  if (!condition.expect.matches) return "";
  const auto pattern = LinePattern::compile(*condition.expect.matches);
  std::istringstream lines(answer);
  for (std::string line; pattern && std::getline(lines, line);) {
    if (pattern->in_line(line)) return line;
  }
  return "";
}

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
      if (why) {
        if (final_) return failed(never(*why), tail_);
        if (const auto over = hopeless()) return failed(*over, tail_);
      }
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
    final_ = verdict.final;
    if (why) {
      why = context_.mask(*why);
      if (since_) ++breaks_;
      since_.reset();
      last_why_ = *why;
      tail_ = last_lines(context_.mask(verdict.answer.output));
      if (context_.progress) context_.progress(*why);
    }
    return why;
  }

  /// The exit code is one after which nobody asks again.
  std::string never(const std::string& why) const {
    const std::string& means = it_.condition.means;
    return (means.empty() ? "" : "it is not so that " + means + ", and ") +
           "asking again is of no use: " + why;
  }

  /// Between an answer and the next question it surely held; while somebody answers, who knows when it did.
  bool stayed(TimePoint asked) {
    if (!since_) since_ = now();
    return it_.stay.count() == 0 || asked - *since_ >= it_.stay;
  }

  Verdict judged(const planner::Condition& condition) const {
    return judge(condition, [this](const planner::Question& question) { return ask(context_, question); });
  }
  /// Why there is no use in waiting: what has happened, and the line of a program's answer that says so.
  std::optional<std::string> hopeless() const {
    if (!it_.hopeless) return std::nullopt;
    const Verdict verdict = judged(*it_.hopeless);
    if (!verdict.holds()) return std::nullopt;
    const std::string line = verdict.by_program ? telling_line(*it_.hopeless, verdict.answer.output) : "";
    return it_.hopeless->means + (line.empty() ? "" : ": " + context_.mask(printable(line)));
  }

  /// Past `within`, a wait goes on only while the progress query changes its answer.
  std::optional<std::string> out_of_time() {
    note_progress();
    const bool within = now() - began_ < it_.within;
    const bool moving = it_.progress && now() - last_progress_ < it_.progress_deadline;
    if (context_.overdue() || (!within && !moving)) {
      const std::string why = did_not_hold();
      const std::string& means = it_.condition.means;
      if (it_.within == Duration(0)) return means.empty() ? why : "it is not so that " + means + ": " + why;
      const std::string stall = it_.progress && !within ? " without progress" : "";
      return fmt::format("{} passed{}{}: {}", in_words(std::chrono::round<Duration>(now() - began_)), stall,
                         means.empty() ? "" : ", and it is still not so that " + means, why);
    }
    return std::nullopt;
  }

  /// The last answer alone would not tell that others before it were good.
  std::string did_not_hold() const {
    if (it_.stay.count() == 0 || (!since_ && breaks_ == 0)) return last_why_;
    if (breaks_ == 0) return "it did not stay so for " + in_words(it_.stay);
    return fmt::format("it was so {}, but never for {}; what ended it last: {}",
                       breaks_ == 1 ? "once" : fmt::format("{} times", breaks_), in_words(it_.stay),
                       last_why_);
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
  int breaks_ = 0;                  // how often a bad answer followed a good one
  std::string progress_, last_why_, tail_;
  bool final_ = false;  // the last answer was one that does not change
};

}  // namespace

Outcome perform(const Context& context, const planner::Await& it) {
  return Waiting(context, it).run();
}

}  // namespace pawl::executor
