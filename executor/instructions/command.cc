// Programs: those that only read and those that change something.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <sstream>

#include "executor/instructions/interpreters.h"
#include "executor/instructions/leftovers.h"
#include "executor/instructions/matching.h"
#include "executor/instructions/remote.h"
#include "executor/system/output.h"
#include "executor/system/publish.h"

namespace pawl::executor {
namespace {

constexpr std::size_t kAnswerBytes = 16u << 20;
constexpr std::size_t kCaptureBytes = 1u << 20;
constexpr std::size_t kStderrBytes = 64u << 10;
constexpr std::size_t kShownCommand = 160;

std::string shown(const planner::Command& it) {
  std::string text = planner::render(planner::Instruction(it));
  if (text.size() > kShownCommand) text = printable(text.substr(0, kShownCommand)) + "…";
  return "`" + text + "`";
}

/// Both streams as masked lines: to the live observer, and the last of them kept.
class CommandOutput {
 public:
  /// `noise`: lines of stderr that do not count as said; null: none.
  CommandOutput(const Context& context, const LinePattern* noise)
      : out_([&](std::string text) { return context.mask(std::move(text)); },
             [&](std::string line) { show(context, line); }),
        err_([&](std::string text) { return context.mask(std::move(text)); },
             [this, &context, noise](std::string line) {
               show(context, line);
               if (noise && noise->in_line(line)) return;
               if (said_.size() < kStderrBytes) said_ += line + "\n";
             }) {}
  void feed(ProcessRequest::Stream stream, std::string_view chunk) {
    (stream == ProcessRequest::Stream::Out ? out_ : err_).feed(chunk);
  }
  std::string finish() {
    out_.finish();
    err_.finish();
    return tail_.text();
  }
  /// What it said on stderr; only the beginning when that is much.
  const std::string& said() const { return said_; }

 private:
  void show(const Context& context, const std::string& line) {
    tail_.add(line);
    if (context.progress) context.progress(line);
  }
  LineReader out_, err_;
  Tail tail_;
  std::string said_;
};

/// What the program said on stderr, as a file; no file when it said nothing, nor one of an earlier attempt.
Result<void> keep(const std::string& path, const std::string& said) {
  if (!said.empty()) return publish_file(path, said, 0600);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure("cannot remove " + path);
  return {};
}

/// ": " and the line of stderr that says why a program gave up: the last one with the word error, else the
/// last; empty when it said nothing.
std::string last_words(const std::string& said) {
  std::string words;
  bool error = false;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) {
    std::string small = line;
    std::transform(small.begin(), small.end(), small.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool tells = small.find("error") != std::string::npos || small.find("fatal") != std::string::npos;
    if (line.find_first_not_of(" \t\r") == std::string::npos || (error && !tells)) continue;
    words = std::move(line);
    error = tells;
  }
  if (words.empty()) return "";
  return ": " + printable(words.substr(0, kShownCommand)) + (words.size() > kShownCommand ? "…" : "");
}

/// It ran to its end and failed, in a way that does not count as a failure.
bool tolerated(const planner::Process& process, const ProcessEnd& end, const std::string& said) {
  return end.how == ProcessEnd::How::Exited && !process.tolerates.empty() &&
         said.find(process.tolerates) != std::string::npos;
}

Outcome outcome_of(const Context& context, const planner::Command& it, const ProcessEnd& end,
                   const std::string& said, Duration timeout) {
  using How = ProcessEnd::How;
  if (end.how == How::Stopped) return interrupted();
  if (end.how == How::NotStarted) return failed(context.mask(end.error));
  Outcome outcome;
  outcome.exit_code = end.how == How::Signalled ? 128 + end.code : end.code;
  const bool accepted = std::find(it.accept.begin(), it.accept.end(), end.code) != it.accept.end();
  outcome.ok = (end.how == How::Exited && accepted) || tolerated(it.process, end, said);
  if (!outcome.ok) outcome.error = shown(it) + " " + describe(end, timeout) + last_words(said);
  return outcome;
}

/// stdout as a value for later operations. A captured secret would end up in the journal.
void capture(const Context& context, const planner::Command& it, ProcessEnd& end, Outcome& outcome) {
  if (!outcome.ok || it.capture.empty()) return;
  while (!end.out.empty() && (end.out.back() == '\n' || end.out.back() == '\r')) end.out.pop_back();
  if (end.truncated) {
    outcome.ok = false;
    outcome.error = fmt::format("{} printed more than {} bytes to capture", shown(it), kCaptureBytes);
  } else if (context.mask(end.out) != end.out) {
    outcome.ok = false;
    outcome.error = shown(it) + " printed a secret, which cannot be captured";
  } else {
    outcome.capture = end.out;
  }
}

Outcome run(const Context& context, const planner::Command& it, ProcessRequest request) {
  std::optional<LinePattern> noise;
  if (!it.stderr_noise.empty()) {
    auto compiled = LinePattern::compile(it.stderr_noise);
    if (!compiled) return failed(compiled.error().what);
    noise = std::move(*compiled);
  }
  CommandOutput output(context, noise ? &*noise : nullptr);
  request.timeout = context.left();
  if (!it.capture.empty()) request.keep = kCaptureBytes;
  if (!it.stdin_file.empty()) request.stdin_file = context.path(it.stdin_file);
  request.on_output = [&](ProcessRequest::Stream stream, std::string_view chunk) {
    output.feed(stream, chunk);
  };
  ProcessEnd end = run_process(request, context.stop);
  std::string last_lines = output.finish();
  Outcome outcome = outcome_of(context, it, end, output.said(), request.timeout);
  capture(context, it, end, outcome);
  outcome.output = std::move(last_lines);
  if (!outcome.ok || it.stderr_file.empty()) return outcome;
  const auto kept = keep(context.path(it.stderr_file), output.said());
  return kept ? outcome : failed(kept.error().what, outcome.output);
}

}  // namespace

Outcome perform(const Context& context, const planner::Command& it) {
  auto request = request_for(context, it.process);
  if (!request) return failed(request.error().what);
  mark(context, *request);
  if (it.stdout_file.empty()) return run(context, it, std::move(*request));
  auto file = PendingFile::create(context.path(it.stdout_file), 0600);
  if (!file) return failed(file.error().what);
  request->stdout_fd = file->fd();
  Outcome outcome = run(context, it, std::move(*request));
  if (!outcome.ok) return outcome;
  const auto published = file->publish();
  return published ? outcome : failed(published.error().what, outcome.output);
}

planner::Answer ask(const Context& context, const planner::QueryCommand& query) {
  auto request = request_for(context, query.process);
  if (!request) return unanswered(request.error().what);
  request->timeout = context.left(query.timeout);
  request->grace = std::chrono::seconds(1);
  request->keep = kAnswerBytes;
  ProcessEnd end = run_process(*request, context.stop);
  planner::Answer answer;
  answer.exit_code = end.how == ProcessEnd::How::Signalled ? 128 + end.code : end.code;
  answer.ok = end.how == ProcessEnd::How::Exited && !end.truncated;
  if (tolerated(query.process, end, end.err)) answer.exit_code = 0;
  answer.output = std::move(end.out);
  answer.error = context.mask(std::move(end.err));
  if (!answer.ok) {
    const std::string what = end.truncated ? fmt::format("printed more than {} bytes", kAnswerBytes)
                                           : describe(end, request->timeout);
    const bool started = end.how != ProcessEnd::How::NotStarted;
    answer.error = started ? "`" + planner::render(planner::Query(query)) + "` " + what : context.mask(what);
  }
  return answer;
}

}  // namespace pawl::executor
