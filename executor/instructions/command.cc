// Programs: those that only read and those that change something.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "executor/instructions/amount.h"
#include "executor/instructions/interpreters.h"
#include "executor/instructions/leftovers.h"
#include "executor/instructions/matching.h"
#include "executor/instructions/remote.h"
#include "executor/instructions/short_name.h"
#include "executor/system/output.h"
#include "executor/system/publish.h"
#include "executor/system/reason.h"

namespace pawl::executor {
namespace {

constexpr std::size_t kAnswerBytes = 16u << 20;
constexpr std::size_t kCaptureBytes = 1u << 20;
constexpr std::size_t kStderrBytes = 64u << 10;
/// Both streams as masked lines: to the live observer, and the last of them kept.
class CommandOutput {
 public:
  /// `noise`: lines of stderr that do not count as said; null: none.
  CommandOutput(const Context& context, const LinePattern* noise)
      : out_([&](std::string text) { return context.mask(std::move(text)); },
             [this, &context](std::string line) {
               show(context, Reason::Stream::Out, line);
               if (line.find_first_not_of(" \t\r") != std::string::npos) last_line_ = std::move(line);
             }),
        err_([&](std::string text) { return context.mask(std::move(text)); },
             [this, &context, noise](std::string line) {
               const bool counts = !noise || !noise->in_line(line);
               show(context, counts ? Reason::Stream::Err : Reason::Stream::Out, line);
               if (!counts) return;
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
  /// The last line on stdout that is not blank.
  const std::string& last_line() const { return last_line_; }
  /// Why it gave up, in its own words; empty when it said nothing.
  const std::string& reason() const { return reason_.text(); }

 private:
  void show(const Context& context, Reason::Stream stream, const std::string& line) {
    tail_.add(line);
    reason_.add(stream, line);
    if (context.progress) context.progress(line);
  }
  LineReader out_, err_;
  Tail tail_;
  Reason reason_;
  std::string said_, last_line_;
};

/// What the program said on stderr, as a file; no file when it said nothing, nor one of an earlier attempt.
Result<void> keep(const std::string& path, const std::string& said) {
  if (!said.empty()) return publish_file(path, said, 0600);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure("cannot remove " + path);
  return {};
}

std::string trimmed(const std::string& line) {
  constexpr const char* kBlank = " \t\r";
  const auto first = line.find_first_not_of(kBlank);
  return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

/// Why a program failed: what it says itself comes first, because nobody knows better; time that is up goes
/// before anything it said until then.
std::string with_reason(const std::string& name, const ProcessEnd& end, Duration timeout,
                        const std::string& reason) {
  using How = ProcessEnd::How;
  if (end.how == How::NotStarted) return describe(end, timeout);
  const std::string what = name + " " + describe(end, timeout);
  if (reason.empty()) return end.how == How::Exited ? what + " and did not say why" : what;
  if (end.how == How::TimedOut) return what + "; the last that it said: " + reason;
  return reason + " (" + what + ")";
}

/// It ran to its end and failed, in a way that does not count as a failure.
bool tolerated(const planner::Process& process, const ProcessEnd& end, const std::string& said) {
  return end.how == ProcessEnd::How::Exited && !process.tolerates.empty() &&
         said.find(process.tolerates) != std::string::npos;
}

Outcome outcome_of(const Context& context, const planner::Command& it, const ProcessEnd& end,
                   const CommandOutput& output, Duration timeout) {
  using How = ProcessEnd::How;
  if (end.how == How::Stopped) return interrupted();
  if (end.how == How::NotStarted) return failed(context.mask(end.error));
  Outcome outcome;
  outcome.exit_code = end.how == How::Signalled ? 128 + end.code : end.code;
  const bool accepted = std::find(it.accept.begin(), it.accept.end(), end.code) != it.accept.end();
  outcome.ok = (end.how == How::Exited && accepted) || tolerated(it.process, end, output.said());
  if (outcome.ok) return outcome;
  outcome.error = with_reason(short_name(it.process), end, timeout, output.reason());
  if (end.how != How::TimedOut) outcome.reason = output.reason();
  return outcome;
}

/// stdout as a value for later operations. A captured secret would end up in the journal.
void capture(const Context& context, const planner::Command& it, ProcessEnd& end, Outcome& outcome) {
  if (!outcome.ok || it.capture.empty()) return;
  while (!end.out.empty() && (end.out.back() == '\n' || end.out.back() == '\r')) end.out.pop_back();
  if (end.truncated) {
    outcome.ok = false;
    outcome.error =
        fmt::format("{} printed more than {} bytes to capture", short_name(it.process), kCaptureBytes);
  } else if (context.mask(end.out) != end.out) {
    outcome.ok = false;
    outcome.error = short_name(it.process) + " printed a secret, which cannot be captured";
  } else {
    outcome.capture = end.out;
  }
}

Outcome run(const Context& context, const planner::Command& it, ProcessRequest request) {
  std::optional<LinePattern> noise;
  if (!it.stderr_noise.empty()) {
    auto compiled = LinePattern::compile(it.stderr_noise);
    if (!compiled) return failed(compiled.error());
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
  Outcome outcome = outcome_of(context, it, end, output, request.timeout);
  capture(context, it, end, outcome);
  outcome.output = std::move(last_lines);
  if (!outcome.ok) return outcome;
  Result<void> kept;
  if (!it.stderr_file.empty()) kept = keep(context.path(it.stderr_file), output.said());
  if (kept && !it.last_line_file.empty())
    kept = publish_file(context.path(it.last_line_file), trimmed(output.last_line()), 0600);
  return kept ? outcome : failed(kept.error(), outcome.output);
}

}  // namespace

Outcome perform(const Context& context, const planner::Command& it) {
  auto request = request_for(context, it.process);
  if (!request) return failed(request.error());
  mark(context, *request);
  if (it.stdout_file.empty()) return run(context, it, std::move(*request));
  auto file = PendingFile::create(context.path(it.stdout_file), 0600);
  if (!file) return failed(file.error());
  request->stdout_fd = file->fd();
  request->on_second = [&] {
    struct stat info {};
    if (!context.progress || ::fstat(file->fd(), &info) != 0) return;
    const auto bytes = static_cast<std::uint64_t>(info.st_size);
    context.progress(bytes == 0 ? "nothing is written yet" : in_bytes(bytes) + " written");
  };
  Outcome outcome = run(context, it, std::move(*request));
  if (!outcome.ok) return outcome;
  const auto published = file->publish();
  return published ? outcome : failed(published.error(), outcome.output);
}

namespace {

/// The words that `operands` prints, added to the argv. Nothing: there are none.
std::optional<planner::QueryCommand> with_operands(const planner::QueryCommand& query,
                                                   const std::string& printed) {
  planner::QueryCommand out{query.process, query.timeout};
  std::istringstream words(printed);
  for (std::string word; words >> word;) out.process.argv.emplace_back(word);
  if (out.process.argv.size() == query.process.argv.size()) return std::nullopt;
  return out;
}

}  // namespace

planner::Answer ask(const Context& context, const planner::QueryCommand& query) {
  if (query.operands) {
    const planner::Answer first = ask(context, planner::QueryCommand{*query.operands, query.timeout});
    if (!first.ok || first.exit_code != 0) return first;
    const auto whole = with_operands(query, first.output);
    return whole ? ask(context, *whole) : answered("");
  }
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
    // As a shell has it: of a program that does not exist, and of one that cannot be started.
    if (end.how == ProcessEnd::How::NotStarted) answer.exit_code = end.code == ENOENT ? 127 : 126;
    const std::string name = short_name(query.process);
    answer.error = end.truncated
                       ? fmt::format("{} printed more than {} bytes", name, kAnswerBytes)
                       : context.mask(with_reason(name, end, request->timeout, reason_in(answer.error, {})));
  }
  return answer;
}

}  // namespace pawl::executor
