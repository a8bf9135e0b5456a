#include "planner/plan/operation.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/plan/render.h"

namespace pawl::planner {
namespace {

template <class... Fs>
struct Overload : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overload(Fs...) -> Overload<Fs...>;

// ---------------------------------------------------------------- words as a shell would read them

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// `$'…'`, for words with control characters: a rendering is one line, whatever a word holds.
std::string in_dollar_quotes(std::string_view word) {
  std::string out = "$'";
  for (const char c : word) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '\'';
}

/// `{run}` needs no quotes: a shell expands braces only around a comma or dots.
bool needs_no_quotes(std::string_view word) {
  static constexpr std::string_view kRun = "{run}";
  for (std::size_t at = word.find(kRun); at != std::string_view::npos; at = word.find(kRun)) {
    if (!std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(at), is_plain)) return false;
    word.remove_prefix(at + kRun.size());
  }
  return std::all_of(word.begin(), word.end(), is_plain);
}

/// Takes a string, as the callers have one: so it is chosen over std::quoted, which is found as well.
std::string quoted(const std::string& word) {
  if (needs_no_quotes(word)) return word.empty() ? "''" : std::string(word);
  if (std::any_of(word.begin(), word.end(), is_control)) return in_dollar_quotes(word);
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + '\'';
}

/// One argument: literal parts are quoted where a shell needs it, what is filled in later appears as a
/// reference.
std::string word(const Text& text) {
  if (text.empty()) return "''";
  std::string out;
  for (const lang::Piece& piece : text.pieces) {
    if (const auto* literal = std::get_if<lang::Literal>(&piece)) {
      out += quoted(literal->text);
    } else {
      Text one;
      one.pieces.push_back(piece);
      out += one.shown();
    }
  }
  return out;
}

/// Text outside a command line, kept to one line.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += " ";
    } else if (is_control(c)) {
      out += '?';
    } else {
      out += c;
    }
  }
  return out;
}

std::string render(const Process& process) {
  std::string out;
  if (!process.cwd.empty()) out += "cd " + quoted(process.cwd) + " && ";
  if (!process.env_file.empty()) out += "with " + quoted(process.env_file) + ": ";
  for (const auto& [name, value] : process.env) out += name + '=' + word(value) + ' ';
  for (std::size_t i = 0; i < process.argv.size(); ++i) {
    if (i > 0) out += ' ';
    out += word(process.argv[i]);
  }
  return out;
}

template <class Value>
std::string render_pairs(const std::vector<std::pair<std::string, Value>>& pairs, std::string_view between) {
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += ", ";
    out += name;
    out += between;
    if constexpr (std::is_same_v<Value, Text>) {
      out += one_line(value.shown());
    } else {
      out += one_line(value);
    }
  }
  return out;
}

/// "0", "0 or 5", "0, 2 or 5".
std::string listed(const std::vector<int>& numbers, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) out += i + 1 == numbers.size() ? std::string(last) : ", ";
    out += std::to_string(numbers[i]);
  }
  return out;
}

std::string words(const std::vector<std::string>& paths) {
  std::string out;
  for (const std::string& path : paths) out += (out.empty() ? "" : " ") + quoted(path);
  return out;
}

std::string_view signal_name(int number) {
  switch (number) {
    case 1:
      return "HUP";
    case 2:
      return "INT";
    case 3:
      return "QUIT";
    case 10:
      return "USR1";
    case 12:
      return "USR2";
    case 15:
      return "TERM";
    default:
      return "";
  }
}

// ---------------------------------------------------------------- one rendering for each

std::string render_probe(const HttpProbe& probe) {
  std::string out = fmt::format("GET {} → {}", one_line(probe.url.shown()), probe.status);
  if (!probe.json.empty()) out += " with " + render_pairs(probe.json, " = ");
  if (!probe.header.empty()) out += " (header " + render_pairs(probe.header, ": ") + ")";
  return out;
}

