#include "lang/dump.h"

#include <fmt/format.h>

#include "lang/ast.h"
#include "lang/load.h"
#include "lang/parse.h"
#include "lang/scan.h"

namespace pawl::lang {
namespace {

class Dump {
 public:
  explicit Dump(const Sources& sources) : sources_(sources) {}

  /// One line; what follows inside `body` is indented below it.
  template <class Body>
  void line(const std::string& text, Span span, Body body) {
    const std::string where = sources_.where(span);
    text_ += std::string(2 * depth_, ' ') + text + (where.empty() ? "" : "  @" + where) + "\n";
    ++depth_;
    body();
    --depth_;
  }
  void line(const std::string& text, Span span = {}) {
    line(text, span, [] {});
  }
  std::string take() { return std::move(text_); }

 private:
  const Sources& sources_;
  std::string text_;
  std::size_t depth_ = 0;
};

// ---------------------------------------------------------------- the syntax tree

std::string_view name(ast::Expression::Kind kind) {
  using Kind = ast::Expression::Kind;
  switch (kind) {
    case Kind::String:
      return "string";
    case Kind::Number:
      return "number";
    case Kind::Word:
      return "word";
    case Kind::Call:
      return "call";
    case Kind::List:
      return "list";
    case Kind::Object:
      return "object";
    case Kind::Not:
      return "not";
    case Kind::And:
      return "and";
    case Kind::Or:
      return "or";
    case Kind::Compare:
      return "compare";
  }
  return "?";
}

void dump(Dump& out, std::string_view key, const ast::Expression& value) {
  const std::string label = key.empty() ? std::string() : std::string(key) + " = ";
  out.line(fmt::format("{}{} {}", label, name(value.kind), value.text), value.span, [&] {
    for (const ast::Field& field : value.fields) dump(out, field.key.text, field.value);
  });
}

void dump(Dump& out, const ast::Item& item) {
  const std::string label = item.label ? " " + std::string(item.label->text) : std::string();
  out.line(fmt::format("{}{}{}", item.keyword.text, label, item.damaged ? " (damaged)" : ""), item.span, [&] {
    if (item.value) dump(out, {}, *item.value);
    for (const ast::Item& inner : item.body) dump(out, inner);
  });
}

// ---------------------------------------------------------------- the stack

std::string seconds(const std::optional<Duration>& duration) {
  return duration ? fmt::format("{}ms", duration->count()) : "-";
}

std::string words(const std::vector<Text>& texts) {
  std::string all;
  for (const Text& text : texts) all += (all.empty() ? "" : " ") + text.shown();
  return all;
}

struct HowName {
  const Stack& stack;
  std::string operator()(const HostCommand& how) const { return "command " + words(how.argv); }
  std::string operator()(const ExecIn& how) const {
    return "exec " + stack[how.service].name + " " + words(how.argv);
  }
  std::string operator()(const RunIn& how) const {
    return "run " + stack[how.service].name + " " + words(how.argv);
  }
  std::string operator()(const ShellCommand& how) const { return "shell " + how.script.shown(); }
  std::string operator()(const ManualTask& how) const { return "manual " + how.instruction.shown(); }
  std::string operator()(const HttpCheck& how) const {
    return fmt::format("http {} → {}", how.url.shown(), how.status);
  }
  std::string operator()(const TcpCheck& how) const { return "tcp " + how.address.shown(); }
  std::string operator()(const LogCheck& how) const {
    return "log " + how.until + (how.fail.empty() ? "" : " fail " + how.fail);
  }
  std::string operator()(const EngineHealth&) const { return "healthy"; }
};

class StackDump {
 public:
  StackDump(const Stack& stack, const Sources& sources) : stack_(stack), out_(sources) {}

