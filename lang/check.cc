#include "lang/check.h"

#include <algorithm>

#include "lang/schema.h"

namespace pawl::lang {
namespace {

using Reader = void (*)(const BlockReader&);
struct Entry {
  std::string_view keyword;
  Reader read;
};
constexpr Entry kReaders[] = {
    {"stack", read_stack},        {"compose", read_deployment}, {"helm", read_deployment},
    {"systemd", read_deployment}, {"local", read_deployment},   {"plugin", read_deployment},
    {"host", read_host},          {"source", read_source},      {"service", read_service},
    {"database", read_database},  {"files", read_files},        {"backup", read_backup},
    {"restore", read_restore},    {"release", read_release},    {"on", read_policy},
    {"gate", read_gate},          {"check", read_check},        {"step", read_step},
    {"window", read_window},      {"downtime", read_downtime},  {"notify", read_notify},
    {"state", read_state},
};

using Kind = ast::Expression::Kind;

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2) : text;
}

std::vector<std::string_view> keywords() {
  std::vector<std::string_view> out{"include"};
  for (const BlockSchema& schema : block_schemas()) out.push_back(schema.keyword);
  return out;
}

void report_unknown(Scope& scope, const ast::Item& item) {
  const std::string keyword(item.keyword.text);
  if (is_later_block(item.keyword.text)) {
    scope.report(DiagnosticKind::NotYet, item.keyword.span,
                 "the block `" + keyword + "` is not in this version of pawl", "remove it for now",
                 "the word is reserved for a later version");
    return;
  }
  const auto known = keywords();
  const bool attribute = item.value.has_value();
  scope.report(
      DiagnosticKind::UnknownBlock, item.keyword.span,
      attribute ? "`" + keyword + " = …` stands outside of any block" : "`" + keyword + "` is not a block",
      attribute ? "move it into the block it belongs to" : "see the list of blocks in the language reference",
      {}, attribute ? "" : nearest(keyword, known));
}

bool label_fits(Scope& scope, const ast::Item& item, const BlockSchema& schema) {
  const std::string keyword(schema.keyword);
  const bool wants = schema.label != Label::None && schema.label != Label::Optional;
  if (!item.label) {
    if (!wants) return true;
    const char* what = schema.label == Label::Version ? " 1.5.0 { … }"
                       : schema.label == Label::Scope ? " minor { … }"
                                                      : " NAME { … }";
    scope.report(DiagnosticKind::MissingLabel, item.keyword.span, "`" + keyword + "` stands without a name",
                 "write `" + keyword + what + "`");
    return false;
  }
  if (schema.label == Label::None) {
    scope.report(DiagnosticKind::UnexpectedLabel, item.label->span,
                 "there is only one `" + keyword + "`, so it has no name", "remove the name");
    return false;
  }
  if (schema.label == Label::Version || schema.label == Label::Scope) return true;  // read with the block
  const bool plain = item.label->kind == Kind::Word && item.label->text.find('.') == std::string_view::npos;
  if (plain) return true;
  scope.report(DiagnosticKind::BadLabel, item.label->span,
               "`" + std::string(item.label->text) + "` is not a name",
               "a name begins with a letter and holds letters, digits, `_` and `-`; write it without quotes");
  return false;
}

/// True when the block can be read: its keyword is known and its shape is right.
bool shape_fits(Scope& scope, const ast::Item& item) {
  if (item.keyword.text == "include") return false;  // followed by load.cc
  const BlockSchema* schema = find_block(item.keyword.text);
  if (!schema || item.value) {
    // `on = …` outside of a block is an attribute that lost its block, whatever its name.
    report_unknown(scope, item);
    return false;
  }
  if (!label_fits(scope, item, *schema)) return false;
  if (!item.has_body && !item.damaged) {
    scope.report(DiagnosticKind::BlockNeedsBody, item.keyword.span, describe(item) + " has no `{ … }`",
                 "write `{}` behind it if it holds nothing");
    return false;
  }
  return true;
}

void declare(Scope& scope, const ast::Item& item) {
  const BlockSchema& schema = *find_block(item.keyword.text);
  const Span where = item.label ? item.label->span : item.keyword.span;
  const std::string_view name = item.label ? unquoted(item.label->text) : std::string_view();
  if (schema.label == Label::Name || schema.label == Label::Optional || schema.label == Label::Version ||
      schema.label == Label::Scope) {
    if (schema.keyword != "stack") return scope.declare(schema.keyword, name, where);
  }
  if (!schema.once) return;
  if (const auto& names = scope.names(schema.keyword); !names.empty()) {
    scope.report(DiagnosticKind::DuplicateBlock, item.keyword.span,
                 "`" + std::string(schema.keyword) + "` may stand only once", "merge the two blocks", {}, {},
                 {{"first written here", names.begin()->second.span}});
    return;
  }
  scope.declare(schema.keyword, {}, where);
}

}  // namespace

std::string BlockReader::label() const {
  return item.label ? std::string(unquoted(item.label->text)) : std::string();
}

Stack check(const std::vector<const ast::Item*>& items, Span manifest, const LoadOptions& options,
            Diagnostics& diagnostics) {
  Scope scope(diagnostics);
  Stack stack;
  std::vector<const ast::Item*> good;
  for (const ast::Item* item : items) {
    if (!shape_fits(scope, *item)) continue;
    declare(scope, *item);
    good.push_back(item);
  }
  if (scope.names("stack").empty()) {
    scope.report(DiagnosticKind::MissingBlock, manifest, "the manifest has no `stack` block",
                 "begin it with `stack NAME { version = … }`");
  }
  read_variables(scope, good, options, stack);
  for (const ast::Item* item : good) {
    const auto* entry = std::find_if(std::begin(kReaders), std::end(kReaders),
                                     [&](const Entry& one) { return one.keyword == item->keyword.text; });
    if (entry != std::end(kReaders)) entry->read({scope, *item, *find_block(item->keyword.text), stack});
  }
  attach_services(scope, stack);
  attach_downtime(scope, stack);
  check_order(scope, stack);
  check_releases(scope, stack);
  return stack;
}

}  // namespace pawl::lang
