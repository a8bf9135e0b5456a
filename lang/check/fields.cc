#include "lang/check/fields.h"

#include <algorithm>
#include <set>

#include "lang/check/calls.h"

namespace pawl::lang {
namespace {

std::vector<std::string_view> row_names(std::span<const Row> rows) {
  std::vector<std::string_view> out;
  for (const Row& row : rows) {
    if (row.type != Type::Later) out.push_back(row.name);
  }
  return out;
}

/// What it takes instead, where no single name is near.
std::string list_of(const std::vector<std::string_view>& names, const std::string& meant) {
  if (!meant.empty()) return {};
  return names.empty() ? "it takes none" : "it takes " + one_of(names);
}

}  // namespace

Fields::Fields(Scope& scope, const ast::Item& item, const BlockSchema& schema)
    : scope_(scope), owner_(describe(item)), rows_(schema.rows), values_(rows_.size()), names_(rows_.size()) {
  span_ = item.keyword.span;
  if (item.label) span_.end = item.label->span.end;
  whole_ = !item.damaged;
  for (const ast::Item& inner : item.body) add_attribute(inner, schema);
  require_all(DiagnosticKind::MissingAttribute);
}

Fields::Fields(Scope& scope, const ast::Expression& call, const Function& function)
    : scope_(scope),
      owner_("`" + std::string(function.name) + "`"),
      span_(call.span),
      rows_(function.rows),
      values_(rows_.size()),
      names_(rows_.size()) {
  std::size_t position = 0;
  for (const ast::Field& argument : call.fields) add_argument(argument, function, position);
  require_all(DiagnosticKind::MissingArgument);
}

std::size_t Fields::index(std::string_view name) const {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].name == name) return i;
  }
  assert(false && "the schema has no such row");
  return 0;
}

void Fields::add_attribute(const ast::Item& item, const BlockSchema& schema) {
  const std::string_view name = item.keyword.text;
  if (!schema.nested.empty() && name == schema.nested && !item.value) return;
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& one) { return one.name == name; });
  if ((row != rows_.end() && row->type == Type::Later) ||
      (row != rows_.end() && row->name == "migrate" && item.has_body)) {
    scope_.report(DiagnosticKind::NotYet, item.keyword.span,
                  "`" + std::string(name) + (item.has_body ? " { … }" : "") + "` of a " +
                      std::string(schema.keyword) + " is not in this version of pawl",
                  "remove it for now", "the word is reserved for a later version");
    return;
  }
  if (!schema.nested.empty() && name == schema.nested) {
    scope_.report(DiagnosticKind::BlockNeedsBody, item.keyword.span,
                  "`" + std::string(name) + "` is a block, not an attribute",
                  "write `" + std::string(name) + " { … }`");
    return;
  }
  if (row == rows_.end()) {
    auto known = row_names(rows_);
    if (!schema.nested.empty()) known.push_back(schema.nested);
    const std::string meant = nearest(name, known);
    scope_.report(DiagnosticKind::UnknownAttribute, item.keyword.span,
                  owner_ + " has no attribute `" + std::string(name) + "`", list_of(known, meant), {}, meant);
    return;
  }
  if (!item.value || item.label) {
    scope_.report(DiagnosticKind::AttributeNeedsValue, item.keyword.span,
                  "`" + std::string(name) + "` is an attribute, and has no `=` after its name",
                  "write `" + std::string(name) + " = …`");
    return;
  }
  const auto i = static_cast<std::size_t>(row - rows_.begin());
  if (values_[i]) {
    scope_.report(DiagnosticKind::DuplicateAttribute, item.keyword.span,
                  "`" + std::string(name) + "` appears twice in " + owner_, "keep one of them", {}, {},
                  {{"first written here", names_[i]}});
    return;
  }
  values_[i] = &*item.value;
  names_[i] = item.keyword.span;
  if (!row->built)
    scope_.report_unbuilt(item.keyword.span, "`" + std::string(name) + "` of " + owner_, row->instead);
}