  std::string text() {
    out_.line("stack " + *stack_.name, stack_.span);
    if (stack_.version) out_.line("version " + stack_.version->value.text, stack_.version->span);
    for (const Deployment& one : stack_.deployments) deployment(one);
    for (const Service& one : stack_.services) service(one);
    for (const Database& one : stack_.databases) database(one);
    for (const FileSet& one : stack_.files)
      out_.line("files " + one.name + ": " + words(one.paths) + words(one.volumes), one.span);
    if (stack_.backup) {
      out_.line(fmt::format("backup to {} keep {} max_age {}", stack_.backup->to.shown(),
                            stack_.backup->keep.value_or(0), seconds(stack_.backup->max_age)),
                stack_.backup->span);
    }
    for (const Release& one : stack_.releases) out_.line("release " + one.version->text, one.span);
    for (const Gate& one : stack_.gates) out_.line("gate " + one.name, one.span);
    for (const Check& one : stack_.checks) {
      out_.line("check " + one.name, one.span, [&] { probe("run", one.run); });
    }
    for (const UserStep& one : stack_.steps) {
      out_.line("step " + one.name, one.span, [&] { action("run", one.run); });
    }
    if (stack_.downtime) {
      out_.line("downtime budget " + seconds(stack_.downtime->budget), stack_.downtime->span,
                [&] { probe("probe", stack_.downtime->probe); });
    }
    for (const Notification& one : stack_.notifications) out_.line("notify " + one.name, one.span);
    for (const Variable& one : stack_.variables) {
      out_.line(fmt::format("variable {} = {}", one.name, one.secret ? "(secret)" : one.value.value_or("-")),
                one.span);
    }
    return out_.take();
  }

 private:
  void action(std::string_view what, const std::optional<Action>& action) {
    if (action) out_.line(fmt::format("{} {}", what, std::visit(HowName{stack_}, action->how)), action->span);
  }
  void probe(std::string_view what, const std::optional<Probe>& probe) {
    if (!probe) return;
    std::string line = fmt::format("{} {} within {} every {}", what, std::visit(HowName{stack_}, probe->how),
                                   seconds(probe->within), seconds(probe->every));
    if (!probe->expect.empty()) line += " expect " + probe->expect.shown();
    for (const auto& [code, meaning] : probe->codes) line += fmt::format(" {}={}", code, name(meaning));
    out_.line(line, probe->span);
  }

  void deployment(const Deployment& one) {
    out_.line(fmt::format("{} {}", one.kind(), one.label), one.span, [&] {
      if (!one.dir.empty()) out_.line("dir " + one.dir);
      if (one.pin) out_.line("pin", one.pin->span);
    });
  }

  void service(const Service& one) {
    out_.line(fmt::format("service {} role {}", one.name, name(one.role)), one.span, [&] {
      if (one.engine_name != one.name) out_.line("name " + one.engine_name);
      if (!one.command.empty()) out_.line("command " + words(one.command));
      if (one.instances) out_.line(fmt::format("instances {}", *one.instances));
      probe("health", one.health);
      probe("ready", one.ready);
      if (one.drain) out_.line("drain " + seconds(one.drain));
      if (one.pause) out_.line("pause " + seconds(one.pause));
      if (one.min_healthy) out_.line("min_healthy " + seconds(one.min_healthy));
      action("reload", one.reload);
      action("seed", one.seed);
      for (const ServiceId id : one.after) out_.line("after " + stack_[id].name);
      for (const ServiceId id : one.before) out_.line("before " + stack_[id].name);
      for (const DatabaseId id : one.migrates) out_.line("migrates " + stack_[id].name);
    });
  }

  void database(const Database& one) {
    out_.line("database " + one.name, one.span, [&] {
      if (one.service) out_.line("service " + stack_[*one.service].name);
      if (one.on) out_.line("on " + stack_[*one.on].name);
      if (!one.database.empty()) out_.line("name " + one.database.shown());
      if (!one.path.empty()) out_.line("path " + one.path.shown());
      if (one.ledger) out_.line("ledger", one.ledger->span);
      action("migrate", one.migrate);
      action("down", one.down);
      if (one.forward_only) out_.line("down never");
    });
  }

  const Stack& stack_;
  Dump out_;
};

}  // namespace

std::string dump_ast(const Sources& sources, SourceId id, Diagnostics& diagnostics) {
  Dump out(sources);
  const auto scanned = scan(sources, id, Limits().nesting, diagnostics);
  if (!scanned) return {};
  for (const ast::Item& item : parse(sources, id, *scanned, diagnostics)) dump(out, item);
  return out.take();
}

std::string dump_stack(const Stack& stack, const Sources& sources) {
  return StackDump(stack, sources).text();
}

}  // namespace pawl::lang
