#include "cli/output.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

namespace pawl::cli {
namespace {

nlohmann::ordered_json place_json(const lang::Span& span, const lang::Sources& sources) {
  if (!span.known()) return nullptr;
  const lang::Position at = sources.position(span);
  return {{"file", sources.file(span.source).name}, {"line", at.line}, {"column", at.column}};
}

lang::Error system_error(const std::string& doing, const std::string& path) {
  return {doing + " " + path + " failed: " + std::strerror(errno) + ".", {}};
}

/// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int operator*() const { return value_; }

 private:
  int value_;
};

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace

bool colour(const Common& common, int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (common.no_color || common.json || (no_color && *no_color)) return false;
  return ::isatty(descriptor) && (!terminal || std::strcmp(terminal, "dumb") != 0);
}

int width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 120;
  return std::clamp<int>(size.ws_col, 60, 400);
}

void print_error(const lang::Error& error) {
  std::cerr << error.what << '\n';
  if (!error.fix.empty()) std::cerr << "  " << error.fix << '\n';
}

void print_diagnostics(const Common& common, const lang::Diagnostics& diagnostics,
                       const lang::Sources& sources) {
  if (!common.json) {
    std::cerr << lang::render(diagnostics, sources, colour(common, STDERR_FILENO));
    return;
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const lang::Diagnostic& one : diagnostics.sorted()) {
    nlohmann::ordered_json notes = nlohmann::ordered_json::array();
    for (const lang::Diagnostic::Note& note : one.notes)
      notes.push_back({{"text", note.text}, {"at", place_json(note.span, sources)}});
    list.push_back({{"code", lang::code(one.kind)},
                    {"severity", lang::severity(one.kind) == lang::Severity::Error ? "error" : "warning"},
                    {"summary", lang::summary(one.kind)},
                    {"detail", one.detail},
                    {"why", one.why},
                    {"fix", one.fix},
                    {"suggestion", one.suggestion},
                    {"at", place_json(one.span, sources)},
                    {"notes", std::move(notes)}});
  }
  std::cout << nlohmann::ordered_json{{"valid", !diagnostics.has_errors()}, {"diagnostics", list}}.dump()
            << '\n';
}

void print_refusal(const Common& common, const std::vector<lang::Error>& reasons, std::int64_t unfinished) {
  if (!common.json) {
    for (const lang::Error& reason : reasons) print_error(reason);
    return;
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const lang::Error& reason : reasons) list.push_back({{"what", reason.what}, {"fix", reason.fix}});
  nlohmann::ordered_json out{{"refused", true}, {"reasons", list}};
  if (unfinished > 0) out["unfinished_run"] = unfinished;
  std::cout << out.dump() << '\n';
}

lang::Result<void> publish(const std::string& path, std::string_view bytes, unsigned mode) {
  struct stat there {};
  if (::stat(path.c_str(), &there) == 0) {
    if (S_ISDIR(there.st_mode)) return lang::failure(path + " is a folder.", "Name a file.");
    if (!S_ISREG(there.st_mode)) {  // /dev/stdout and the like cannot be replaced
      const Descriptor direct(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
      if (*direct < 0 || !write_all(*direct, bytes)) return tl::unexpected(system_error("Writing", path));
      return {};
    }
    mode = there.st_mode & 07777u;
  }
  const std::string beside = path + ".partial." + std::to_string(::getpid());
  {
    const Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (*file < 0) return tl::unexpected(system_error("Creating", beside));
    if (!write_all(*file, bytes) || ::fsync(*file) != 0) {
      const lang::Error error = system_error("Writing", beside);
      ::unlink(beside.c_str());
      return tl::unexpected(error);
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    const lang::Error error = system_error("Renaming to", path);
    ::unlink(beside.c_str());
    return tl::unexpected(error);
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Descriptor parent(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (*parent >= 0) ::fsync(*parent);
  return {};
}

std::string quoted(const std::vector<std::string>& words) {
  planner::QueryCommand command;
  for (const std::string& word : words) command.process.argv.emplace_back(word);
  return planner::render(planner::Query(std::move(command)));
}

namespace {

using WordList = std::vector<std::string>;

WordList place_words(const Common& common, const std::string& manifest) {
  WordList words;
  if (!common.dir.empty()) words.insert(words.end(), {"-C", common.dir});
  if (manifest != Common().manifest) words.insert(words.end(), {"--manifest", manifest});
  return words;
}

/// A plan on a screen or in a log holds no secret, so neither does the command that makes it.
WordList variable_words(const Common& common, const lang::Stack& stack) {
  WordList words;
  for (const std::string& assignment : common.var) {
    const std::string name = assignment.substr(0, assignment.find('='));
    const bool secret =
        std::any_of(stack.variables.begin(), stack.variables.end(),
                    [&](const lang::Variable& each) { return each.secret && each.name == name; });
    words.insert(words.end(), {"--var", secret ? name + "=…" : assignment});
  }
  for (const std::string& file : common.var_files) words.insert(words.end(), {"--var-file", file});
  return words;
}

std::string joined(WordList words, const WordList& more, const WordList& yet_more = {}) {
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), yet_more.begin(), yet_more.end());
  return quoted(words);
}

}  // namespace

std::string typed(const Common& common, std::string command) {
  const WordList place = place_words(common, common.manifest);
  return place.empty() ? command : command + " " + quoted(place);
}

planner::RenderOptions::Next commands_for(const Common& common, const PlanArguments& arguments,
                                          const lang::Stack& stack) {
  WordList given = place_words(common, common.manifest), target;
  const WordList variables = variable_words(common, stack);
  given.insert(given.end(), variables.begin(), variables.end());
  if (!arguments.to.empty()) target = {"--to", arguments.to};
  WordList basis;
  if (!arguments.at.empty()) basis.insert(basis.end(), {"--at", arguments.at});
  if (!arguments.snapshot.empty()) basis.insert(basis.end(), {"--snapshot", arguments.snapshot});
  planner::RenderOptions::Next next;
  // `apply` compiles from the working tree and what runs now: another plan.
  next.apply = basis.empty() ? joined({"pawl", "apply"}, target, given) : "";
  target.insert(target.end(), basis.begin(), basis.end());
  next.plan = joined({"pawl", "plan"}, target, given);
  next.apply_file = joined({"pawl", "apply"}, given);
  next.show = joined({"pawl", "show"}, place_words(common, Common().manifest));
  return next;
}

planner::RenderOptions::Next commands_for(const Common& common, const planner::Plan& plan) {
  planner::RenderOptions::Next next;
  next.apply_file = joined({"pawl", "apply"}, place_words(common, plan.provenance.manifest));
  next.show = joined({"pawl", "show"}, place_words(common, Common().manifest));
  return next;
}

std::string local_time(std::int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &parts);
  std::string out(text, length);
  out.insert(out.size() - 2, ":");
  return out;
}

}  // namespace pawl::cli
