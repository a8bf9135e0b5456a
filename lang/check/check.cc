#include "lang/check/check.h"

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

/// A block with the schema it is read by.
struct Declared {
  const ast::Item* item;
  const BlockSchema* schema;
};

/// Reports a block whose keyword is not one. Returns the block that was probably meant, so that its body is
/// checked and references to it hold.
const BlockSchema* report_unknown(Scope& scope, const ast::Item& item) {
  const std::string keyword(item.keyword.text);
  if (is_later_block(item.keyword.text)) {
    scope.report(DiagnosticKind::NotYet, item.keyword.span,
                 "the block `" + keyword + "` is not in this version of pawl", "remove it for now",
                 "the word is reserved for a later version");
    return nullptr;
  }
  if (item.value) {
    scope.report(DiagnosticKind::UnknownBlock, item.keyword.span,
                 "`" + keyword + " = …` is outside of any block", "move it into the block it belongs to");
    return nullptr;
  }
  const std::string meant = nearest(keyword, keywords());
  scope.report(DiagnosticKind::UnknownBlock, item.keyword.span, "`" + keyword + "` is not a block",
               meant.empty() ? "the blocks are " + one_of(keywords()) : "", {}, meant);
  return find_block(meant);
}

bool label_fits(Scope& scope, const ast::Item& item, const BlockSchema& schema) {
  const std::string keyword(schema.keyword);
  const bool wants = schema.label != Label::None && schema.label != Label::Optional;
  if (!item.label) {
    if (!wants) return true;
    const char* what = schema.label == Label::Version ? " 1.5.0 { … }"
                       : schema.label == Label::Scope ? " minor { … }"
                                                      : " NAME { … }";
    scope.report(DiagnosticKind::MissingLabel, item.keyword.span, "`" + keyword + "` has no name",
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

/// `keyword label`, without the braces.
Span title_span(const ast::Item& item) {
  Span span = item.keyword.span;
  if (item.label) span.end = item.label->span.end;
  return span;
}

/// The schema to read the block by; nothing when its shape is wrong, which is reported.
const BlockSchema* schema_for(Scope& scope, const ast::Item& item) {
  if (item.keyword.text == "include") return nullptr;  // followed by load.cc
  const BlockSchema* schema = find_block(item.keyword.text);
  // `on = …` outside of a block is an attribute that lost its block, whatever its name.
  if (!schema || item.value) schema = report_unknown(scope, item);
  if (!schema || !label_fits(scope, item, *schema)) return nullptr;
  if (!item.has_body && !item.damaged) {
    scope.report(DiagnosticKind::BlockNeedsBody, item.keyword.span, describe(item) + " has no `{ … }`",
                 "write `{}` after it if it holds nothing");
    return nullptr;
  }
  return schema;
}

void declare(Scope& scope, const ast::Item& item, const BlockSchema& schema) {
  const Span where = item.label ? item.label->span : item.keyword.span;
  const std::string_view name = item.label ? unquoted(item.label->text) : std::string_view();
  if (schema.label == Label::Name || schema.label == Label::Optional || schema.label == Label::Version ||
      schema.label == Label::Scope) {
    if (schema.keyword != "stack") return scope.declare(schema.keyword, name, where);
  }
  if (!schema.once) return;
  if (const auto& names = scope.names(schema.keyword); !names.empty()) {
    scope.report(DiagnosticKind::DuplicateBlock, item.keyword.span,
                 "`" + std::string(schema.keyword) + "` may appear only once", "merge the two blocks", {}, {},
                 {{"first written here", names.begin()->second.span}});
    return;
  }
  scope.declare(schema.keyword, {}, where);
}

}  // namespace

std::string BlockReader::label() const {
  return item.label ? std::string(unquoted(item.label->text)) : std::string();
}

Stack check(const std::vector<const ast::Item*>& items, Span manifest, bool complete,
            const LoadOptions& options, Diagnostics& diagnostics) {
  Scope scope(diagnostics);
  if (!complete) scope.set_incomplete();
  if (options.unbuilt == Unbuilt::Accept) scope.accept_unbuilt();
  Stack stack;
  std::vector<Declared> good;
  for (const ast::Item* item : items) {
    const BlockSchema* schema = schema_for(scope, *item);
    if (!schema) continue;
    declare(scope, *item, *schema);
    if (!schema->built) scope.report_unbuilt(title_span(*item), "`" + std::string(schema->keyword) + "`");
    good.push_back({item, schema});
  }
  if (complete && scope.names("stack").empty()) {
    scope.report(DiagnosticKind::MissingBlock, manifest, "the manifest has no `stack` block",
                 "begin it with `stack NAME { version = … }`");
  }
  std::vector<const ast::Item*> variables;
  for (const auto& [item, schema] : good) {
    if (schema->keyword == "variable") variables.push_back(item);
  }
  read_variables(scope, variables, options, stack);
  for (const auto& [item, schema] : good) {
    const auto* entry =
        std::find_if(std::begin(kReaders), std::end(kReaders),
                     [&, keyword = schema->keyword](const Entry& one) { return one.keyword == keyword; });
    if (entry != std::end(kReaders)) entry->read({scope, *item, *schema, stack});
  }
  check_engines(scope, stack);
  attach_services(scope, stack);
  attach_downtime(scope, stack);
  check_order(scope, stack);
  check_releases(scope, stack);
  return stack;
}

}  // namespace pawl::lang
