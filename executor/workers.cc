#include "executor/workers.h"

#include "executor/instructions/fill.h"
#include "executor/instructions/matching.h"
#include "executor/system/output.h"

namespace pawl::executor {
namespace {

Verdict judged(World& world, const planner::Condition& condition, const Task& task,
               const std::stop_token& stop) {
  return judge(fill(condition, task.bindings),
               [&](const planner::Question& question) { return world.ask(question, stop); });
}

/// Asks `done_when`: the outcome when it settles the operation, nothing when the operation must run.
std::optional<Outcome> settled(World& world, const planner::Operation& operation, const Task& task,
                               const std::stop_token& stop) {
  if (!operation.done_when) return std::nullopt;
  const Verdict done = judged(world, *operation.done_when, task, stop);
  Outcome outcome;
  if (done.holds()) {
    outcome.ok = outcome.skipped = true;
    return outcome;
  }
  if (done.final) {
    outcome.error =
        "what was asked does not say that it is done, and its exit code says that it never will: " +
        world.mask(*done.unmet);
    return outcome;
  }
  if (!task.in_doubt || operation.repeat != planner::Repeat::IfNotDone || !done.unknown())
    return std::nullopt;
  outcome.interrupted = stop.stop_requested();
  outcome.error = "whether it happened before pawl was stopped cannot be told: " + done.answer.error;
  return outcome;
}

/// Undoes what an earlier attempt left half done. Nothing: there is nothing left to undo, and the operation
/// may run; otherwise why it may not.
std::optional<Outcome> not_undone(World& world, const planner::Operation& operation, const Task& task,
                                  const std::function<void(std::string_view)>& progress,
                                  const std::stop_token& stop) {
  if (!operation.half_done) return std::nullopt;
  const planner::HalfDone& half_done = *operation.half_done;
  const Verdict left = judged(world, half_done.when, task, stop);
  Outcome outcome;
  if (left.unknown()) {
    outcome.interrupted = stop.stop_requested();
    outcome.error = "whether an earlier attempt left it half done cannot be told: " + left.answer.error;
    return outcome;
  }
  if (!left.holds()) return std::nullopt;
  progress("an earlier attempt left it half done (" + half_done.when.means +
           "); undone first: " + planner::render(half_done.undo));
  planner::Operation undo{half_done.undo, planner::Repeat::Safe, std::nullopt, operation.timeout};
  undo.host = operation.host;
  outcome = world.perform(undo, task.bindings, progress, stop);
  if (outcome.ok) return std::nullopt;
  if (!outcome.interrupted)
    outcome.error = "an earlier attempt left it half done (" + half_done.when.means +
                    "), which could not be undone: " + outcome.error;
  return outcome;
}

/// How much of its time the first attempt still has, at most.
planner::Duration patience(const planner::Operation& operation) {
  constexpr planner::Duration kDefault{600'000};
  return operation.timeout > planner::Duration(0) ? operation.timeout : kDefault;
}

Outcome stopped() {
  Outcome outcome;
  outcome.interrupted = true;
  return outcome;
}

Outcome refused(std::string error) {
  Outcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

std::string evidence(World& world, const planner::Step& step, const Bindings& bindings,
                     const std::stop_token& stop) {
  std::string text;
  for (const planner::Question& question : step.diagnose) {
    const planner::Answer answer = world.ask(fill(question, bindings), stop);
    text += "$ " + planner::render(question) + "\n";
    if (!answer.output.empty()) text += last_lines(world.mask(answer.output));
    if (!answer.error.empty()) text += last_lines(world.mask(answer.error));
    if (text.back() != '\n') text += '\n';
  }
  return text;
}

}  // namespace

Workers::Workers(const planner::Plan& plan, World& world, SharedObserver& observer, Events& events,
                 std::stop_token stop_now)
    : plan_(plan), world_(world), observer_(observer), events_(events), stop_now_(std::move(stop_now)) {}

Workers::~Workers() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

void Workers::submit(Task task) {
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    more = tasks_.size() > idle_;
  }
  if (more) {
    threads_.emplace_back([this](const std::stop_token& quit) { work(quit); });
  } else {
    arrived_.notify_one();
  }
}

void Workers::work(const std::stop_token& quit) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    const bool any = arrived_.wait(lock, quit, [&] { return !tasks_.empty(); });
    --idle_;
    if (!any) return;
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    carry_out(task);
    lock.lock();
  }
}

void Workers::carry_out(const Task& task) {
  const planner::Step& step = plan_.steps[task.step];
  if (task.kind == Task::Kind::Diagnose) {
    return events_.send(Diagnosed{task.step, evidence(world_, step, task.bindings, stop_now_)});
  }
  events_.send(OperationDone{task.step, task.operation, outcome_of(task, step.operations[task.operation])});
}

Outcome Workers::outcome_of(const Task& task, const planner::Operation& operation) {
  const auto progress = [&](std::string_view line) { observer_.progress(task.step, line); };
  if (task.in_doubt) {
    const auto still = world_.await_leftovers(task.bindings, patience(operation), progress, stop_now_);
    if (still && stop_now_.stop_requested()) return stopped();
    if (still) return refused(*still);
  }
  if (auto outcome = settled(world_, operation, task, stop_now_)) return *outcome;
  if (auto outcome = not_undone(world_, operation, task, progress, stop_now_)) return *outcome;
  return world_.perform(operation, task.bindings, progress, stop_now_);
}

}  // namespace pawl::executor
