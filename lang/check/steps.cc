// Gates, checks and the user's own steps.
#include <algorithm>

#include "lang/check/calls.h"
#include "lang/check/check.h"
#include "lang/check/fields.h"

namespace pawl::lang {
namespace {

using Kind = ast::Expression::Kind;

std::vector<HopClass> classes(const Fields& fields) {
  return fields.words<HopClass>("on", static_cast<int>(HopClass::Patch));
}

/// It is asked until it holds, instead of being run once: a question by its nature, or one that says how
/// long, or by what it holds.
bool is_asked(const ast::Expression& call) {
  if (call.text == "http" || call.text == "tcp") return true;
  if (call.text != "exec" && call.text != "command" && call.text != "shell") return false;
  return std::any_of(call.fields.begin(), call.fields.end(),
                     [](const ast::Field& argument) { return is_word_of_a_question(argument.key.text); });
}

/// It is asked once, before the step or a repetition of it begins, so nothing in it can wait.
void refuse_waiting(const Fields& fields, const ast::Expression& done_when) {
  for (const ast::Field& argument : done_when.fields) {
    if (argument.key.text != "within" && argument.key.text != "every") continue;
    fields.scope().report(
        DiagnosticKind::UnknownArgument, argument.value.span,
        "`" + std::string(argument.key.text) + "` does nothing in `done_when`, which is asked once",
        "remove it; let the step itself wait, or a step after it");
  }
}

std::optional<Anchor> read_anchor(Scope& scope, const ast::Expression& value, std::string_view attribute) {
  static constexpr std::string_view kPhases[] = {"checks",     "backup",   "fetch", "pin",
                                                 "migrations", "replaced", "end"};
  static constexpr std::string_view kKinds[] = {"service", "database", "step"};
  Anchor out;
  out.span = value.span;
  if (value.kind != Kind::Word) {
    scope.report(DiagnosticKind::WrongType, value.span,
                 "`" + std::string(attribute) + "` takes a place, not " + describe(value),
                 "write service.NAME, database.NAME, step.NAME, or " + one_of(kPhases));
    return std::nullopt;
  }
  if (value.text.find('.') == std::string_view::npos) {
    const bool name = scope.names("service").contains(value.text) ||
                      scope.names("database").contains(value.text) ||
                      scope.names("step").contains(value.text);
    const auto* phase = std::find(std::begin(kPhases), std::end(kPhases), value.text);
    if (name && phase == std::end(kPhases)) {
      scope.resolve(value.text, value.span, kKinds);  // says which kind to write before it
      return std::nullopt;
    }
    const auto index = read_word(scope, value, {attribute, Type::Word, Need::Optional, "", kPhases});
    if (!index) return std::nullopt;
    out.what = static_cast<Anchor::Phase>(*index);
    return out;
  }
  const auto target = scope.resolve(value.text, value.span, kKinds);
  if (!target) return std::nullopt;
  if (target->kind == "service")
    out.what = ServiceId{target->index};
  else if (target->kind == "database")
    out.what = DatabaseId{target->index};
  else
    out.what = std::string(value.text.substr(value.text.find('.') + 1));
  return out;
}

std::vector<Anchor> read_anchors(const Fields& fields, std::string_view name) {
  std::vector<Anchor> out;
  if (!fields.find(name)) return out;
  for (const ast::Expression* one : elements(*fields.find(name))) {
    if (auto anchor = read_anchor(fields.scope(), *one, name)) out.push_back(std::move(*anchor));
  }
  return out;
}

}  // namespace

void read_gate(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Gate out;
  out.name = block.label();
  out.span = block.item.span;
  out.on = classes(fields);
  fields.exactly_one({"ask", "rehearsed", "run"});
  if (fields.has("ask")) out.what = ManualTask{fields.text("ask")};
  if (fields.has("rehearsed")) out.what = Gate::Rehearsed{fields.duration("rehearsed").value_or(Duration(0))};
  if (const auto* run = fields.find("run")) {
    if (run->kind == Kind::Call && is_asked(*run)) {
      if (auto probe = read_probe(block.scope, *run, "run", "gate")) out.what = std::move(*probe);
    } else if (auto action = read_action(block.scope, *run, "run", "gate")) {
      out.what = std::move(*action);
    }
  }
  block.stack.gates.push_back(std::move(out));
}

void read_check(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Check out;
  out.name = block.label();
  out.span = block.item.span;
  out.on = classes(fields);
  out.phase = fields.word<Check::Phase>("phase").value_or(Check::Phase::After);
  if (const auto* run = fields.find("run")) {
    if (auto probe = read_probe(block.scope, *run, "run", "check")) out.run = std::move(*probe);
  }
  block.stack.checks.push_back(std::move(out));
}

void read_step(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  UserStep out;
  out.name = block.label();
  out.span = block.item.span;
  if (auto run = action(fields, "run")) out.run = std::move(*run);
  out.after = read_anchors(fields, "after");
  out.before = read_anchors(fields, "before");
  out.on = classes(fields);
  out.idempotent = fields.flag("idempotent").value_or(false);
  out.done_when = probe(fields, "done_when");
  if (const auto* done_when = fields.find("done_when")) refuse_waiting(fields, *done_when);
  out.within = fields.duration("within");
  for (const Referent& target : fields.references("migrates"))
    out.migrates.push_back(DatabaseId{target.index});
  for (const Referent& target : fields.references("touches")) {
    if (target.kind == "database")
      out.touches.emplace_back(DatabaseId{target.index});
    else
      out.touches.emplace_back(FilesId{target.index});
  }
  fields.exactly_one({"touches", "undo", "one_way"}, true);  // one way back, or none
  out.one_way = fields.flag("one_way").value_or(false);
  out.undo = action(fields, "undo");
  out.says_effects =
      fields.has("migrates") || fields.has("touches") || fields.has("one_way") || fields.has("undo");
  block.stack.steps.push_back(std::move(out));
}

}  // namespace pawl::lang
