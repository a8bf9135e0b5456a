#include "lang/check/calls.h"

#include <algorithm>
#include <csignal>

#include "lang/check/pattern.h"

namespace pawl::lang {
namespace {

using Kind = ast::Expression::Kind;

std::vector<Text> argv(const Fields& fields) {
  std::vector<Text> out{fields.text("program")};
  const Row argument{"argument", Type::Text};
  for (const ast::Expression* value : fields.rest()) {
    out.push_back(read_text(fields.scope(), *value, argument).value_or(Text{}));
  }
  return out;
}

ServiceId service_of(const Fields& fields) {
  const auto target = fields.reference("service");
  return ServiceId{target ? target->index : 0};
}

HostCommand host_command(const Fields& fields) {
  HostCommand out{argv(fields), std::nullopt};
  if (const auto host = fields.reference("on")) out.host = HostId{host->index};
  return out;
}

HttpCheck http_check(const Fields& fields) {
  HttpCheck out;
  out.url = fields.text("url");
  if (!out.url.pieces.empty()) {
    const auto* front = std::get_if<Literal>(&out.url.pieces[0]);
    if (front && !front->text.starts_with("http://") && !front->text.starts_with("https://")) {
      fields.scope().report(DiagnosticKind::WrongType, fields.find("url")->span,
                            "`" + front->text + "` is not an HTTP address",
                            "begin it with http:// or https://");
    }
  }
  out.status = fields.number("status").value_or(200);
  out.json = fields.table("json");
  out.header = fields.table("header");
  return out;
}

TcpCheck tcp_check(const Fields& fields) {
  TcpCheck out{fields.text("address")};
  if (!out.address.is_literal() || out.address.empty()) return out;
  const std::string address = out.address.shown();
  const std::size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool number =
      !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (colon == 0 || !number || std::stoi(port) < 1 || std::stoi(port) > 65535) {
    fields.scope().report(DiagnosticKind::WrongType, fields.find("address")->span,
                          "`" + address + "` is not an address with a port", "write it as \"host:port\"");
  }
  return out;
}

LogCheck log_check(const Fields& fields) {
  LogCheck out{fields.name("until"), fields.name("fail")};
  check_pattern(fields, "until", out.until);
  check_pattern(fields, "fail", out.fail);
  return out;
}

/// White space alone would be found in any output, as its end does not count.
Text expected_text(const Fields& fields) {
  Text out = fields.text("expect");
  const bool says_nothing = out.is_literal() && out.shown().find_first_not_of(" \t\r\n") == std::string::npos;
  if (const auto* value = fields.find("expect"); value && value->kind == Kind::String && says_nothing) {
    fields.scope().report(DiagnosticKind::EmptyValue, value->span, "`expect` is empty",
                          "write the text that the program's output must hold, or remove `expect`");
  }
  return out;
}

std::vector<std::pair<int, CodeMeaning>> exit_codes(const Fields& fields) {
  const ast::Expression* value = fields.find("codes");
  if (!value) return {};
  auto codes = read_codes(fields.scope(), *value, fields.row("codes"));
  const bool zero = std::any_of(codes.begin(), codes.end(), [](const auto& each) { return each.first == 0; });
  const bool done = std::any_of(codes.begin(), codes.end(),
                                [](const auto& each) { return each.second == CodeMeaning::Done; });
  if (zero && !done) {
    fields.scope().report(DiagnosticKind::MissingValue, value->span,
                          "no exit code of `codes` means `done`, so it could never hold",
                          "say which one does, such as `codes = { 0 = done }`");
  }
  return codes;
}

struct Signal {
  std::string_view name;
  int number;
};
constexpr Signal kSignals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT},  {"USR1", SIGUSR1},
                               {"USR2", SIGUSR2}, {"TERM", SIGTERM}, {"WINCH", SIGWINCH}};

}  // namespace

bool is_word_of_a_question(std::string_view argument) {
  return argument == "within" || argument == "every" || argument == "expect" || argument == "codes";
}

std::string_view name(CodeMeaning meaning) {
  switch (meaning) {
    case CodeMeaning::Done:
      return "done";
    case CodeMeaning::Again:
      return "again";
    case CodeMeaning::Failed:
      return "failed";
  }
  return {};
}

const Function* callee(Scope& scope, const ast::Expression& value, std::string_view attribute,
                       std::string_view family_name) {
  const auto members = family(family_name);
  if (value.kind != Kind::Call) {
    scope.report(DiagnosticKind::WrongType, value.span,
                 "`" + std::string(attribute) + "` takes a call, not " + describe(value),
                 "call " + one_of(members));
    return nullptr;
  }
  if (std::find(members.begin(), members.end(), value.text) != members.end()) {
    const Function* function = find_function(value.text);
    if (!function->built)
      scope.report_unbuilt(value.span,
                           "`" + std::string(attribute) + " = " + std::string(function->name) + "(…)`");
    return function;
  }
  const bool exists = find_function(value.text) != nullptr;
  const Span name{value.span.source, value.span.begin,
                  value.span.begin + static_cast<std::uint32_t>(value.text.size())};
  const std::string meant = exists ? "" : nearest(value.text, {members.begin(), members.end()});
  scope.report(exists ? DiagnosticKind::WrongType : DiagnosticKind::UnknownFunction, name,
               exists
                   ? "`" + std::string(attribute) + "` cannot be a call of `" + std::string(value.text) + "`"
                   : "there is no function `" + std::string(value.text) + "`",
               meant.empty() ? "call " + one_of(members) : "", {}, meant);
  return nullptr;
}

