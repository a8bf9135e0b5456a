// The instruction set. A plan is made of these and of nothing else; executor/ has one interpreter for each.
//
// Queries only read, changes change: they are different types, so that `observe`, `plan` and `review`, which
// can hold only queries, cannot change anything. Paths are relative to the manifest's folder unless absolute.
// Neither a query nor a change says which machine it is for: that is Question::host and Operation::host, set
// by the planner, so that an engine works in the same way here and on another host. Argv is exact: no shell
// is ever in between. Text may hold secrets and references; both are filled in by the executor at the last
// moment (lang/text.h).
// `{run}` in any path of an operation (also in SealBundle, PruneBundles and in files a command reads or
// writes) is replaced by the executor with one sortable stamp of the run, `YYYYMMDD-HHMMSS` in UTC, the same
// for the whole run and its resumes: a plan is made without knowing the time, and its bundles still need
// names of their own.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "lang/text.h"

namespace pawl::planner {

using lang::Text;
using Duration = std::chrono::milliseconds;

/// One process: exact argv, no shell.
struct Process {
  std::vector<Text> argv;                         // argv[0] is looked up in PATH when it has no `/`
  std::vector<std::pair<std::string, Text>> env;  // added to pawl's own environment
  std::string cwd;                                // empty: the manifest's folder, or the host's `dir`
  std::string
      env_file{};  // NAME=value lines below `env`, read when it runs, on this machine only; empty: none
  std::string
      tolerates{};  // a failure (an exit code) whose stderr holds this is not one; empty: every one is
  bool operator==(const Process&) const = default;
};

// ------------------------------------------------------------------------------------------------ queries

/// The text of a file; `optional` makes a missing one an empty answer instead of a failure.
struct ReadFile {
  std::string path;
  bool optional = false;
  std::uint64_t max_bytes = 16u << 20;
  bool operator==(const ReadFile&) const = default;
};
/// The names in a folder, sorted, one per line; a trailing `/` marks folders. Missing folder: empty.
struct ListFolder {
  std::string path;
  bool operator==(const ListFolder&) const = default;
};
/// What a symbolic link points to; missing: empty.
struct ReadLink {
  std::string path;
  bool operator==(const ReadLink&) const = default;
};
/// Bytes below the given paths (`du`), and free bytes of the file system that would hold `on`, as
/// `{"used":N,"free":N}`. Paths that do not exist count as nothing.
struct DiskSpace {
  std::vector<std::string> paths;
  std::string on;
  bool operator==(const DiskSpace&) const = default;
};
/// Runs a program that only reads; answers with exit code, stdout and stderr (each at most 16 MiB).
struct QueryCommand {
  Process process;
  Duration timeout{30'000};
  /// Runs first; the words that it prints are added to `process.argv`. When it prints none, `process` does
  /// not run and the answer is empty: there is nothing to ask about.
  std::optional<Process> operands{};
  bool operator==(const QueryCommand&) const = default;
};
/// One GET. Passes when the status matches and every `json` path has its wanted value (`*` stands for every
/// member; a path that matches nothing fails). Redirects are not followed; TLS is verified.
struct HttpProbe {
  Text url;
  int status = 200;
  std::vector<std::pair<std::string, Text>> json;
  std::vector<std::pair<std::string, Text>> header;
  Duration timeout{5'000};
  bool operator==(const HttpProbe&) const = default;
};
/// A TCP connection can be opened.
struct TcpProbe {
  Text address;  // host:port
  Duration timeout{5'000};
  bool operator==(const TcpProbe&) const = default;
};
/// Looks at a process that StartProcess started. Answers with JSON
/// `{"state":"running"|"stopped"|"foreign","pid":N,"started":TICKS,"age_ms":N,"fingerprint":"…"}`; `age_ms`:
/// how long it has run, 0 unless it is running. `stopped`: no pid
/// file, or its process is gone (a zombie is gone). `foreign`: the pid lives but is another process (start
/// time differs).
struct InspectProcess {
  std::string pid_file;
  bool operator==(const InspectProcess&) const = default;
};

/// Compares a bundle with its own bundle.json: format, stack, the size and (`deep`) the SHA-256 of every
/// file; `parts` names files that it must have. Answers with
/// `{"whole":B,"version":"…","taken_at":"…","bytes":N,"warnings":"…","drilled_at":"…","actions":["…"]}`;
/// `actions`: those of the manifest that made parts of it, which no drill tries. A bundle that is not
/// complete fails, and says what is wrong with it; the answer is there all the same.
struct InspectBundle {
  std::string folder;
  std::string stack;
  std::vector<std::string> parts;
  bool deep = true;
  bool operator==(const InspectBundle&) const = default;
};

using Query = std::variant<ReadFile, ListFolder, ReadLink, DiskSpace, QueryCommand, HttpProbe, TcpProbe,
                           InspectProcess, InspectBundle>;

/// A query and the machine that is asked.
struct Question {
  Question() = default;
  /// Of this machine, unless a host is named.
  template <class Q>
  requires std::constructible_from<Query, Q&&> Question(Q&& of, std::string on = {})
      : query(std::forward<Q>(of)), host(std::move(on)) {}

