#include "lang/check/values.h"

#include <algorithm>
#include <climits>
#include <map>

#include "lang/check/units.h"
#include "lang/strings.h"

namespace pawl::lang {
namespace {

using Kind = ast::Expression::Kind;

bool is_variable(const ast::Expression& value) {
  return value.kind == Kind::Word && value.text.starts_with("var.");
}

std::string quoted(std::string_view name) {
  return "`" + std::string(name) + "`";
}

std::string example(Type type) {
  switch (type) {
    case Type::Flag:
      return "write true or false";
    case Type::Number:
      return "write a whole number without quotes, such as 3";
    case Type::Elapsed:
      return "write it without quotes, such as 500ms, 30s, 3m, 1h30m or 14d";
    case Type::Size:
      return "write it without quotes, such as 512MB or 100GB";
    case Type::Version:
      return "write a version such as 1.5.0 or v2026.05.01";
    case Type::Range:
      return "write a range such as \">= 1.4 < 2\" or \"1.4.x\"";
    case Type::Name:
    case Type::Path:
    case Type::Text:
    case Type::Shown:
      return "put text in double quotes";
    case Type::Table:
      return "write it as { name = \"value\" }";
    case Type::Codes:
      return "write it as { 0 = done, 77 = again, 3 = failed }";
    default:
      return {};
  }
}

/// The text of a value written without quotes: a number, a word, or what a plain variable holds.
std::optional<std::string> bare(Scope& scope, const ast::Expression& value, const Row& row) {
  if (is_variable(value)) {
    const auto variable = scope.variable(value.text, value.span);
    if (!variable || !variable->known) return std::nullopt;
    if (variable->variable->secret) {
      scope.report(DiagnosticKind::SecretExposed, value.span, quoted(row.name) + " cannot be a secret",
                   "use a variable without `secret = true`",
                   "it is needed while the plan is made, and a plan holds no secrets");
      return std::nullopt;
    }
    return variable->variable->value;
  }
  if (value.kind == Kind::Number || value.kind == Kind::Word) return std::string(value.text);
  report_wrong_type(scope, value, row);
  return std::nullopt;
}

std::string bounds(const Row& row) {
  const auto shown = [&](std::int64_t n) -> std::string {
    if (row.type != Type::Elapsed) return std::to_string(n);
    if (n == 0) return "0s";
    constexpr std::pair<std::int64_t, const char*> kUnits[] = {
        {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}, {1, "ms"}};
    for (const auto& [factor, unit] : kUnits) {
      if (n % factor == 0) return std::to_string(n / factor) + unit;
    }
    return {};
  };
  return shown(row.least) + " to " + shown(row.most);
}

bool in_range(Scope& scope, const ast::Expression& value, const Row& row, std::int64_t number) {
  if (number >= row.least && number <= row.most) return true;
  scope.report(DiagnosticKind::OutOfRange, value.span, quoted(row.name) + " must be from " + bounds(row),
               "write a value in that range");
  return false;
}

bool shown_to_people(Type type) {
  return type == Type::Shown || type == Type::Shown_list;
}

void append(Text& to, Piece piece) {
  auto* literal = std::get_if<Literal>(&piece);
  if (literal && literal->text.empty()) return;
  auto* last = to.pieces.empty() ? nullptr : std::get_if<Literal>(&to.pieces.back());
  if (literal && last) {
    last->text += literal->text;
  } else {
    to.pieces.push_back(std::move(piece));
  }
}

bool valid_secret(std::string_view source) {
  return (source.starts_with("env:") && source.size() > 4) ||
         (source.starts_with("file:") && source.size() > 5);
}

bool append_secret(Scope& scope, Text& to, std::string source, Span span, const Row& row) {
  if (!source.starts_with("var:") && !valid_secret(source)) {
    scope.report(DiagnosticKind::UnknownWord, span, "`" + source + "` is not a source of secrets",
                 "write secret(\"env:NAME\") or secret(\"file:PATH\")");
    return false;
  }
  if (shown_to_people(row.type)) {
    scope.report(DiagnosticKind::SecretExposed, span, quoted(row.name) + " is shown to people",
                 "leave the secret out of it");
    return false;
  }
  append(to, Secret{std::move(source)});
  return true;
}

constexpr std::string_view kFacts[] = {"version",  "from",          "to",           "class",
                                       "instance", "ledger.before", "ledger.after", "run"};
constexpr std::string_view kHosts[] = {"host"};

/// Where a reference has a value that has none here; empty: nowhere.
std::string_view where_known(std::string_view path) {
  if (path == "bundle") return "only in `of` and `restore` of the backup block";
  if (path == "captured") return "only in `restore` of a backup block whose `of` has one action";
  return {};
}

/// `path` as part of a text: a variable becomes its value, a fact of the run stays a reference.
bool append_reference(Scope& scope, Text& to, std::string_view path, Span span, const Row& row) {
  if (path.starts_with("var.")) {
    const auto variable = scope.variable(path, span);
    if (!variable || !variable->known) return false;
    if (variable->variable->secret)
      return append_secret(scope, to, "var:" + variable->variable->name, span, row);
    append(to, Literal{*variable->variable->value});
    return true;
  }
  std::vector<std::string_view> known(std::begin(kFacts), std::end(kFacts));
  known.insert(known.end(), scope.also_known().begin(), scope.also_known().end());
  if (std::find(known.begin(), known.end(), path) != known.end()) {
    append(to, Reference{std::string(path)});
    return true;
  }
  if (path.starts_with("host.") && path.ends_with(".dir")) {
    if (!scope.resolve(path.substr(0, path.size() - 4), span, kHosts)) return false;
    append(to, Reference{std::string(path)});
    return true;
  }
  if (const std::string_view where = where_known(path); !where.empty()) {
    scope.report(DiagnosticKind::UnknownName, span, quoted(path) + " has no value here",
                 "leave it out: it has one " + std::string(where));
    return false;
  }
  scope.report(DiagnosticKind::UnknownName, span, quoted(path) + " has no value that text could hold",
               "use var.NAME, host.NAME.dir, " + one_of(known), {}, nearest(path, known));
  return false;
}

std::optional<Text> read_string(Scope& scope, const ast::Expression& value, const Row& row) {
  Text out;
  out.span = value.span;
  bool good = true;
  const std::size_t before = scope.diagnostics().errors();
  for (StringPart& part : decode(value.text, value.span, scope.diagnostics())) {
    switch (part.kind) {
      case StringPart::Kind::Text:
        append(out, Literal{std::move(part.text)});
        break;
      case StringPart::Kind::Reference:
        good &= append_reference(scope, out, part.text, part.span, row);
        break;
      case StringPart::Kind::Secret:
        good &= append_secret(scope, out, std::move(part.text), part.span, row);
        break;
    }
  }
  good &= scope.diagnostics().errors() == before;
  return good ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Text> read_secret_call(Scope& scope, const ast::Expression& value, const Row& row) {
  Text out;
  out.span = value.span;
  const bool one_string = value.fields.size() == 1 && value.fields[0].key.text.empty() &&
                          value.fields[0].value.kind == Kind::String;
  if (!one_string) {
    scope.report(value.fields.empty() ? DiagnosticKind::MissingArgument : DiagnosticKind::ExtraArgument,
                 value.span, "`secret` takes exactly one string",
                 "write secret(\"env:NAME\") or secret(\"file:PATH\")");
    return std::nullopt;
  }
  const Row source{"source", Type::Name};
  auto name = read_name(scope, value.fields[0].value, source);
  if (!name || !append_secret(scope, out, std::move(*name), value.span, row)) return std::nullopt;
  return out;
}

}  // namespace

std::string wanted(const Row& row) {
  if (row.type == Type::Word || row.type == Type::Words) return one_of(row.words);
  if (row.type == Type::Call && !row.words.empty()) return "a call of " + one_of(family(row.words[0]));
  return std::string(type_name(row.type));
}

void report_wrong_type(Scope& scope, const ast::Expression& value, const Row& row) {
  scope.report(DiagnosticKind::WrongType, value.span,
               quoted(row.name) + " takes " + wanted(row) + ", not " + describe(value), example(row.type));
}

std::vector<const ast::Expression*> elements(const ast::Expression& value) {
  if (value.kind != Kind::List) return {&value};
  std::vector<const ast::Expression*> out;
  out.reserve(value.fields.size());
  for (const ast::Field& field : value.fields) out.push_back(&field.value);
  return out;
}

std::optional<bool> read_flag(Scope& scope, const ast::Expression& value, const Row& row) {
  const auto text = bare(scope, value, row);
  if (!text) return std::nullopt;
  if (*text == "true" || *text == "false") return *text == "true";
  report_wrong_type(scope, value, row);
  return std::nullopt;
}

std::optional<int> read_number(Scope& scope, const ast::Expression& value, const Row& row) {
  const auto text = bare(scope, value, row);
  if (!text) return std::nullopt;
  const auto number = parse_integer(*text);
  if (!number && is_number(*text) && text->find('.') == std::string::npos) {
    in_range(scope, value, row, INT64_MAX);
    return std::nullopt;
  }
  if (!number) {
    report_wrong_type(scope, value, row);
    return std::nullopt;
  }
  if (!in_range(scope, value, row, *number)) return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<Duration> read_duration(Scope& scope, const ast::Expression& value, const Row& row) {
  const auto text = bare(scope, value, row);
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (!duration) {
    report_wrong_type(scope, value, row);
    return std::nullopt;
  }
  if (!in_range(scope, value, row, duration->count())) return std::nullopt;
  return duration;
}

std::optional<std::uint64_t> read_size(Scope& scope, const ast::Expression& value, const Row& row) {
  const auto text = bare(scope, value, row);
  if (!text) return std::nullopt;
  const auto size = parse_size(*text);
  if (!size) report_wrong_type(scope, value, row);
  return size;
}

std::optional<std::size_t> read_word(Scope& scope, const ast::Expression& value, const Row& row) {
  if (value.kind == Kind::String) {
    report_wrong_type(scope, value, row);
    return std::nullopt;
  }
  const auto text = bare(scope, value, row);
  if (!text) return std::nullopt;
  const auto at = std::find(row.words.begin(), row.words.end(), *text);
  if (at != row.words.end()) {
    if (std::find(row.unbuilt.begin(), row.unbuilt.end(), *text) != row.unbuilt.end())
      scope.report_unbuilt(value.span, "`" + std::string(row.name) + " = " + *text + "`", row.instead);
    return static_cast<std::size_t>(at - row.words.begin());
  }
  scope.report(DiagnosticKind::UnknownWord, value.span, quoted(row.name) + " cannot be `" + *text + "`",
               "write " + one_of(row.words), {}, nearest(*text, {row.words.begin(), row.words.end()}));
  return std::nullopt;
}

std::optional<Version> read_version(Scope& scope, const ast::Expression& value, const Row& row) {
  const auto text = value.kind == Kind::String ? read_name(scope, value, row) : bare(scope, value, row);
  if (!text) return std::nullopt;
  auto version = Version::parse(*text);
  if (!version) {
    scope.report(DiagnosticKind::BadVersion, value.span, "`" + *text + "` is not a version",
                 example(Type::Version),
                 "a version is one to four numbers with dots, and may end in -prerelease and +build");
  }
  return version;
}

std::optional<VersionRange> read_range(Scope& scope, const ast::Expression& value, const Row& row) {
  const auto text = value.kind == Kind::String ? read_name(scope, value, row) : bare(scope, value, row);
  if (!text) return std::nullopt;
  auto range = VersionRange::parse(*text);
  if (range && !range->all.empty()) return range;
  scope.report(DiagnosticKind::BadRange, value.span, "`" + *text + "` is not a range of versions",
               example(Type::Range));
  return std::nullopt;
}

std::optional<std::string> read_name(Scope& scope, const ast::Expression& value, const Row& row) {
  if (value.kind != Kind::String && !is_variable(value)) {
    report_wrong_type(scope, value, row);
    return std::nullopt;
  }
  const auto text = read_text(scope, value, row);
  if (!text) return std::nullopt;
  if (text->has_secret()) {
    scope.report(DiagnosticKind::SecretExposed, value.span, quoted(row.name) + " cannot hold a secret",
                 "write it without the secret", "it appears in plans, and a plan holds no secrets");
    return std::nullopt;
  }
  if (!text->is_literal()) {
    scope.report(DiagnosticKind::NotConstant, value.span,
                 quoted(row.name) + " holds `" + text->shown() + "`, which is not known yet",
                 "write it without references to the run; variables (`${var.name}`) are fine");
    return std::nullopt;
  }
  const bool may_be_empty = row.type == Type::Name && row.need == Need::Optional;
  if (text->empty() && !may_be_empty) {
    scope.report(DiagnosticKind::EmptyValue, value.span, quoted(row.name) + " is empty", "write its value");
    return std::nullopt;
  }
  return text->empty() ? std::string() : std::get<Literal>(text->pieces[0]).text;
}

std::optional<Text> read_text(Scope& scope, const ast::Expression& value, const Row& row) {
  Text out;
  out.span = value.span;
  std::optional<Text> text;
  switch (value.kind) {
    case Kind::String:
      text = read_string(scope, value, row);
      break;
    case Kind::Number:
      text = Text(std::string(value.text), value.span);
      break;
    case Kind::Word:
      if (value.text == "true" || value.text == "false") {
        text = Text(std::string(value.text), value.span);
      } else if (value.text.find('.') != std::string_view::npos || value.text == "version" ||
                 value.text == "from" || value.text == "to" || value.text == "class" ||
                 value.text == "instance") {
        if (append_reference(scope, out, value.text, value.span, row)) text = std::move(out);
      } else {
        report_wrong_type(scope, value, row);
      }
      break;
    case Kind::Call:
      if (value.text == "secret")
        text = read_secret_call(scope, value, row);
      else
        report_wrong_type(scope, value, row);
      break;
    default:
      report_wrong_type(scope, value, row);
  }
  if (text && text->empty() && row.need == Need::Required) {
    scope.report(DiagnosticKind::EmptyValue, value.span, quoted(row.name) + " is empty", "write its value");
    return std::nullopt;
  }
  return text;
}

std::optional<Referent> read_reference(Scope& scope, const ast::Expression& value, const Row& row) {
  if (value.kind == Kind::Word) return scope.resolve(value.text, value.span, row.words);
  std::string kinds;
  for (std::string_view kind : row.words)
    kinds += (kinds.empty() ? "" : " or ") + std::string(kind) + ".NAME";
  scope.report(DiagnosticKind::WrongType, value.span,
               quoted(row.name) + " takes a reference, not " + describe(value),
               "write " + kinds + " without quotes");
  return std::nullopt;
}

std::vector<std::pair<std::string, Text>> read_table(Scope& scope, const ast::Expression& value,
                                                     const Row& row) {
  std::vector<std::pair<std::string, Text>> out;
  if (value.kind != Kind::Object) {
    report_wrong_type(scope, value, row);
    return out;
  }
  std::unordered_map<std::string, Span> seen;
  for (const ast::Field& field : value.fields) {
    if (field.key.text.empty()) {
      scope.report(DiagnosticKind::WrongType, field.value.span,
                   "an entry of `" + std::string(row.name) + "` has no name",
                   "write each entry as name = \"value\"");
      continue;
    }
    std::string key(field.key.text);
    if (key.front() == '"') {
      const ast::Expression as_string{Kind::String, field.key.span, field.key.text, {}};
      auto decoded = read_name(scope, as_string, {"name", Type::Name, Need::Required});
      if (!decoded) continue;
      key = std::move(*decoded);
    }
    const auto [at, fresh] = seen.try_emplace(key, field.key.span);
    if (!fresh) {
      scope.report(DiagnosticKind::RepeatedValue, field.key.span,
                   "`" + key + "` appears twice in `" + std::string(row.name) + "`", "keep one of them", {},
                   {}, {{"first written here", at->second}});
      continue;
    }
    const Row entry{key, shown_to_people(row.type) ? Type::Shown : Type::Text};
    if (auto text = read_text(scope, field.value, entry)) out.emplace_back(std::move(key), std::move(*text));
  }
  return out;
}

std::vector<std::pair<int, CodeMeaning>> read_codes(Scope& scope, const ast::Expression& value,
                                                    const Row& row) {
  static constexpr std::string_view kMeanings[] = {"done", "again", "failed"};
  std::vector<std::pair<int, CodeMeaning>> out;
  if (value.kind != Kind::Object) {
    report_wrong_type(scope, value, row);
    return out;
  }
  std::map<int, Span> seen;
  for (const ast::Field& field : value.fields) {
    const Span where = field.key.text.empty() ? field.value.span : field.key.span;
    const auto code = parse_integer(field.key.text);
    if (!code || *code < 0 || *code > 255) {
      const std::string_view written = field.key.text;
      scope.report(
          code ? DiagnosticKind::OutOfRange : DiagnosticKind::WrongType, where,
          written.empty() ? "an entry of " + quoted(row.name) + " has no exit code"
                          : quoted(written) + " is not an exit code",
          "write each entry as CODE = MEANING: a code from 0 to 255, and `done`, `again` or `failed`");
      continue;
    }
    const auto [at, fresh] = seen.try_emplace(static_cast<int>(*code), field.key.span);
    if (!fresh) {
      scope.report(DiagnosticKind::RepeatedValue, field.key.span,
                   "exit code " + std::to_string(*code) + " appears twice in " + quoted(row.name),
                   "keep one of them", {}, {}, {{"first written here", at->second}});
      continue;
    }
    const std::string name = "exit code " + std::to_string(*code);
    if (const auto index = read_word(scope, field.value, {name, Type::Word, Need::Optional, "", kMeanings}))
      out.emplace_back(static_cast<int>(*code), static_cast<CodeMeaning>(*index));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::optional<std::string> plain_literal(Scope& scope, const ast::Expression& value) {
  const Row row{"value", Type::Name};
  if (value.kind == Kind::Number) return std::string(value.text);
  if (value.kind == Kind::Word && (value.text == "true" || value.text == "false"))
    return std::string(value.text);
  if (value.kind != Kind::String) {
    scope.report(DiagnosticKind::WrongType, value.span,
                 "a variable holds a plain value, not " + describe(value),
                 "write a string in double quotes, a number, true or false, a duration, a size or a version");
    return std::nullopt;
  }
  return read_name(scope, value, row);
}

bool fits(Variable::Type type, std::string_view text) {
  switch (type) {
    case Variable::Type::String:
      return true;
    case Variable::Type::Number:
      return is_number(text);
    case Variable::Type::Bool:
      return text == "true" || text == "false";
    case Variable::Type::Time:
      return parse_duration(text).has_value();
    case Variable::Type::Size:
      return parse_size(text).has_value();
    case Variable::Type::Version:
      return Version::parse(text).has_value();
  }
  return false;
}

}  // namespace pawl::lang