std::string render_await(const Await& await) {
  std::string out = "wait until " +
                    (await.condition.means.empty() ? "it holds" : one_line(await.condition.means)) + ": " +
                    render(await.condition);
  out += "; within " + render_duration(await.within);
  if (await.stay.count() > 0) out += ", for " + render_duration(await.stay);
  if (await.progress) out += ", longer while it makes progress";
  const std::vector<int>& failed = await.condition.expect.failed_codes;
  if (!failed.empty()) out += "; failed at once when it ends with exit code " + listed(failed, " or ");
  return out;
}

std::string render_watch(const LogWatch& watch) {
  const auto* file = std::get_if<std::string>(&watch.source);
  std::string out = "watch " + (file ? quoted(*file) : render(std::get<Process>(watch.source)));
  out += " until /" + one_line(watch.until) + "/";
  if (!watch.fail.empty()) out += ", failing on /" + one_line(watch.fail) + "/";
  return out + "; within " + render_duration(watch.within);
}

std::string render_command(const Command& command) {
  std::string out = render(command.process);
  if (!command.stdin_file.empty()) out += " < " + quoted(command.stdin_file);
  if (!command.stdout_file.empty()) out += " > " + quoted(command.stdout_file);
  if (!command.stderr_file.empty()) out += " 2> " + quoted(command.stderr_file);
  if (!command.last_line_file.empty()) out += " | tail -n 1 > " + quoted(command.last_line_file);
  return out;
}

std::string render_edit(const EditFile& edit) {
  std::string name;
  if (const auto* variable = std::get_if<EditFile::EnvVariable>(&edit.what)) {
    name = variable->name;
  } else if (const auto* scalar = std::get_if<EditFile::YamlScalar>(&edit.what)) {
    for (const std::string& key : scalar->path) name += (name.empty() ? "" : ".") + key;
  } else {
    return fmt::format("{} → {} (was {})", edit.path, edit.to, edit.from.empty() ? "not there" : edit.from);
  }
  const std::string before = edit.from.empty() ? name + " (not set)" : name + '=' + edit.from;
  return one_line(fmt::format("{}: {} → {}", edit.path, before, edit.to));
}

std::string render_start(const StartProcess& start) {
  std::string out = "start " + render(start.process) +
                    fmt::format(" (pid in {}, log in {}", start.pid_file, start.log_file);
  if (!start.env_file.empty()) out += ", environment of " + start.env_file;
  return out + ")";
}

std::string render_signal(const SignalProcess& signal) {
  const std::string_view known = signal_name(signal.signal);
  const std::string name = known.empty() ? fmt::format("signal {}", signal.signal) : std::string(known);
  return fmt::format("send {} to the process of {}", name, signal.pid_file);
}

std::string render_notify(const Notify& notify) {
  std::string out = "tell " + notify.name;
  if (notify.log) out += " in the log";
  if (!notify.webhook.empty()) out += " at " + one_line(notify.webhook.shown());
  if (!notify.command.empty()) out += " with " + render(Process{notify.command, {}, {}});
  if (!notify.message.empty()) out += ": " + one_line(notify.message);
  return out;
}

std::string on(const std::string& host, std::string rendered) {
  return host.empty() ? rendered : "on " + host + ": " + rendered;
}

}  // namespace

Operation on_host(Operation operation, const std::string& host) {
  operation.host = host;
  each_question(operation, [&](Question& question) { question.host = host; });
  return operation;
}

Condition on_host(Condition condition, const std::string& host) {
  each_question(condition, [&](Question& question) { question.host = host; });
  return condition;
}

std::string render(const Question& question) {
  return on(question.host, render(question.query));
}

std::string render(const Condition& condition) {
  std::string out = render(condition.question);
  for (const Clause& each : condition.also) out += "; " + render(each.question);
  return out;
}

std::string render(const Operation& operation) {
  return on(operation.host, render(operation.instruction));
}

