// Variables: declared with a type, given on the command line, by the environment or by default.
#include <algorithm>

#include "lang/check/check.h"
#include "lang/check/fields.h"

namespace pawl::lang {
namespace {

struct Given {
  std::optional<std::string> text;
  Span span;               // where a wrong value is reported
  const char* where = "";  // "`--var`", …
};

std::vector<std::string> read_choices(const Fields& fields, Scope& scope) {
  std::vector<std::string> out;
  const ast::Expression* value = fields.find("one_of");
  if (!value) return out;
  if (value->kind != ast::Expression::Kind::List || value->fields.empty()) {
    scope.report(DiagnosticKind::WrongType, value->span, "`one_of` takes a list of values",
                 "write [\"one\", \"two\"]");
    return out;
  }
  for (const ast::Expression* one : elements(*value)) {
    if (auto text = plain_literal(scope, *one)) out.push_back(std::move(*text));
  }
  return out;
}

Given given_value(const Fields& fields, Scope& scope, const std::string& name, const LoadOptions& options) {
  if (const auto at = options.variables.find(name); at != options.variables.end())
    return {at->second, fields.span(), "--var"};
  if (const auto at = options.environment.find(name); at != options.environment.end()) {
    return {at->second, fields.span(), "the environment"};
  }
  const ast::Expression* value = fields.find("default");
  if (!value) return {std::nullopt, fields.span(), ""};
  return {plain_literal(scope, *value), value->span, "`default`"};
}

std::string type_label(Variable::Type type) {
  switch (type) {
    case Variable::Type::String:
      return "a string";
    case Variable::Type::Number:
      return "a number";
    case Variable::Type::Bool:
      return "true or false";
    case Variable::Type::Time:
      return "a duration such as 30s";
    case Variable::Type::Size:
      return "a size such as 100GB";
    case Variable::Type::Version:
      return "a version such as 1.5.0";
  }
  return "a value";
}

/// A secret's value is never quoted in a message.
std::string shown(const Variable& variable, const std::string& value) {
  return variable.secret ? "its value" : "`" + value + "`";
}

bool value_fits(Scope& scope, const Variable& variable, const Given& given,
                const std::vector<std::string>& choices) {
  if (!fits(variable.type, *given.text)) {
    scope.report(
        DiagnosticKind::BadVariableValue, given.span,
        shown(variable, *given.text) + " (from " + given.where + ") is not " + type_label(variable.type),
        "give variable `" + variable.name + "` " + type_label(variable.type));
    return false;
  }
  if (choices.empty() || std::find(choices.begin(), choices.end(), *given.text) != choices.end()) return true;
  const std::vector<std::string_view> words(choices.begin(), choices.end());
  scope.report(DiagnosticKind::BadVariableValue, given.span,
               shown(variable, *given.text) + " (from " + given.where + ") is not one of the values of `" +
                   variable.name + "`",
               "give " + one_of(words), {}, variable.secret ? "" : nearest(*given.text, words));
  return false;
}

/// Reads one variable; true when its value is known and right (or it is secret, and resolved later).
bool read_variable(Scope& scope, const ast::Item& item, const LoadOptions& options, Variable& out) {
  const Fields fields(scope, item, *find_block("variable"));
  out.span = item.span;
  out.name = item.label->text;
  out.type = fields.word<Variable::Type>("type").value_or(Variable::Type::String);
  out.description = fields.name("description");
  out.secret = fields.flag("secret").value_or(false);
  const auto choices = read_choices(fields, scope);
  if (out.secret && fields.has("default")) {
    scope.report(DiagnosticKind::SecretExposed, fields.find("default")->span,
                 "a secret cannot have its value in the manifest",
                 "give it with --var-file or PAWL_VAR_" + out.name, "manifests are kept in version control");
    return false;
  }
  const Given given = given_value(fields, scope, out.name, options);
  if (!given.text) {
    if (out.secret) return true;
    if (!fields.has("default") && fields.whole()) {
      scope.report(DiagnosticKind::VariableWithoutValue, fields.span(),
                   "nothing gives a value to `" + out.name + "`",
                   "pass --var " + out.name + "=…, set PAWL_VAR_" + out.name + ", or add `default = …`");
    }
    return false;
  }
  if (!value_fits(scope, out, given, choices)) return false;
  if (!out.secret) out.value = given.text;
  return true;
}

void report_unknown_variables(Scope& scope, const LoadOptions& options) {
  const auto& declared = scope.names("variable");
  std::vector<std::string_view> names;
  for (const auto& [name, symbol] : declared) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const auto& [name, value] : options.variables) {
    if (declared.contains(name)) continue;
    scope.report(DiagnosticKind::UnknownVariable, {},
                 "`--var " + name + "=…` gives a value to a variable that is not declared",
                 "declare it: `variable " + name + " { … }`, or leave it out", {}, nearest(name, names));
  }
}

}  // namespace

void read_variables(Scope& scope, const std::vector<const ast::Item*>& items, const LoadOptions& options,
                    Stack& stack) {
  std::vector<bool> known;
  for (const ast::Item* item : items) {
    Variable variable;
    known.push_back(read_variable(scope, *item, options, variable));
    stack.variables.push_back(std::move(variable));
  }
  // Only now: the scope keeps pointers into the vector. The first of two with one name counts.
  for (std::size_t i = stack.variables.size(); i-- > 0;) scope.set_variable(stack.variables[i], known[i]);
  report_unknown_variables(scope, options);
}

}  // namespace pawl::lang
