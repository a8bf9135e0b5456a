// Releases and the policy for each class of hop.
#include <algorithm>
#include <set>

#include "lang/check/calls.h"
#include "lang/check/check.h"
#include "lang/check/fields.h"

namespace pawl::lang {
namespace {

using Kind = ast::Expression::Kind;

constexpr std::string_view kEnvLines[] = {"add", "rename", "remove"};
constexpr Row kVariableRows[] = {{"description", Type::Name}, {"default", Type::Text}};
constexpr BlockSchema kAdd{"add", Label::Name, false, "", kVariableRows};

/// The `env { … }` of a release, line by line.
class EnvReader {
 public:
  EnvReader(Scope& scope, Release& out) : scope_(scope), out_(out) {}

  void read(const ast::Item& env) {
    if (env.label || !env.has_body) {
      scope_.report(DiagnosticKind::BlockNeedsBody, env.keyword.span,
                    "`env` of a release is a block without a name",
                    "write `env { add NAME = \"default\", rename OLD = NEW, remove NAME }`");
      return;
    }
    for (const ast::Item& line : env.body) read_line(line);
  }

 private:
  void read_line(const ast::Item& line) {
    const std::string_view word = line.keyword.text;
    if (std::find(std::begin(kEnvLines), std::end(kEnvLines), word) == std::end(kEnvLines)) {
      scope_.report(DiagnosticKind::UnknownAttribute, line.keyword.span,
                    "`env` has no line `" + std::string(word) + "`",
                    "write `add NAME`, `rename OLD = NEW` or `remove NAME`", {},
                    nearest(word, {std::begin(kEnvLines), std::end(kEnvLines)}));
      return;
    }
    if (!line.label) {
      scope_.report(DiagnosticKind::MissingLabel, line.keyword.span,
                    "`" + std::string(word) + "` names no variable",
                    "write `" + std::string(word) + " NAME`");
      return;
    }
    const auto variable = variable_name(*line.label);
    if (!variable || repeated(*variable, line.label->span)) return;
    if (word == "add") add(line, *variable);
    if (word == "rename") rename(line, *variable);
    if (word == "remove") remove(line, *variable);
  }

  void add(const ast::Item& line, const std::string& name) {
    Release::NewVariable variable{name, {}, std::nullopt, line.span};
    if (line.value) {
      variable.default_value = read_text(scope_, *line.value, {"default", Type::Text});
    } else if (line.has_body) {
      const Fields fields(scope_, line, kAdd);
      variable.description = fields.name("description");
      if (fields.has("default")) variable.default_value = fields.text("default");
    }
    out_.env_add.push_back(std::move(variable));
  }

  void rename(const ast::Item& line, const std::string& old_name) {
    if (!line.value) {
      scope_.report(DiagnosticKind::MissingValue, line.span,
                    "`rename " + old_name + "` does not say the new name",
                    "write `rename " + old_name + " = NEW_NAME`");
      return;
    }
    const auto new_name = variable_name(*line.value);
    if (new_name && !repeated(*new_name, line.value->span)) out_.env_rename.emplace_back(old_name, *new_name);
  }

  void remove(const ast::Item& line, const std::string& name) {
    if (line.value || line.has_body) {
      scope_.report(DiagnosticKind::ExtraArgument, line.value ? line.value->span : line.span,
                    "`remove` takes only a name", "write `remove " + name + "`");
      return;
    }
    out_.env_remove.push_back(name);
  }

  std::optional<std::string> variable_name(const ast::Expression& value) {
    std::string_view text = value.text;
    if (value.kind == Kind::String) text = text.substr(1, text.size() - 2);
    const bool good =
        (value.kind == Kind::Word || value.kind == Kind::String) && !text.empty() &&
        text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
            std::string_view::npos &&
        (text[0] < '0' || text[0] > '9');
    if (good) return std::string(text);
    scope_.report(DiagnosticKind::BadLabel, value.span,
                  describe(value) + " is not the name of an environment variable",
                  "a name begins with a letter or `_` and holds letters, digits and `_`");
    return std::nullopt;
  }

