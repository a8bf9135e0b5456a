#include "executor/notifier.h"

#include <algorithm>

namespace pawl::executor {
namespace {

constexpr planner::Duration kDeliveryTime{15'000};

bool wants(const planner::NotificationPlan& plan, const std::string& event) {
  return plan.on.empty() || std::find(plan.on.begin(), plan.on.end(), event) != plan.on.end();
}

}  // namespace

Notifier::Notifier(const planner::Plan& plan, World& world, Events& events, Bindings bindings,
                   std::stop_token stop_now)
    : plan_(plan),
      world_(world),
      events_(events),
      bindings_(std::move(bindings)),
      stop_now_(std::move(stop_now)) {
  if (!plan.notifications.empty())
    thread_ = std::jthread([this](const std::stop_token& quit) { work(quit); });
}

void Notifier::tell(const std::string& event, const std::string& message) {
  const std::lock_guard lock(mutex_);
  for (const planner::NotificationPlan& one : plan_.notifications) {
    if (!wants(one, event)) continue;
    planner::Operation operation;
    planner::Notify notify = one.notify;
    notify.message = message;
    operation.instruction = std::move(notify);
    operation.timeout = kDeliveryTime;
    messages_.push_back({event, std::move(operation)});
  }
  changed_.notify_all();
}

void Notifier::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return messages_.empty() && !busy_; });
}

void Notifier::work(const std::stop_token& quit) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, quit, [&] { return !messages_.empty(); })) {
    const Message message = std::move(messages_.front());
    messages_.pop_front();
    busy_ = true;
    lock.unlock();
    deliver(message);
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

void Notifier::deliver(const Message& message) {
  const Outcome outcome = world_.perform(message.operation, bindings_, {}, stop_now_);
  const bool ok = outcome.ok && outcome.error.empty();
  const std::string& name = std::get<planner::Notify>(message.operation.instruction).name;
  events_.send(Delivered{{name, message.event, ok, outcome.error}});
}

}  // namespace pawl::executor