std::string render(const Query& query) {
  return std::visit(
      Overload{
          [](const ReadFile& q) { return "read " + quoted(q.path); },
          [](const ListFolder& q) { return "list " + quoted(q.path); },
          [](const ReadLink& q) { return "readlink " + quoted(q.path); },
          [](const DiskSpace& q) {
            if (q.paths.empty()) return "free space of " + quoted(q.on);
            return "size of " + words(q.paths) + " and free space of " + quoted(q.on);
          },
          [](const QueryCommand& q) { return render(q.process); },
          [](const HttpProbe& q) { return render_probe(q); },
          [](const TcpProbe& q) { return "connect to " + one_line(q.address.shown()); },
          [](const InspectProcess& q) { return "look at the process of " + quoted(q.pid_file); },
          [](const InspectBundle& q) {
            return (q.deep ? "read all of " : "look at ") + quoted(q.folder) + " as its bundle.json says";
          },
      },
      query);
}

std::string render(const Instruction& instruction) {
  return std::visit(
      Overload{
          [](const Await& i) { return render_await(i); },
          [](const LogWatch& i) { return render_watch(i); },
          [](const Wait& i) {
            return "wait " + render_duration(i.duration) +
                   (i.reason.empty() ? "" : ": " + one_line(i.reason));
          },
          [](const Ask& i) {
            const std::string typed = i.phrase.empty() ? "" : " (type " + one_line(i.phrase.shown()) + ")";
            return "ask " + i.name + ": " + one_line(i.prompt) + typed;
          },
          [](const Command& i) { return render_command(i); },
          [](const EditFile& i) { return render_edit(i); },
          [](const StartProcess& i) { return render_start(i); },
          [](const StopProcess& i) {
            return fmt::format("stop the process of {}, killed after {}", i.pid_file,
                               render_duration(i.grace));
          },
          [](const SignalProcess& i) { return render_signal(i); },
          [](const MakeFolder& i) { return "mkdir -p " + quoted(i.path); },
          [](const Archive& i) { return "tar --zstd -cf " + quoted(i.to) + " " + words(i.paths); },
          [](const Unarchive& i) {
            if (i.only.empty()) return "tar --zstd -xf " + quoted(i.from) + " -C " + quoted(i.to);
            return "unpack " + quoted(i.only) + " of " + quoted(i.from) + " as " + quoted(i.to);
          },
          [](const SealBundle& i) { return "seal " + i.folder + " as " + i.publish_as; },
          [](const PruneBundles& i) {
            return fmt::format("keep the newest {} bundles of {}", i.keep, i.folder);
          },
          [](const CompareCensus& i) {
            return "compare the " + one_line(i.what) + " with " + quoted(i.before) +
                   (i.before == i.after ? "" : " and " + quoted(i.after)) +
                   (i.dumped.empty() ? "" : ", rows with " + quoted(i.dumped)) + ": " + render(i.question);
          },
          [](const ExchangePaths& i) {
            return fmt::format("put {}/new in the place of {}, which becomes {}/old", i.holding, i.path,
                               i.holding);
          },
          [](const GitCheckout& i) { return "git -C " + quoted(i.folder) + " checkout " + word(i.ref); },
          [](const Notify& i) { return render_notify(i); },
      },
      instruction);
}

bool contains(std::string_view answer, std::string_view text) {
  const auto trimmed = [](std::string_view of) {
    const auto end = of.find_last_not_of(" \t\r\n");
    return end == std::string_view::npos ? std::string_view() : of.substr(0, end + 1);
  };
  return trimmed(answer).find(trimmed(text)) != std::string_view::npos;
}

std::string holding_folder(std::string_view path) {
  const auto slash = path.rfind('/');
  const std::size_t name = slash == std::string_view::npos ? 0 : slash + 1;
  return std::string(path.substr(0, name)) + ".pawl-{run}-" + std::string(path.substr(name));
}

Text with_run(std::string_view text) {
  static constexpr std::string_view kRun = "{run}";
  Text out;
  while (!text.empty()) {
    const auto at = text.find(kRun);
    if (at != 0) out.pieces.emplace_back(lang::Literal{std::string(text.substr(0, at))});
    if (at == std::string_view::npos) break;
    out.pieces.emplace_back(lang::Reference{"run"});
    text.remove_prefix(at + kRun.size());
  }
  return out;
}

std::string_view kind(const Query& query) {
  return kQueryKinds[query.index()];
}

std::string_view kind(const Instruction& instruction) {
  return kInstructionKinds[instruction.index()];
}

}  // namespace pawl::planner