void Fields::add_argument(const ast::Field& argument, const Function& function, std::size_t& position) {
  if (argument.key.text.empty()) {
    if (position < function.positional) {
      if (!values_[position]) {
        values_[position] = &argument.value;
        names_[position] = argument.value.span;
      }
      ++position;
    } else if (function.rest) {
      rest_.push_back(&argument.value);
    } else {
      scope_.report(
          DiagnosticKind::ExtraArgument, argument.value.span,
          owner_ + " takes " +
              (function.positional == 0 ? "no" : "only " + std::to_string(function.positional)) +
              " argument" + (function.positional == 1 ? "" : "s") + " without a name",
          rows_.size() > function.positional ? "remove it, or name it: `name = value`" : "remove it");
    }
    return;
  }
  const auto row =
      std::find_if(rows_.begin(), rows_.end(), [&](const Row& one) { return one.name == argument.key.text; });
  if (row == rows_.end() && function.name == "run" && is_word_of_a_question(argument.key.text)) {
    scope_.report(DiagnosticKind::UnknownArgument, argument.key.span,
                  owner_ + " has no argument `" + std::string(argument.key.text) + "`",
                  "remove it, or ask with `exec`, `command` or `shell` instead",
                  "it is for programs that are asked, and `run` starts an instance that does something once");
    return;
  }
  if (row == rows_.end()) {
    const auto known = row_names(rows_);
    const std::string meant = nearest(argument.key.text, known);
    scope_.report(DiagnosticKind::UnknownArgument, argument.key.span,
                  owner_ + " has no argument `" + std::string(argument.key.text) + "`", list_of(known, meant),
                  {}, meant);
    return;
  }
  const auto i = static_cast<std::size_t>(row - rows_.begin());
  if (values_[i]) {
    scope_.report(DiagnosticKind::DuplicateArgument, argument.key.span,
                  "`" + std::string(argument.key.text) + "` is given twice", "keep one of them", {}, {},
                  {{"first given here", names_[i]}});
    return;
  }
  values_[i] = &argument.value;
  names_[i] = argument.key.span;
}

void Fields::require_all(DiagnosticKind kind) {
  if (!whole_) return;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].need != Need::Required || values_[i]) continue;
    const bool attribute = kind == DiagnosticKind::MissingAttribute;
    scope_.report(kind, span_, owner_ + " needs `" + std::string(rows_[i].name) + "`",
                  attribute ? "add `" + std::string(rows_[i].name) + " = …`, " + wanted(rows_[i])
                            : "give `" + std::string(rows_[i].name) + "`: " + std::string(rows_[i].note));
    whole_ = false;
  }
}

std::vector<Text> Fields::texts(std::string_view name) const {
  std::vector<Text> out;
  if (!find(name)) return out;
  Row element = row(name);
  if (element.type == Type::Paths || element.type == Type::Texts)
    element.need = Need::Required;                       // no empty elements
  if (name == "command") element.need = Need::Optional;  // but an empty argument is one
  for (const ast::Expression* one : elements(*find(name))) {
    if (auto text = read_text(scope_, *one, element)) out.push_back(std::move(*text));
  }
  return out;
}

std::vector<std::pair<std::string, Text>> Fields::table(std::string_view name) const {
  const ast::Expression* value = find(name);
  if (!value) return {};
  return read_table(scope_, *value, row(name));
}

std::vector<Referent> Fields::references(std::string_view name) const {
  std::vector<Referent> out;
  if (!find(name)) return out;
  for (const ast::Expression* one : elements(*find(name))) {
    const auto target = read_reference(scope_, *one, row(name));
    if (!target) continue;
    const bool repeated = std::any_of(out.begin(), out.end(), [&](const Referent& other) {
      return other.kind == target->kind && other.index == target->index;
    });
    if (repeated) {
      scope_.report(DiagnosticKind::RepeatedValue, one->span,
                    "`" + std::string(one->text) + "` appears twice in `" + std::string(name) + "`",
                    "keep one of them");
    } else {
      out.push_back(*target);
    }
  }
  return out;
}

std::vector<std::size_t> Fields::word_indices(std::string_view name) const {
  std::vector<std::size_t> out;
  if (!find(name)) return out;
  for (const ast::Expression* one : elements(*find(name))) {
    const auto index = read_word(scope_, *one, row(name));
    if (!index) continue;
    if (std::find(out.begin(), out.end(), *index) != out.end()) {
      scope_.report(DiagnosticKind::RepeatedValue, one->span,
                    "`" + std::string(one->text) + "` appears twice in `" + std::string(name) + "`",
                    "keep one of them");
    } else {
      out.push_back(*index);
    }
  }
  return out;
}

std::vector<Fields::EngineWord> Fields::engine_words() const {
  std::vector<EngineWord> out;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (values_[i] && !rows_[i].engines.empty()) out.push_back({&rows_[i], names_[i]});
  }
  return out;
}

void Fields::exactly_one(std::initializer_list<std::string_view> names, bool none_is_fine) const {
  std::string_view first;
  for (std::string_view name : names) {
    if (!has(name)) continue;
    if (first.empty()) {
      first = name;
      continue;
    }
    scope_.report(
        DiagnosticKind::ConflictingAttributes, names_[index(name)],
        "`" + std::string(name) + "` and `" + std::string(first) + "` cannot be used together in " + owner_,
        "keep one of them", {}, {}, {{"the other one", names_[index(first)]}});
  }
  if (!first.empty() || none_is_fine || !whole_) return;
  const std::vector<std::string_view> all(names);
  scope_.report(DiagnosticKind::MissingAttribute, span_, owner_ + " needs one of " + one_of(all),
                "add one of them");
}

}  // namespace pawl::lang
