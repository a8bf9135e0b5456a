// The plan file's fields of instructions, queries and conditions, and what a description is made of.
// plan_fields.h has the rest and says what they are for.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "planner/plan/operation.h"

namespace pawl::planner::fields {

/// `V` is a T or a const T: the reader fills in what the writer only reads.
template <class V, class T>
concept Is = std::same_as<std::remove_const_t<V>, T>;

// ---------------------------------------------------------------- what kind of value a type is

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsPair : std::false_type {};
template <class A, class B>
struct IsPair<std::pair<A, B>> : std::true_type {};

/// Tag and names of the alternatives of a variant, in their order.
template <class T>
struct Tags;
template <>
struct Tags<Query> {
  static constexpr const char* kKey = "op";
  static constexpr auto& kNames = kQueryKinds;
};
template <>
struct Tags<Instruction> {
  static constexpr const char* kKey = "op";
  static constexpr auto& kNames = kInstructionKinds;
};
using EditTarget = decltype(EditFile::what);
template <>
struct Tags<EditTarget> {
  static constexpr const char* kKey = "kind";
  static constexpr std::array<const char*, std::variant_size_v<EditTarget>> kNames{
      "env-variable", "yaml-scalar", "symbolic-link"};
};
template <class T>
concept Tagged = requires {
  Tags<T>::kKey;
};

/// An enumeration whose values have names: name(E) is a switch without a default, so that the compiler
/// insists on every value, and gives nothing for what is not a value. There is no second table that could be
/// too short.
template <class E>
concept Named = std::is_enum_v<E> && requires(E value) {
  { name(value) } -> std::same_as<std::string_view>;
};
/// The number of its values, which count up from 0.
template <Named E>
consteval std::size_t count_of() {
  std::size_t count = 0;
  while (!name(static_cast<E>(count)).empty()) ++count;
  return count;
}
template <Named E>
constexpr std::array<std::string_view, count_of<E>()> names_of() {
  std::array<std::string_view, count_of<E>()> all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = name(static_cast<E>(i));
  return all;
}
using LogSource = decltype(LogWatch::source);

template <class T>
bool is_absent(const T& value) {
  if constexpr (IsOptional<T>::value) {
    return !value.has_value();
  } else if constexpr (requires { value.empty(); }) {
    return value.empty();
  } else {
    return value == T{};
  }
}

// ---------------------------------------------------------------- queries

template <class A, Is<Process> T>
void describe(A& a, T& v) {
  a.object("process");
  a.required("argv", v.argv, "exact words, with no shell in between");
  a.optional("env", v.env, "added to pawl's own environment");
  a.optional("cwd", v.cwd, "folder it runs in");
  a.optional("env_file", v.env_file, "file whose NAME=value lines are added to the environment, below env");
  a.optional("tolerates", v.tolerates, "a failure whose stderr holds this does not count");
}
template <class A, Is<ReadFile> T>
void describe(A& a, T& v) {
  a.object("read-file");
  a.required("path", v.path);
  a.optional("optional", v.optional, "a missing file is an empty answer");
  a.required("max_bytes", v.max_bytes);
}
template <class A, Is<ListFolder> T>
void describe(A& a, T& v) {
  a.object("list-folder");
  a.required("path", v.path);
}
template <class A, Is<ReadLink> T>
void describe(A& a, T& v) {
  a.object("read-link");
  a.required("path", v.path);
}
template <class A, Is<DiskSpace> T>
void describe(A& a, T& v) {
  a.object("disk-space");
  a.optional("paths", v.paths, "whose sizes are added up");
  a.required("on", v.on, "on whose file system free space is measured");
}
template <class A, Is<QueryCommand> T>
void describe(A& a, T& v) {
  a.object("query-command");
  a.required("process", v.process);
  a.required("timeout_ms", v.timeout);
  a.optional("operands", v.operands, "runs first; the words it prints are added to the argv");
}
template <class A, Is<HttpProbe> T>
void describe(A& a, T& v) {
  a.object("http-probe");
  a.required("url", v.url);
  a.required("status", v.status, "the status code wanted");
  a.optional("json", v.json, "path in the body and the value wanted there");
  a.optional("header", v.header, "headers of the request");
  a.required("timeout_ms", v.timeout);
}
template <class A, Is<TcpProbe> T>
void describe(A& a, T& v) {
  a.object("tcp-probe");
  a.required("address", v.address, "host:port");
  a.required("timeout_ms", v.timeout);
}
template <class A, Is<InspectProcess> T>
void describe(A& a, T& v) {
  a.object("inspect-process");
  a.required("pid_file", v.pid_file);
}
template <class A, Is<InspectBundle> T>
void describe(A& a, T& v) {
  a.object("inspect-bundle");
  a.required("folder", v.folder);
  a.required("stack", v.stack, "whose bundle it must be");
  a.optional("parts", v.parts, "files that it must have");
  a.required("deep", v.deep, "the SHA-256 of every file is compared too");
}
template <class A, Is<Expectation> T>
void describe(A& a, T& v) {
  a.object("expectation");
  a.required("exit_codes", v.exit_codes);
  a.optional("equals", v.equals);
  a.optional("matches", v.matches);
  a.optional("lacks", v.lacks);
  a.optional("lines", v.lines, "number of lines that are not empty");
  a.optional("json", v.json);
  a.optional("at_least", v.at_least, "JSON path and a number that is not smaller");
  a.optional("silent", v.silent, "the probe must not pass: nobody answers there");
  a.optional("contains", v.contains, "text that must be in the answer");
  a.optional("failed_codes", v.failed_codes, "exit codes after which asking again is of no use");
}
/// The members of a question, which are written among those of what it belongs to.
template <class A, Is<Question> T>
void members(A& a, T& v) {
  a.required("query", v.query);
  a.optional("host", v.host, "name of the host that is asked; left out: this machine");
}
template <class A, Is<Question> T>
void describe(A& a, T& v) {
  a.object("question");
  members(a, v);
}
template <class A, Is<Clause> T>
void describe(A& a, T& v) {
  a.object("clause");
  members(a, v.question);
  a.required("expect", v.expect);
}
template <class A, Is<Condition> T>
void describe(A& a, T& v) {
  a.object("condition");
  members(a, v.question);
  a.required("expect", v.expect);
  a.optional("means", v.means, "the condition in words");
  a.optional("also", v.also, "what must hold as well");
}

// ---------------------------------------------------------------- waiting

template <class A, Is<Await> T>
void describe(A& a, T& v) {
  a.object("await");
  a.required("condition", v.condition);
  a.required("within_ms", v.within);
  a.required("every_ms", v.every);
  a.optional("stay_ms", v.stay, "how long it must hold without a break");
  a.optional("progress", v.progress, "a wait past `within_ms` goes on while this answer changes");
  a.optional("progress_deadline_ms", v.progress_deadline);
  a.optional("hopeless", v.hopeless, "when this holds there is no use in waiting");
}
template <class A, Is<LogWatch> T>
void describe(A& a, T& v) {
  a.object("log-watch");
  a.required("source", v.source, "a file, or a program that prints the log");
  a.required("until", v.until);
  a.optional("fail", v.fail);
  a.required("within_ms", v.within);
}
template <class A, Is<Wait> T>
void describe(A& a, T& v) {
  a.object("wait");
  a.required("duration_ms", v.duration);
  a.optional("reason", v.reason);
}
template <class A, Is<Ask> T>
void describe(A& a, T& v) {
  a.object("ask");
  a.required("prompt", v.prompt);
  a.optional("phrase", v.phrase, "what must be typed; left out: yes");
  a.required("name", v.name, "what `--yes NAME` names");
}

// ---------------------------------------------------------------- changes

template <class A, Is<Command> T>
void describe(A& a, T& v) {
  a.object("command");
  a.required("process", v.process);
  a.optional("stdin_file", v.stdin_file);
  a.optional("stdout_file", v.stdout_file);
  a.optional("stderr_file", v.stderr_file, "written when something was printed there");
  a.optional("stderr_noise", v.stderr_noise, "regular expression of lines that are left out of it");
  a.required("accept", v.accept, "exit codes that mean success");
  a.optional("capture", v.capture, "name under which its output can be used later");
  a.optional("last_line_file", v.last_line_file, "gets the last line that it printed");
}
template <class A, Is<EditFile::EnvVariable> T>
void describe(A& a, T& v) {
  a.object("env-variable");
  a.required("name", v.name);
}
template <class A, Is<EditFile::YamlScalar> T>
void describe(A& a, T& v) {
  a.object("yaml-scalar");
  a.required("path", v.path);
}
template <class A, Is<EditFile::SymbolicLink> T>
void describe(A& a, T&) {
  a.object("symbolic-link");
}
template <class A, Is<EditFile> T>
void describe(A& a, T& v) {
  a.object("edit-file");
  a.required("path", v.path);
  a.required("what", v.what);
  a.optional("from", v.from, "the value expected now; left out: not set");
  a.required("to", v.to);
}
template <class A, Is<StartProcess> T>
void describe(A& a, T& v) {
  a.object("start-process");
  a.required("process", v.process);
  a.required("pid_file", v.pid_file);
  a.required("log_file", v.log_file);
  a.optional("env_file", v.env_file);
  a.optional("fingerprint", v.fingerprint);
}
template <class A, Is<StopProcess> T>
void describe(A& a, T& v) {
  a.object("stop-process");
  a.required("pid_file", v.pid_file);
  a.required("grace_ms", v.grace);
}
template <class A, Is<SignalProcess> T>
void describe(A& a, T& v) {
  a.object("signal-process");
  a.required("pid_file", v.pid_file);
  a.required("signal", v.signal);
}
template <class A, Is<MakeFolder> T>
void describe(A& a, T& v) {
  a.object("make-folder");
  a.required("path", v.path);
}
template <class A, Is<Archive> T>
void describe(A& a, T& v) {
  a.object("archive");
  a.required("paths", v.paths);
  a.required("to", v.to);
}
template <class A, Is<Unarchive> T>
void describe(A& a, T& v) {
  a.object("unarchive");
  a.required("from", v.from);
  a.required("to", v.to);
  a.optional("only", v.only, "path in the archive that becomes `to`");
}
template <class A, Is<SealBundle> T>
void describe(A& a, T& v) {
  a.object("seal-bundle");
  a.required("folder", v.folder);
  a.required("publish_as", v.publish_as);
  a.required("description", v.description, "members of bundle.json, as JSON text");
  a.optional("may_be_empty", v.may_be_empty, "files that say something when they are empty");
}
template <class A, Is<PruneBundles> T>
void describe(A& a, T& v) {
  a.object("prune-bundles");
  a.required("folder", v.folder);
  a.required("keep", v.keep);
  a.optional("except", v.except);
  a.optional("spare", v.spare, "names of bundles that stay, however old");
}
template <class A, Is<CompareCensus> T>
void describe(A& a, T& v) {
  a.object("compare-census");
  a.required("what", v.what);
  members(a, v.question);
  a.required("before", v.before, "the answer when the dump began");
  a.required("after", v.after, "the answer when the dump was done");
  a.optional("dumped", v.dumped, "what the dump itself holds; counts before the two");
}
template <class A, Is<ExchangePaths> T>
void describe(A& a, T& v) {
  a.object("exchange-paths");
  a.required("path", v.path);
  a.required("holding", v.holding, "folder of the new, and of the old afterwards");
  a.optional("like_replaced", v.like_replaced, "the new gets mode and owner of the old");
  a.optional("leftovers", v.leftovers, "must be absent or empty");
}
template <class A, Is<GitCheckout> T>
void describe(A& a, T& v) {
  a.object("git-checkout");
  a.required("folder", v.folder);
  a.required("ref", v.ref);
}
template <class A, Is<Notify> T>
void describe(A& a, T& v) {
  a.object("notify");
  a.required("name", v.name);
  a.optional("message", v.message);
  a.optional("log", v.log);
  a.optional("webhook", v.webhook);
  a.optional("command", v.command);
}
template <class A, Is<HalfDone> T>
void describe(A& a, T& v) {
  a.object("half-done");
  a.required("when", v.when);
  a.required("undo", v.undo, "done before the operation when that holds");
}
template <class A, Is<Operation> T>
void describe(A& a, T& v) {
  a.object("operation");
  a.required("do", v.instruction);
  a.required("repeat", v.repeat, "what to do when it is unknown whether it happened");
  a.optional("done_when", v.done_when, "when this holds, it happened already");
  a.required("timeout_ms", v.timeout, "0: none");
  a.optional("half_done", v.half_done, "what an earlier attempt may have left, and how that is undone");
  a.optional("host", v.host, "name of the host on which it is done; left out: this machine");
}

}  // namespace pawl::planner::fields
