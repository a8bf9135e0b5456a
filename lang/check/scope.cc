#include "lang/check/scope.h"

#include "lang/check/units.h"
#include "lang/schema.h"

namespace pawl::lang {
namespace {

/// Suggestions are searched among this many names at most: a list of thousands helps nobody, and costs time
/// for each mistake.
constexpr std::size_t kSearched = 2000;

/// Deployments of all kinds are counted together: they are one vector in the Stack.
bool is_deployment(std::string_view kind) {
  const auto kinds = deployment_kinds();
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

std::vector<std::string_view> some_names(const Scope::Names& names, const Diagnostics& diagnostics) {
  constexpr std::size_t kShownErrors = 100;  // further ones are only counted
  std::vector<std::string_view> out;
  if (diagnostics.errors() >= kShownErrors) return out;
  for (const auto& [name, symbol] : names) {
    if (out.size() == kSearched) break;
    out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

void Scope::declare(std::string_view kind, std::string_view name, Span span) {
  const std::uint32_t index = counts_[is_deployment(kind) ? "compose" : kind]++;
  const auto [at, fresh] = names_[kind].try_emplace(name, Symbol{index, span});
  if (fresh) return;
  const std::string what =
      name.empty() ? std::string(kind) : std::string(kind) + " `" + std::string(name) + "`";
  report(DiagnosticKind::DuplicateName, span, "there is already a " + what, "give one of them another name",
         {}, {}, {{"first declared here", at->second.span}});
}

const Scope::Names& Scope::names(std::string_view kind) const {
  static const Names kNone;
  const auto at = names_.find(kind);
  return at == names_.end() ? kNone : at->second;
}

std::optional<Referent> Scope::resolve(std::string_view path, Span span,
                                       std::span<const std::string_view> kinds) {
  const std::size_t dot = path.find('.');
  const std::string_view kind = path.substr(0, dot);
  const std::string_view name = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  const bool fits = std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  if (fits) {
    const Names& known = names(kind);
    if (const auto at = known.find(name); at != known.end()) {
      return Referent{kind, at->second.index};
    }
  }
  if (fits && incomplete_) return std::nullopt;
  const std::string what(kinds.size() == 1 ? kinds[0] : "block");
  if (!fits && dot == std::string_view::npos) {  // a bare name: perhaps the kind was left out
    for (std::string_view one : kinds) {
      if (!names(one).contains(path)) continue;
      report(DiagnosticKind::UnknownName, span, "`" + std::string(path) + "` is not a reference",
             "name the kind too", {}, std::string(one) + "." + std::string(path));
      return std::nullopt;
    }
  }
  if (!fits) {
    std::string wanted;
    for (std::string_view one : kinds)
      wanted += (wanted.empty() ? "`" : " or `") + std::string(one) + ".NAME`";
    report(DiagnosticKind::WrongType, span, "`" + std::string(path) + "` is not a reference to a " + what,
           "write " + wanted);
    return std::nullopt;
  }
  std::string suggestion = nearest(name, some_names(names(kind), diagnostics_));
  if (!suggestion.empty()) suggestion = std::string(kind) + "." + suggestion;
  if (name.empty()) {
    report(DiagnosticKind::UnknownName, span, "there is no `" + std::string(kind) + "` block without a name",
           "declare it, or name the one you mean: `" + std::string(kind) + ".NAME`");
    return std::nullopt;
  }
  for (std::string_view other : {"service", "database", "files", "host", "source", "step"}) {
    if (other == kind || !suggestion.empty() || !names(other).contains(name)) continue;
    suggestion = std::string(other) + "." + std::string(name);
  }
  report(DiagnosticKind::UnknownName, span,
         "there is no " + std::string(kind == "files" ? "file set" : kind) + " `" + std::string(name) + "`",
         suggestion.empty() ? "declare it: `" + std::string(kind) + " " + std::string(name) + " { … }`" : "",
         {}, suggestion);
  return std::nullopt;
}

std::optional<Scope::Value> Scope::variable(std::string_view path, Span span) {
  const std::string_view name = path.substr(4);
  const auto at = variables_.find(name);
  if (at != variables_.end()) return at->second;
  if (incomplete_ || names("variable").contains(name)) return Value{};  // its block is damaged
  std::string suggestion = nearest(name, some_names(names("variable"), diagnostics_));
  if (!suggestion.empty()) suggestion = "var." + suggestion;
  report(DiagnosticKind::UnknownName, span, "there is no variable `" + std::string(name) + "`",
         suggestion.empty() ? "declare it: `variable " + std::string(name) + " { … }`" : "", {}, suggestion);
  return std::nullopt;
}

void Scope::report(DiagnosticKind kind, Span span, std::string detail, std::string fix, std::string why,
                   std::string suggestion, std::vector<Diagnostic::Note> notes) {
  diagnostics_.add({kind, span, std::move(detail), std::move(why), std::move(fix), std::move(suggestion),
                    std::move(notes)});
}

void Scope::report_unbuilt(Span span, const std::string& what, std::string_view instead) {
  if (accepts_unbuilt_) return;
  report(DiagnosticKind::NotSupportedYet, span, what + " is not supported yet",
         instead.empty() ? "remove it for now" : "remove it for now; " + std::string(instead),
         "this version of pawl checks it and does not act on it, so a plan would leave it out");
}

std::string one_of(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += "`" + std::string(words[i]) + "`";
  }
  return out;
}

std::string describe(const ast::Item& item) {
  std::string out = "`" + std::string(item.keyword.text) + "`";
  if (!item.label) return out;
  std::string_view label = item.label->text;
  if (label.size() >= 2 && label.front() == '"') label = label.substr(1, label.size() - 2);
  return std::string(item.keyword.text) + " `" + std::string(label) + "`";
}

std::string describe(const ast::Expression& expression) {
  using Kind = ast::Expression::Kind;
  const std::string text(expression.text.substr(0, 40));
  switch (expression.kind) {
    case Kind::String:
      return "a string";
    case Kind::Number:
      if (is_number(text)) return "the number " + text;
      if (parse_duration(text)) return "the duration " + text;
      if (parse_size(text)) return "the size " + text;
      if (Version::parse(text)) return "the version " + text;
      return "`" + text + "`";
    case Kind::Word:
      return text == "true" || text == "false" ? "`" + text + "`" : "the word `" + text + "`";
    case Kind::Call:
      return "a call of `" + text + "`";
    case Kind::List:
      return "a list";
    case Kind::Object:
      return "an object";
    case Kind::Not:
    case Kind::And:
    case Kind::Or:
    case Kind::Compare:
      return "a condition";
  }
  return "this";
}

}  // namespace pawl::lang