std::optional<Action> read_action(Scope& scope, const ast::Expression& value, std::string_view attribute,
                                  std::string_view family_name) {
  const Function* function = callee(scope, value, attribute, family_name);
  if (!function) return std::nullopt;
  const Fields fields(scope, value, *function);
  for (const Row& row : function->rows) {
    if (!is_word_of_a_question(row.name) || !fields.has(row.name)) continue;
    scope.report(DiagnosticKind::UnknownArgument, fields.find(row.name)->span,
                 "`" + std::string(row.name) + "` belongs to probes, and `" + std::string(attribute) +
                     "` is an action",
                 "remove it");
  }
  Action out;
  out.span = value.span;
  if (function->name == "command") out.how = host_command(fields);
  if (function->name == "exec") out.how = ExecIn{service_of(fields), argv(fields)};
  if (function->name == "run") out.how = RunIn{service_of(fields), argv(fields)};
  if (function->name == "shell") out.how = ShellCommand{fields.text("script")};
  if (function->name == "manual") out.how = ManualTask{fields.text("instruction")};
  return out;
}

std::optional<Probe> read_probe(Scope& scope, const ast::Expression& value, std::string_view attribute,
                                std::string_view family_name) {
  const Function* function = callee(scope, value, attribute, family_name);
  if (!function) return std::nullopt;
  const Fields fields(scope, value, *function);
  Probe out;
  out.span = value.span;
  if (function->name == "http") out.how = http_check(fields);
  if (function->name == "tcp") out.how = tcp_check(fields);
  if (function->name == "log") out.how = log_check(fields);
  if (function->name == "exec") out.how = ExecIn{service_of(fields), argv(fields)};
  if (function->name == "command") out.how = host_command(fields);
  if (function->name == "shell") out.how = ShellCommand{fields.text("script")};
  if (function->name == "healthy") out.how = EngineHealth{};
  if (function->name == "manual") {
    out.how = ManualTask{fields.text("instruction")};
    return out;
  }
  out.within = fields.duration("within");
  out.every = fields.duration("every");
  if (function->name == "exec" || function->name == "command" || function->name == "shell") {
    out.expect = expected_text(fields);
    out.codes = exit_codes(fields);
  }
  return out;
}

std::optional<Pin> read_pin(Scope& scope, const ast::Expression& value) {
  Pin out;
  out.span = value.span;
  if (value.kind == Kind::Word) {
    constexpr std::string_view kSource[] = {"source"};
    const auto target = scope.resolve(value.text, value.span, kSource);
    if (!target) return std::nullopt;
    out.where = SourcePin{SourceTreeId{target->index}};
    return out;
  }
  const Function* function = callee(scope, value, "pin", "pin");
  if (!function) return std::nullopt;
  const Fields fields(scope, value, *function);
  if (function->name == "env") out.where = EnvPin{fields.name("file"), fields.name("name")};
  if (function->name == "image_tag") {
    ImageTagPin pin{fields.name("file"), {}};
    for (const Referent& target : fields.references("services"))
      pin.services.push_back(ServiceId{target.index});
    out.where = std::move(pin);
  }
  if (function->name == "symlink") out.where = SymlinkPin{fields.name("link"), fields.text("target")};
  if (function->name == "apt") out.where = AptPin{fields.name("package")};
  if (function->name == "chart") out.where = ChartPin{};
  return out;
}

std::optional<Ledger> read_ledger(Scope& scope, const ast::Expression& value) {
  static constexpr std::string_view kFrameworks[] = {"alembic", "prisma", "ecto",      "rails",
                                                     "django",  "flyway", "liquibase", "golang_migrate"};
  Ledger out;
  out.span = value.span;
  if (value.kind != Kind::Call) {
    const auto index = read_word(scope, value, {"ledger", Type::Word, Need::Optional, "", kFrameworks});
    if (!index) return std::nullopt;
    out.framework = static_cast<Ledger::Framework>(*index);
    return out;
  }
  const Function* function = callee(scope, value, "ledger", "ledger");
  if (!function) return std::nullopt;
  if (function->name == "exec") {
    out.framework = Ledger::Framework::Exec;
    out.exec = read_action(scope, value, "ledger", "ledger");
    return out;
  }
  const Fields fields(scope, value, *function);
  out.framework = Ledger::Framework::Table;
  out.table = fields.name("table");
  out.column = fields.name("column");
  if (out.column.empty()) out.column = "version";
  return out;
}

std::optional<int> read_signal(Scope& scope, const ast::Expression& value) {
  const Fields fields(scope, value, *find_function("signal"));
  std::string name = fields.name("name");
  if (name.starts_with("SIG")) name.erase(0, 3);
  std::vector<std::string_view> known;
  for (const Signal& signal : kSignals) {
    if (signal.name == name) return signal.number;
    known.push_back(signal.name);
  }
  if (!name.empty()) {
    scope.report(DiagnosticKind::UnknownWord, fields.find("name")->span, "`" + name + "` is not a signal",
                 "write " + one_of(known), {}, nearest(name, known));
  }
  return std::nullopt;
}

std::optional<Action> action(const Fields& fields, std::string_view name) {
  const ast::Expression* value = fields.find(name);
  return value ? read_action(fields.scope(), *value, name) : std::nullopt;
}

std::optional<Probe> probe(const Fields& fields, std::string_view name) {
  const ast::Expression* value = fields.find(name);
  return value ? read_probe(fields.scope(), *value, name) : std::nullopt;
}

}  // namespace pawl::lang
