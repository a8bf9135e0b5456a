#include <iostream>
#include <random>
#include <thread>

#include "examples/demo/clock.h"
#include "examples/demo/queue.h"
#include "examples/demo/roles.h"

namespace piprio {
namespace {

constexpr Milliseconds kRetry(300);

class Worker {
 public:
  explicit Worker(const Context& context)
      : context_(context),
        name_(unique_name(context.settings.instance)),
        lease_(environment_ms("PIPRIO_LEASE_MS", 10'000)),
        poll_(environment_ms("PIPRIO_POLL_MS", 100)),
        job_time_(environment("PIPRIO_JOB_MS_MIN", 50, 0, 600'000),
                  environment("PIPRIO_JOB_MS_MAX", 200, 0, 600'000)) {
    if (job_time_.min() > job_time_.max())
      throw std::runtime_error("PIPRIO_JOB_MS_MIN is above PIPRIO_JOB_MS_MAX");
  }

  /// Works until a stop is asked for; a database that goes away is waited for.
  void run() {
    while (!stopping()) {
      try {
        if (!database_) database_ = open_database(context_.settings);
        work_until_stopped();
      } catch (const DatabaseError& error) {
        lost_database(error);
      }
    }
  }

 private:
  void work_until_stopped() {
    Queue queue(*database_, context_.settings.behaviour);
    if (in_hand_) finish(queue);  // done before the database went away, but not yet on record
    while (!stopping()) {
      take_over(queue);
      if (const auto job = queue.take(name_, lease_))
        carry_out(queue, *job);
      else
        pause(poll_);
    }
  }

  /// Once a second, jobs of workers that died are put back.
  void take_over(Queue& queue) {
    if (wall_ms() - looked_for_expired_ < 1000) return;
    looked_for_expired_ = wall_ms();
    for (const Row& row : queue.requeue_expired())
      context_.events.write("job_requeued", JsonObject().text("job", row[0]).text("taken_by", row[1]));
  }

  void carry_out(Queue& queue, const Job& job) {
    in_hand_ = job.id;
    context_.events.write("job_taken", JsonObject().text("job", job.id).text("by", name_));
    const Milliseconds work(job_time_(random_));
    const auto until = std::chrono::steady_clock::now() + work;
    pause(work);                           // a stop that comes meanwhile is noticed at once …
    std::this_thread::sleep_until(until);  // … and the job is still finished
    finish(queue);
  }

  void finish(Queue& queue) {
    const bool ours = queue.finish(*in_hand_, name_);
    context_.events.write(ours ? "job_done" : "job_taken_away",
                          JsonObject().text("job", *in_hand_).text("by", name_));
    in_hand_.reset();
  }

  void lost_database(const DatabaseError& error) {
    std::cout << "the database fails: " << error.what() << std::endl;
    context_.events.write("database_failed", JsonObject().text("error", error.what()));
    database_.reset();
    pause(kRetry);
    if (stopping() && in_hand_) std::this_thread::sleep_for(kRetry);
  }

  /// A worker with a finished job in hand stops only when that is on record, or after some tries.
  bool stopping() {
    note_stop(context_.signals.stopping());
    return stop_noted_ && (!in_hand_ || ++tries_ > 20);
  }
  void pause(Milliseconds duration) { note_stop(context_.signals.wait(duration) == Signals::What::Stop); }
  void note_stop(bool stop) {
    if (stop && !stop_noted_) context_.events.write("stopping");
    stop_noted_ = stop_noted_ || stop;
  }

  const Context& context_;
  std::string name_;
  Milliseconds lease_, poll_;
  std::uniform_int_distribution<int> job_time_;
  std::minstd_rand random_{std::random_device()()};
  std::unique_ptr<Database> database_;
  std::optional<std::string> in_hand_;
  std::int64_t looked_for_expired_ = 0;
  bool stop_noted_ = false;
  int tries_ = 0;
};

}  // namespace

int run_worker(const Context& context) {
  Worker worker(context);
  if (!wait_for_schema(context)) return 0;
  context.events.write("healthy");
  std::cout << "working" << std::endl;
  worker.run();
  return 0;
}

}  // namespace piprio
