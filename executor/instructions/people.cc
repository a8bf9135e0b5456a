// Letting time pass, asking a person, telling somebody.
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "executor/instructions/http.h"
#include "executor/instructions/interpreters.h"
#include "executor/instructions/remote.h"
#include "executor/system/publish.h"

namespace pawl::executor {
namespace {

constexpr Duration kDeliveryTime{10'000};
constexpr const char* kLogFile = ".pawl/notify.log";

std::string utc(Timestamp at) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(at / 1000)));
}

/// Each way to tell somebody returns why it could not, or nothing.
using Problem = std::optional<std::string>;

Problem write_log(const Context& context, const planner::Notify& it) {
  const std::string path = context.path(kLogFile);
  if (auto made = make_folders(folder_of(path), 0700); !made) return made.error().what;
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  const std::string line = utc(context.settings.clock->now()) + " " + it.name + ": " + it.message + "\n";
  if (file && ::write(file.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()))
    return std::nullopt;
  return system_failure("cannot write " + path).value().what;
}

Problem post(const Context& context, const planner::Notify& it) {
  const auto url = context.text(it.webhook);
  if (!url) return url.error().what;
  HttpRequest request;
  request.url = *url;
  request.headers = {"Content-Type: application/json"};
  const nlohmann::json body{
      {"name", it.name}, {"text", it.message}, {"time", utc(context.settings.clock->now())}};
  request.post = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  request.timeout = context.left(kDeliveryTime);
  request.use_proxy = true;
  const HttpReply reply = http(request, context.stop);
  if (reply.status >= 200 && reply.status < 300) return std::nullopt;
  const std::string what = reply.status == 0 ? reply.error : fmt::format("it answered {}", reply.status);
  return context.mask(fmt::format("the webhook {} was not reached: {}", it.webhook.shown(), what));
}

/// The message is the program's last argument and its standard input.
Problem run_command(const Context& context, const planner::Notify& it) {
  planner::Process process;
  process.argv = it.command;
  process.argv.emplace_back(it.message);
  process.env.emplace_back("PAWL_NOTIFY", lang::Text(it.name));
  auto request = request_for(context, process);
  if (!request) return request.error().what;
  request->stdin_text = it.message + "\n";
  request->timeout = context.left(kDeliveryTime);
  const ProcessEnd end = run_process(*request, context.stop);
  if (end.how == ProcessEnd::How::Exited && end.code == 0) return std::nullopt;
  const std::string program = it.command[0].shown();
  const bool started = end.how != ProcessEnd::How::NotStarted;
  return context.mask((started ? "`" + program + "` " : "") + describe(end, request->timeout));
}

/// The person is asked on a thread of its own, because a read from a terminal cannot be stopped; that thread
/// may outlive the wait for it.
std::optional<std::string> ask_person(const Context& context, const planner::Ask& it) {
  if (!context.settings.answer) return std::nullopt;
  struct Shared {
    std::mutex mutex;
    std::condition_variable_any changed;
    bool over = false;
    std::optional<std::string> typed;
  };
  const auto shared = std::make_shared<Shared>();
  std::thread([shared, answer = context.settings.answer, it] {
    auto typed = answer(it);
    const std::lock_guard lock(shared->mutex);
    shared->typed = std::move(typed);
    shared->over = true;
    shared->changed.notify_all();
  }).detach();
  std::unique_lock lock(shared->mutex);
  const auto over = [&] { return shared->over; };
  if (!context.deadline) {
    shared->changed.wait(lock, context.stop, over);
  } else {
    shared->changed.wait_for(lock, context.stop, context.left(), over);
  }
  return shared->typed;
}

}  // namespace

Outcome perform(const Context& context, const planner::Wait& it) {
  if (context.progress && !it.reason.empty()) context.progress(it.reason);
  const bool whole = context.deadline && context.left(it.duration) < it.duration ? false : true;
  if (!context.sleep(it.duration)) return interrupted();
  return whole ? succeeded() : failed("the wait is longer than the operation may take");
}

Outcome perform(const Context& context, const planner::Ask& it) {
  const auto phrase = context.text(it.phrase);
  if (!phrase) return failed(phrase.error());
  const auto typed = ask_person(context, it);
  if (context.stopped()) return interrupted();
  if (!typed) return failed(fmt::format("nobody answered: {} (give it with --yes {})", it.prompt, it.name));
  if (phrase->empty()) {
    const bool yes = *typed == "yes" || *typed == "y" || *typed == it.name;
    return yes ? succeeded() : failed("not acknowledged: " + it.prompt);
  }
  return *typed == *phrase ? succeeded() : failed("what was typed is not the phrase: " + it.prompt);
}

/// Succeeds in any case; `error` says who was not reached.
Outcome perform(const Context& context, const planner::Notify& it) {
  std::string problems;
  const auto note = [&](const Problem& problem) {
    if (problem) problems += (problems.empty() ? "" : "; ") + *problem;
  };
  if (it.log) note(write_log(context, it));
  if (!it.webhook.empty()) note(post(context, it));
  if (!it.command.empty()) note(run_command(context, it));
  Outcome outcome = succeeded();
  outcome.error = problems;
  return outcome;
}

}  // namespace pawl::executor