  bool repeated(const std::string& name, Span span) {
    if (seen_.insert(name).second) return false;
    scope_.report(DiagnosticKind::RepeatedValue, span, "`" + name + "` appears twice in this `env`",
                  "keep one of the lines");
    return true;
  }

  Scope& scope_;
  Release& out_;
  std::set<std::string> seen_;
};

/// A version as a label: bare or as a string.
std::optional<Version> version_label(Scope& scope, const ast::Expression& label) {
  return read_version(scope, label, {"release", Type::Version});
}

}  // namespace

void read_release(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Release out;
  out.span = block.item.span;
  if (auto version = version_label(block.scope, *block.item.label))
    out.version = {std::move(*version), block.item.label->span};
  if (auto range = fields.range("from")) out.from = {std::move(*range), fields.find("from")->span};
  out.stop = fields.flag("stop").value_or(false);
  out.one_way = fields.flag("one_way").value_or(false);
  out.migrates = fields.flag("migrates").value_or(true);
  out.takes = fields.duration("takes");
  out.phase = fields.word<Release::Phase>("phase", 1).value_or(Release::Phase::None);
  if (auto after = fields.version("after")) out.after = {std::move(*after), fields.find("after")->span};
  out.backfilled = action(fields, "backfilled");
  out.breaking = fields.texts("breaking");
  out.manual = fields.texts("manual");
  out.notes = fields.text("notes");
  out.deprecated = fields.text("deprecated");
  EnvReader env(block.scope, out);
  for (const ast::Item& inner : block.item.body) {
    if (inner.keyword.text == "env" && !inner.value) env.read(inner);
  }
  block.stack.releases.push_back(std::move(out));
}

void read_policy(const BlockReader& block) {
  static constexpr std::string_view kClasses[] = {"patch", "minor", "major", "calendar"};
  const Fields fields(block.scope, block.item, block.schema);
  Policy out;
  out.span = block.item.span;
  const ast::Expression& label = *block.item.label;
  if (label.kind == Kind::Word) {
    const auto index = read_word(block.scope, label, {"on", Type::Word, Need::Required, "", kClasses});
    out.scope = index ? static_cast<HopClass>(static_cast<int>(*index) + static_cast<int>(HopClass::Patch))
                      : HopClass::Minor;
  } else if (auto range = read_range(block.scope, label, {"on", Type::Range})) {
    out.scope = std::move(*range);
  }
  out.backup = fields.word<Policy::Backup>("backup");
  out.migrations = fields.word<Policy::Migrations>("migrations");
  out.path = fields.word<Policy::Path>("path");
  if (fields.has("refuse")) out.refuse = {fields.text("refuse"), fields.find("refuse")->span};
  block.stack.policies.push_back(std::move(out));
}

void check_releases(Scope& scope, const Stack& stack) {
  const auto listed = [&](const Version& version) {
    return std::find(stack.version_list.begin(), stack.version_list.end(), version) !=
           stack.version_list.end();
  };
  const auto check = [&](const Located<Version>& version) {
    if (stack.scheme != VersionScheme::List || version->text.empty() || listed(*version)) return;
    scope.report(DiagnosticKind::UnlistedVersion, version.span,
                 "`" + version->text + "` is not one of the versions of `versions = list([…])`",
                 "add it to the list, at its place");
  };
  if (stack.version) check(*stack.version);
  std::set<Version> seen;
  for (const Release& release : stack.releases) {
    if (release.version->text.empty()) continue;
    check(release.version);
    if (release.after) check(*release.after);
    // `1.5` and `1.5.0` have different names but are one version.
    const auto [at, fresh] = seen.insert(*release.version);
    if (fresh || at->text == release.version->text) continue;
    scope.report(DiagnosticKind::DuplicateName, release.version.span,
                 "`" + release.version->text + "` is the same version as `" + at->text + "`",
                 "merge the two blocks");
  }
}

}  // namespace pawl::lang
