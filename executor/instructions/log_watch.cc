// Following a log until a line says what is waited for.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "executor/instructions/interpreters.h"
#include "executor/instructions/matching.h"
#include "executor/instructions/remote.h"
#include "executor/system/output.h"
#include "executor/system/publish.h"
#include "planner/plan/render.h"

namespace pawl::executor {
namespace {

using namespace std::chrono_literals;

/// Judges lines as they come; `verdict` is set by the first that matches either pattern.
class Judge {
 public:
  Judge(const Context& context, LinePattern until, std::optional<LinePattern> fail)
      : context_(context),
        until_(std::move(until)),
        fail_(std::move(fail)),
        lines_([&](std::string text) { return context_.mask(std::move(text)); },
               [this](std::string line) { take(line); }) {}

  void feed(std::string_view chunk) { lines_.feed(chunk); }
  void finish() { lines_.finish(); }
  const std::optional<bool>& verdict() const { return verdict_; }
  Outcome outcome() const {
    return *verdict_ ? succeeded(tail_.text()) : failed("the log says `" + line_ + "`", tail_.text());
  }
  Outcome in_vain(const std::string& why) const { return failed(why, tail_.text()); }

 private:
  void take(const std::string& line) {
    if (verdict_) return;
    tail_.add(line);
    if (context_.progress) context_.progress(line);
    if (fail_ && fail_->in_line(line)) {
      verdict_ = false;
      line_ = line;
    } else if (until_.in_line(line)) {
      verdict_ = true;
    }
  }

  const Context& context_;
  LinePattern until_;
  std::optional<LinePattern> fail_;
  LineReader lines_;
  Tail tail_;
  std::optional<bool> verdict_;
  std::string line_;
};

std::string too_late(const planner::LogWatch& it) {
  return fmt::format("the log did not say `{}` within {}", it.until, planner::render_duration(it.within));
}

/// Reads on from `offset`; begins again when the file was replaced or cut (a log that was rotated).
class FileFollower {
 public:
  explicit FileFollower(std::string path) : path_(std::move(path)) {}
  void read(Judge& judge) {
    const FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0) return;
    if (info.st_ino != inode_ || info.st_size < offset_) offset_ = 0;
    inode_ = info.st_ino;
    char buffer[65536];
    while (!judge.verdict()) {
      const ssize_t got = ::pread(file.get(), buffer, sizeof buffer, offset_);
      if (got <= 0) return;
      offset_ += got;
      judge.feed({buffer, static_cast<std::size_t>(got)});
    }
  }

 private:
  const std::string path_;
  ino_t inode_ = 0;
  off_t offset_ = 0;
};

Outcome watch_file(const Context& context, const planner::LogWatch& it, const std::string& file,
                   Judge& judge) {
  FileFollower follower(context.path(file));
  const auto until = context.settings.clock->steady() + it.within;
  for (;;) {
    follower.read(judge);
    if (judge.verdict()) return judge.outcome();
    if (context.settings.clock->steady() >= until || context.overdue()) return judge.in_vain(too_late(it));
    if (!context.sleep(100ms)) return interrupted();
  }
}

Outcome watch_process(const Context& context, const planner::LogWatch& it, const planner::Process& process,
                      Judge& judge) {
  auto request = request_for(context, process);
  if (!request) return failed(request.error());
  std::stop_source enough;
  const std::stop_callback on_stop(context.stop, [&] { enough.request_stop(); });
  request->timeout = context.left(it.within);
  request->grace = 1s;
  request->on_output = [&](ProcessRequest::Stream, std::string_view chunk) {
    judge.feed(chunk);
    if (judge.verdict()) enough.request_stop();
  };
  const ProcessEnd end = run_process(*request, enough.get_token());
  judge.finish();
  if (judge.verdict()) return judge.outcome();
  if (context.stopped()) return interrupted();
  if (end.how == ProcessEnd::How::TimedOut) return judge.in_vain(too_late(it));
  if (end.how == ProcessEnd::How::NotStarted) return failed(end.error);
  return judge.in_vain(
      fmt::format("the log ended before it said `{}`: its reader {}", it.until, describe(end, it.within)));
}

}  // namespace

Outcome perform(const Context& context, const planner::LogWatch& it) {
  auto until = LinePattern::compile(it.until);
  if (!until) return failed(until.error());
  std::optional<LinePattern> fail;
  if (!it.fail.empty()) {
    auto compiled = LinePattern::compile(it.fail);
    if (!compiled) return failed(compiled.error());
    fail.emplace(std::move(*compiled));
  }
  Judge judge(context, std::move(*until), std::move(fail));
  const auto* file = std::get_if<std::string>(&it.source);
  if (file && !context.host.empty())
    return failed("a log file can only be followed on this machine, not on " + context.host);
  if (file) return watch_file(context, it, *file, judge);
  return watch_process(context, it, std::get<planner::Process>(it.source), judge);
}

}  // namespace pawl::executor
