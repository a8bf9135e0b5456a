// Each turn: take what arrived, note the facts that follow from it, start what may start, make all of it
// durable in one commit, and only then hand out the new operations. So nothing happens that the journal does
// not already announce, and steps that end together share a commit with those that begin.
#include "executor/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "executor/prober.h"
#include "executor/system/reason.h"

namespace pawl::executor {
namespace {

using Values = std::map<std::string, std::string>;

/// What References stand for at the beginning of a session.
Values initial_values(const planner::Plan& plan, RunId run, const RunState& state) {
  Values values{{"run", stamp(state.began)}, {"run.id", std::to_string(run)}};
  const auto& databases = plan.snapshot.databases;
  if (databases.size() == 1 && !databases[0].applied.empty())
    values["ledger.before"] = databases[0].applied.back();
  for (const auto& [name, value] : state.captures) {
    values["capture." + name] = value;
    if (name.starts_with("ledger.")) values[name] = value;
  }
  return values;
}

/// What a program or a log said last, apart from the reason that is told anyway. The last answer to a wait is
/// in its reason.
std::string printed(const planner::Operation& operation, const Outcome& outcome) {
  constexpr std::size_t kLines = 20;
  const bool command = std::holds_alternative<planner::Command>(operation.instruction);
  const bool log = std::holds_alternative<planner::LogWatch>(operation.instruction);
  if (!command && !log) return "";
  const std::string lines = printed_besides(outcome.output, outcome.reason, kLines);
  return lines.empty() ? "" : (command ? "What it printed last:\n" : "The log's last lines:\n") + lines;
}

/// Logs of what ran before would hide why it failed: a program has said it itself, or a migrator has run in a
/// container of its own, which is gone, so that any log of its service is an older one's.
bool is_own_witness(const planner::Step& step, const planner::Operation& operation, const Outcome& outcome) {
  if (!std::holds_alternative<planner::Command>(operation.instruction)) return false;
  return !outcome.reason.empty() || step.kind == planner::StepKind::Migrate;
}

}  // namespace

Ready::Ready(const planner::Plan& plan, const RunState& state)
    : dependents_(plan.steps.size()), missing_(plan.steps.size(), 0) {
  for (std::uint32_t step = 0; step < plan.steps.size(); ++step) {
    if (state.steps[step].state == StepState::Finished) continue;
    for (const planner::StepId need : plan.steps[step].needs) {
      if (state.steps[need.value].state == StepState::Finished) continue;
      dependents_[need.value].push_back(step);
      ++missing_[step];
    }
    if (missing_[step] == 0) ready_.insert(step);
  }
}

void Ready::finished(std::uint32_t step) {
  for (const std::uint32_t dependent : dependents_[step]) {
    if (--missing_[dependent] == 0) ready_.insert(dependent);
  }
}

std::uint32_t Ready::take() {
  return ready_.extract(ready_.begin()).value();
}

Session::Session(const planner::Plan& plan, World& world, StateStore& store, Clock& clock,
                 RunObserver& observer, Interrupt& interrupt, const RunOptions& options, RunId run,
                 RunState state)
    : plan_(plan),
      world_(world),
      clock_(clock),
      interrupt_(interrupt),
      parallelism_(static_cast<std::size_t>(
          std::max(1, options.parallelism > 0 ? options.parallelism : plan.parallelism))),
      sample_(options.sample && plan.availability.has_value()),
      observer_(observer),
      journal_(plan, store, clock, observer_, run, std::move(state)),
      ready_(plan, journal_.state()),
      values_(std::make_shared<Values>(initial_values(plan, run, journal_.state()))),
      notifier_(plan, world, events_, bindings(), interrupt.stop_now.get_token()),
      workers_(plan, world, observer_, events_, interrupt.stop_now.get_token()) {}

RunResult Session::go(std::optional<RunBegan> began) {
  const auto wake = [this] { events_.send(Wake{}); };
  const std::stop_callback on_first(interrupt_.finish_running.get_token(), wake);
  const std::stop_callback on_second(interrupt_.stop_now.get_token(), wake);
  std::optional<Prober> prober;
  if (sample_) prober.emplace(*plan_.availability, world_, clock_, events_);
  open(std::move(began));
  loop();
  prober.reset();
  const RunEnded end = ending();
  const bool failed = end.outcome == RunEnded::Outcome::Failed;
  if (failed) notifier_.tell("failed", fmt::format("{} failed: {}", title(), end.reason));
  if (end.outcome == RunEnded::Outcome::Succeeded) notifier_.tell("finished", title() + " finished");
  notifier_.flush();
  take(events_.receive_now());
  return close();
}

void Session::open(std::optional<RunBegan> began) {
  const bool resumed = began.has_value();
  if (began) journal_.add(std::move(*began));
  notifier_.tell("started", title() + (resumed ? " resumed" : " started"));
}

void Session::loop() {
  for (;;) {
    start_steps();
    commit_and_dispatch();
    if (running_ == 0) {
      if (!may_start() || ready_.empty()) return;
      continue;  // steps without operations ended at once
    }
    take(events_.receive());
  }
}

void Session::take(std::vector<Event> events) {
  for (Event& event : events) std::visit([this](auto& it) { on(it); }, event);
}

bool Session::may_start() const {
  const bool asked_to_stop =
      interrupt_.finish_running.stop_requested() || interrupt_.stop_now.stop_requested();
  return !asked_to_stop && !failed_step_ && reasons_.empty() && !store_failure_ && lock_lost_.empty();
}

/// A step that runs finishes its operations, unless it is stopped at once or cannot be journaled any more.
bool Session::may_go_on() const {
  return !interrupt_.stop_now.stop_requested() && !store_failure_;
}

void Session::start_steps() {
  while (running_ < parallelism_ && !ready_.empty() && may_start()) begin(ready_.take());
}

void Session::begin(std::uint32_t step) {
  ++running_;
  journal_.add(StepStarted{step});
  const StepProgress& progress = journal_.state().steps[step];
  if (progress.done >= plan_.steps[step].operations.size()) return finish(step);
  begin_operation(step, progress.done, progress.in_doubt);
}

/// Noted now, handed to a worker after the commit.
void Session::begin_operation(std::uint32_t step, std::uint32_t operation, bool in_doubt) {
  journal_.add(OperationStarted{step, operation});
  tasks_.push_back({Task::Kind::Perform, step, operation, in_doubt, bindings(step, operation)});
  if (const auto* ask = std::get_if<planner::Ask>(&plan_.steps[step].operations[operation].instruction)) {
    notifier_.tell("waiting", fmt::format("{} waits: {}", title(), ask->prompt));
  }
}

void Session::finish(std::uint32_t step) {
  journal_.add(StepFinished{step});
  --running_;
  ready_.finished(step);
}

void Session::fail(std::uint32_t step, std::string evidence) {
  evidence = printed_[step] + evidence;
  journal_.add(StepFailed{step, reasons_[step], evidence});
  --running_;
  if (failed_step_) return;
  failed_step_ = step;
  failure_ = reasons_[step];
  evidence_ = std::move(evidence);
}

/// What is not durable is not done: when the store fails, the new operations are dropped before they begin.
void Session::commit_and_dispatch() {
  const auto durable = journal_.commit();
  if (!durable) {
    if (!store_failure_) store_failure_ = durable.error();
    running_ -= tasks_.size();
    tasks_.clear();
  }
  for (Task& task : std::exchange(tasks_, {})) workers_.submit(std::move(task));
}

void Session::on(OperationDone& event) {
  Outcome& outcome = event.outcome;
  const std::uint32_t step = event.step;
  if (outcome.interrupted && interrupt_.stop_now.stop_requested()) {
    --running_;  // stays in doubt; a resume finds out
    return;
  }
  remember_capture(event);
  journal_.add(OperationFinished{step, event.operation, outcome.ok, outcome.skipped, outcome.exit_code,
                                 outcome.output, outcome.error, outcome.capture});
  if (!outcome.ok) {
    reasons_[step] = outcome.error;
    const planner::Step& it = plan_.steps[step];
    const planner::Operation& operation = it.operations[event.operation];
    printed_[step] = printed(operation, outcome);
    if (it.diagnose.empty() || is_own_witness(it, operation, outcome)) return fail(step, "");
    tasks_.push_back({Task::Kind::Diagnose, step, 0, false, bindings()});
    return;
  }
  const std::uint32_t next = event.operation + 1;
  if (next >= plan_.steps[step].operations.size()) return finish(step);
  if (may_go_on()) return begin_operation(step, next, false);
  --running_;
}

void Session::on(Diagnosed& event) {
  fail(event.step, std::move(event.evidence));
}
void Session::on(Sampled& event) {
  journal_.add(std::move(event.sample), event.at);
}
void Session::on(Delivered& event) {
  journal_.add(std::move(event.notified));
}
void Session::on(LockLost& event) {
  lock_lost_ = std::move(event.why);
}
void Session::on(Wake&) {}

void Session::remember_capture(const OperationDone& event) {
  const auto& instruction = plan_.steps[event.step].operations[event.operation].instruction;
  const auto* command = std::get_if<planner::Command>(&instruction);
  if (!event.outcome.ok || !command || command->capture.empty()) return;
  Values values = *values_;
  values["capture." + command->capture] = event.outcome.capture;
  if (command->capture.starts_with("ledger.")) values[command->capture] = event.outcome.capture;
  values_ = std::make_shared<Values>(std::move(values));
}

Bindings Session::bindings() const {
  return [values = values_](const std::string& name) -> std::optional<std::string> {
    const auto found = values->find(name);
    return found == values->end() ? std::nullopt : std::optional(found->second);
  };
}

/// As bindings(), with the name of one operation.
Bindings Session::bindings(std::uint32_t step, std::uint32_t operation) const {
  return [values = values_, run = journal_.run(), step,
          operation](const std::string& name) -> std::optional<std::string> {
    if (name == "operation") return fmt::format("{}.{}.{}", run, step, operation);
    const auto found = values->find(name);
    return found == values->end() ? std::nullopt : std::optional(found->second);
  };
}

RunEnded Session::ending() const {
  using End = RunEnded::Outcome;
  const auto& steps = journal_.state().steps;
  const auto finished = std::count_if(steps.begin(), steps.end(),
                                      [](const auto& one) { return one.state == StepState::Finished; });
  RunEnded end;
  if (failed_step_) {
    end.outcome = End::Failed;
    end.reason = name_of(*failed_step_) + ": " + failure_;
  } else if (store_failure_) {
    end.outcome = End::Interrupted;
    end.reason = store_failure_->what;
  } else if (static_cast<std::size_t>(finished) < steps.size()) {
    end.outcome = End::Interrupted;
    const std::string why = lock_lost_.empty() ? "stopped" : lock_lost_ + "; stopped";
    end.reason = fmt::format("{} after {} of {} steps", why, finished, steps.size());
  }
  return end;
}

RunResult Session::close() {
  commit_and_dispatch();
  const bool away = !journal_.state().unavailability.available;
  const Unavailability measured = measured_until(journal_.state().unavailability, clock_.now());
  RunEnded end = ending();
  end.unavailable_ms = measured.total_ms;
  end.longest_unavailable_ms = measured.longest_ms;
  journal_.add(end);
  commit_and_dispatch();
  RunResult result;
  result.run = journal_.run();
  result.reason = end.reason;
  result.failed_step = failed_step_;
  result.evidence = evidence_;
  result.unavailable_ms = end.unavailable_ms;
  result.longest_unavailable_ms = end.longest_unavailable_ms;
  result.away = away;
  switch (end.outcome) {
    case RunEnded::Outcome::Succeeded:
      result.end = RunResult::End::Succeeded;
      break;
    case RunEnded::Outcome::Failed:
      result.end = RunResult::End::Failed;
      break;
    case RunEnded::Outcome::Refused:
      result.end = RunResult::End::Refused;
      break;
    case RunEnded::Outcome::Interrupted:
      result.end = RunResult::End::Interrupted;
      break;
  }
  if (store_failure_) {
    result.end = RunResult::End::StoreFailed;
    result.reason = store_failure_->what + (store_failure_->fix.empty() ? "" : "; " + store_failure_->fix);
  }
  return result;
}

std::string Session::title() const {
  return fmt::format("{} {} → {}", plan_.stack, plan_.from, plan_.to);
}

std::string Session::name_of(std::uint32_t step) const {
  const planner::Step& it = plan_.steps[step];
  return fmt::format("step {} ({}{}{})", step + 1, planner::name(it.kind), it.subject.empty() ? "" : " ",
                     it.subject);
}

}  // namespace pawl::executor