  Query query;
  std::string host;  // name of a `host` block, asked through its SSH; empty: this machine
  bool operator==(const Question&) const = default;
};

/// What the answer of a query must look like for a condition to hold. All that are given must hold.
struct Expectation {
  std::vector<int> exit_codes{0};                         // QueryCommand only
  std::optional<std::string> equals;                      // of the answer with trailing white space removed
  std::optional<std::string> matches;                     // ECMAScript regular expression found in the answer
  std::optional<std::string> lacks;                       // ECMAScript regular expression not found in it
  std::optional<int> lines;                               // number of non-empty lines
  std::vector<std::pair<std::string, std::string>> json;  // as HttpProbe::json
  std::vector<std::pair<std::string, std::uint64_t>> at_least;  // JSON path → a number that is not smaller
  bool silent = false;  // HttpProbe and TcpProbe only: the other way round, the probe must not pass
  Text contains{};      // is somewhere in the answer; white space at the end of either does not count
  /// QueryCommand only: exit codes after which asking again is of no use. Whoever waits fails at once.
  std::vector<int> failed_codes{};
  bool operator==(const Expectation&) const = default;
};

/// `text` is somewhere in `answer`; white space at the end of either does not count.
bool contains(std::string_view answer, std::string_view text);

/// A question together with what it must answer.
struct Clause {
  Question question;
  Expectation expect;
  bool operator==(const Clause&) const = default;
};
/// A question together with what it must answer. `means` says it in words: "api answers 200 at …/health".
struct Condition {
  Question question;
  Expectation expect;
  std::string means;
  /// What must hold as well. Asked in order; after one that does not hold, no other is asked.
  std::vector<Clause> also{};
  bool operator==(const Condition&) const = default;
};

// ------------------------------------------------------------------------------------------------ waiting

/// Asks until the condition holds and has held for `stay`; fails after `within`. Three separate times
/// (Nomad's healthy_deadline, min_healthy_time, progress_deadline). While `progress` changes its answer, a
/// wait past `within` goes on, for at most `progress_deadline` after the last change.
struct Await {
  Condition condition;
  Duration within{60'000};
  Duration every{500};
  Duration stay{0};
  std::optional<Question> progress;
  Duration progress_deadline{0};
  /// Fails at once, without waiting for `within`, when this holds ("the container has exited").
  std::optional<Condition> hopeless;
  bool operator==(const Await&) const = default;
};
/// Follows a log until a line matches `until`; fails at once on `fail`, or after `within`.
struct LogWatch {
  std::variant<std::string /* file */, Process /* prints the log and follows it */> source;
  std::string until;
  std::string fail;  // empty: none
  Duration within{60'000};
  bool operator==(const LogWatch&) const = default;
};
/// Lets time pass.
struct Wait {
  Duration duration{0};
  std::string reason;
  bool operator==(const Wait&) const = default;
};
/// A person acknowledges, or types the exact phrase. Without a terminal, and not given by `--yes`, the step
/// fails.
struct Ask {
  std::string prompt;
  Text phrase;       // empty: acknowledge with yes
  std::string name;  // what `--yes NAME` names
  bool operator==(const Ask&) const = default;
};

// ------------------------------------------------------------------------------------------------ changes

/// Runs a program that changes something. Its three files are on this machine, wherever it runs.
struct Command {
  Process process;
  std::string stdin_file;
  std::string stdout_file;  // written beside and renamed when the command succeeds; mode 0600
  std::string stderr_file;  // likewise, and only when something was printed there; at most 64 KiB
  std::vector<int> accept{0};
  std::string capture;         // name under which stdout becomes `capture.NAME`; empty: none
  std::string stderr_noise{};  // lines that this ECMAScript regular expression finds stay out of stderr_file
  /// The last line that it printed on stdout and that is not blank; written when the command succeeds, empty
  /// when there was none. Mode 0600.
  std::string last_line_file{};
  bool operator==(const Command&) const = default;
};
/// Sets one value of one file in place; keeps comments, order, quoting, mode and owner, writes beside, syncs
/// and renames. The original is saved under `.pawl/runs/RUN/saved/` first.
struct EditFile {
  struct EnvVariable {
    std::string name;
    bool operator==(const EnvVariable&) const = default;
  };
  struct YamlScalar {
    std::vector<std::string> path;  // {"services", "api", "image"}
    bool operator==(const YamlScalar&) const = default;
  };
  struct SymbolicLink {
    bool operator==(const SymbolicLink&) const = default;
  };
  std::string path;
  std::variant<EnvVariable, YamlScalar, SymbolicLink> what;
  std::string from;  // the value expected now; empty when the variable was not set
  std::string to;
  bool operator==(const EditFile&) const = default;
};
/// Starts a detached process in its own session, output appended to `log_file`, and records pid, start time
/// and fingerprint in `pid_file` before the program runs. When a live process with the same fingerprint is
/// already there nothing happens; a live one with another fingerprint is a failure.
struct StartProcess {
  Process process;
  std::string pid_file;
  std::string log_file;
  std::string env_file;     // NAME=value lines added to the environment; empty: none
  std::string fingerprint;  // identifies this rendering of the service
  bool operator==(const StartProcess&) const = default;
};
/// SIGTERM to the process group, SIGKILL after `grace`; removes the pid file. A process that is gone is a
/// success, a foreign pid is left alone.
struct StopProcess {
  std::string pid_file;
  Duration grace{10'000};
  bool operator==(const StopProcess&) const = default;
};
/// Sends a signal to a process that StartProcess started; a gone or foreign one is a failure.
struct SignalProcess {
  std::string pid_file;
  int signal = 1;
  bool operator==(const SignalProcess&) const = default;
};
/// Creates a folder and its parents, mode 0700.
struct MakeFolder {
  std::string path;
  bool operator==(const MakeFolder&) const = default;
};
/// Writes paths (files, folders) into a tar archive with zstd. Missing paths are a failure.
struct Archive {
  std::vector<std::string> paths;
  std::string to;
  bool operator==(const Archive&) const = default;
};
/// Unpacks; entries that are absolute, climb with `..` or leave through a link are a failure. With `only`,
/// that path of the archive becomes `to` itself, and everything else stays packed; an archive without it is a
/// failure.
struct Unarchive {
  std::string from;
  std::string to;
  std::string only{};
  bool operator==(const Unarchive&) const = default;
};
/// Writes `bundle.json` into a folder: the members of `description` (a JSON object, as text) plus `contents`
/// (an array of
/// `{"name":…,"bytes":N,"sha256":…}`, one for every other file in it, by name) and `taken_at` (RFC 3339, UTC,
/// now); each of the description's `actions` that names a `file` gets what that file holds as `captured`.
/// Syncs everything, then renames the folder to `publish_as`. Fails on an empty file that is not one
/// of `may_be_empty`.
struct SealBundle {
  std::string folder;
  std::string publish_as;
  std::string description;
  std::vector<std::string> may_be_empty{};
  bool operator==(const SealBundle&) const = default;
};
/// Removes the oldest complete bundles of `folder` so that `keep` remain; never `except`, never one named in
/// `spare`, never the newest complete one. Half-written ones (`*.partial`) and what drills left (`.drill-*`)
/// are removed too when they are older than a day.
struct PruneBundles {
  std::string folder;
  int keep = 1;
  std::string except;
  std::vector<std::string> spare{};
  bool operator==(const PruneBundles&) const = default;
};
/// Asks, and compares the answer with files of a bundle. Lines are `name<TAB>number`, or a name alone, which
/// counts its lines. Two of the files were written when the dump began and when it was done: a number must be
/// that of both or lie between the two; a name that is in both must be in the answer, one that is in neither
/// must not. A third file says what the dump itself holds: for a name that is in it, its number alone counts.
struct CompareCensus {
  std::string what;  // "tables of main", for people
  Question question;
  std::string before, after;
  std::string dumped{};  // empty, or a file that is not there: nothing is known of the dump itself
  bool operator==(const CompareCensus&) const = default;
};
/// Puts `holding`/new (a file, folder or link) at `path` and keeps what was there as `holding`/old, in one
/// step where the file system can (renameat2): at every moment `path` is the old or the new. Both are on one
/// file system. Knows by itself how far an earlier attempt got, and leaves `holding`/done behind.
struct ExchangePaths {
  std::string path;
  std::string holding;
  bool like_replaced = false;  // the new gets the mode and owner of the old
  /// Must be absent or empty, or nothing is exchanged: what belongs to the old and would be mistaken for the
  /// new's ("app.db-wal").
  std::vector<std::string> leftovers{};
  bool operator==(const ExchangePaths&) const = default;
};
/// "data/.pawl-{run}-objects" for "data/objects": the folder beside a path that ExchangePaths works in.
std::string holding_folder(std::string_view path);
/// Checks out a ref.
struct GitCheckout {
  std::string folder;
  Text ref;
  bool operator==(const GitCheckout&) const = default;
};
/// Tells somebody. A notification that cannot be delivered is recorded and never fails a step.
struct Notify {
  std::string name;  // of the notify block
  std::string message;
  bool log = false;
  Text webhook;
  std::vector<Text> command;
  bool operator==(const Notify&) const = default;
};

using Instruction = std::variant<Await, LogWatch, Wait, Ask, Command, EditFile, StartProcess, StopProcess,
                                 SignalProcess, MakeFolder, Archive, Unarchive, SealBundle, PruneBundles,
                                 CompareCensus, ExchangePaths, GitCheckout, Notify>;

/// The tags of queries and instructions in JSON and in records, in the order of the variants; there is no
/// other table of them.
inline constexpr std::array<const char*, std::variant_size_v<Query>> kQueryKinds{
    "read-file",  "list-folder", "read-link",       "disk-space",    "query-command",
    "http-probe", "tcp-probe",   "inspect-process", "inspect-bundle"};
inline constexpr std::array<const char*, std::variant_size_v<Instruction>> kInstructionKinds{
    "await",          "log-watch",     "wait",           "ask",
    "command",        "edit-file",     "start-process",  "stop-process",
    "signal-process", "make-folder",   "archive",        "unarchive",
    "seal-bundle",    "prune-bundles", "compare-census", "exchange-paths",
    "git-checkout",   "notify"};
static_assert(kQueryKinds.back() && kInstructionKinds.back(), "a query or an instruction has no tag");

/// What to do with an operation of which it is unknown whether it happened (pawl was killed in the middle of
/// it).
enum class Repeat {
  Safe,       // doing it twice is doing it once
  IfNotDone,  // ask `done_when`
  Never,      // neither: a person must decide
};
constexpr std::string_view name(Repeat repeat) {
  switch (repeat) {
    case Repeat::Safe:
      return "safe";
    case Repeat::IfNotDone:
      return "if-not-done";
    case Repeat::Never:
      return "never";
  }
  return {};
}

/// What an earlier attempt of the operation may have left half done, so that it can neither be called done
/// nor be done again before that is undone: a release that a killed client left pending, a folder half
/// unpacked.
struct HalfDone {
  Condition when;
  Instruction undo;  // undoing twice is undoing once
  bool operator==(const HalfDone&) const = default;
};

struct Operation {
  Instruction instruction;
  Repeat repeat = Repeat::Safe;
  /// Asked before the operation runs, the first time too: when it holds, the operation is recorded as already
  /// done and skipped ("image is present", "container is gone").
  std::optional<Condition> done_when;
  Duration timeout{600'000};  // the whole operation; 0: none
  /// Asked before the operation runs, the first time too, unless `done_when` holds.
  std::optional<HalfDone> half_done{};
  /// Where `instruction` is carried out: the name of a `host` block; empty: this machine. Questions say for
  /// themselves whom they ask.
  std::string host{};
  bool operator==(const Operation&) const = default;
};

/// Calls `visit` with every question in a condition, and in an operation.
template <class C, class Visit>
requires std::same_as<std::remove_const_t<C>, Condition>
void each_question(C& condition, Visit visit) {
  visit(condition.question);
  for (auto& each : condition.also) visit(each.question);
}
template <class O, class Visit>
requires std::same_as<std::remove_const_t<O>, Operation>
void each_question(O& operation, Visit visit) {
  const auto in_instruction = [&](auto& instruction) {
    if (auto* await = std::get_if<Await>(&instruction)) {
      each_question(await->condition, visit);
      if (await->progress) visit(*await->progress);
      if (await->hopeless) each_question(*await->hopeless, visit);
    } else if (auto* census = std::get_if<CompareCensus>(&instruction)) {
      visit(census->question);
    }
  };
  in_instruction(operation.instruction);
  if (operation.done_when) each_question(*operation.done_when, visit);
  if (operation.half_done) {
    each_question(operation.half_done->when, visit);
    in_instruction(operation.half_done->undo);
  }
}

/// The same operation, carried out on `host`, with every question in it asked there.
Operation on_host(Operation operation, const std::string& host);
/// The same condition, asked on `host`.
Condition on_host(Condition condition, const std::string& host);

/// The exact one-line rendering for plans and logs: a command as it could be typed (quoted where needed,
/// secrets as references), a probe as `GET url → 200`, an edit as `.env: NAME=1.4.0 → 1.5.0`.
/// What happens on another machine begins with its name: "on web: systemctl stop api".
std::string render(const Query& query);
std::string render(const Question& question);
std::string render(const Condition& condition);  // its questions, without what they mean
std::string render(const Instruction& instruction);
std::string render(const Operation& operation);  // its instruction
/// `text` with every `{run}` as the reference `${run}`: the form that arguments need, paths do not.
Text with_run(std::string_view text);
/// "command", "edit-file", … : the tag in JSON and in records.
std::string_view kind(const Query& query);
std::string_view kind(const Instruction& instruction);

}  // namespace pawl::planner
