// Words that are for some engines only (the column `engines` of the schema), and are written where another
// one is at work. There they would do nothing, and the manifest would say what the plan does not do.
#include <algorithm>

#include "lang/check/check.h"

namespace pawl::lang {
namespace {

using Engines = std::span<const std::string_view>;

bool has(Engines engines, std::string_view name) {
  return std::find(engines.begin(), engines.end(), name) != engines.end();
}

/// True when the row's engines are kinds of deployment, not database systems.
bool is_of_deployments(const Row& row) {
  return has(deployment_kinds(), row.engines.front());
}

/// "`compose` or `helm` deployments"
std::string named(Engines engines, std::string_view what) {
  return one_of(engines) + " " + std::string(what);
}

std::string fix(std::string_view instead) {
  return instead.empty() ? "remove it" : "remove it; " + std::string(instead);
}

void report(Scope& scope, const Row& row, Span span, const std::string& detail,
            std::vector<Diagnostic::Note> notes = {}) {
  scope.report(DiagnosticKind::WordOfAnotherEngine, span,
               "`" + std::string(row.name) + "` is a word for " + detail, fix(row.instead),
               "it would do nothing here", {}, std::move(notes));
}

/// The deployment that a service names, or the only one; nothing when that is unclear, which is reported.
const Deployment* deployment_of(const Stack& stack, ServiceId id) {
  const Service& service = stack[id];
  if (service.on && service.on->value < stack.deployments.size()) return &stack[*service.on];
  return !service.on && stack.deployments.size() == 1 ? &stack.deployments.front() : nullptr;
}

/// The one deployment that the block of a word belongs to; nothing when it may be any of them.
const Deployment* deployment_of(const Stack& stack, const DeploymentWord& word) {
  if (const auto* service = std::get_if<ServiceId>(&word.block)) return deployment_of(stack, *service);
  if (const auto* database = std::get_if<DatabaseId>(&word.block)) {
    const auto& service = stack[*database].service;
    if (service && service->value < stack.services.size()) return deployment_of(stack, *service);
  }
  return nullptr;
}

Span title_of(const Scope& scope, const Stack& stack, const Deployment& deployment) {
  const auto index = static_cast<std::uint32_t>(&deployment - stack.deployments.data());
  for (const auto& [label, symbol] : scope.names(deployment.kind())) {
    if (symbol.index == index) return symbol.span;
  }
  return deployment.span;
}

void check_word(Scope& scope, const Stack& stack, const DeploymentWord& word) {
  const Engines engines = word.row->engines;
  if (const Deployment* deployment = deployment_of(stack, word)) {
    if (has(engines, deployment->kind())) return;
    report(scope, *word.row, word.span,
           named(engines, "deployments") + ", and " + word.owner + " runs on `" +
               std::string(deployment->kind()) + "`",
           {{"its deployment", title_of(scope, stack, *deployment)}});
    return;
  }
  if (std::holds_alternative<ServiceId>(word.block)) return;  // which deployment it is in has been asked
  const bool fits = std::any_of(stack.deployments.begin(), stack.deployments.end(),
                                [&](const Deployment& each) { return has(engines, each.kind()); });
  if (!fits) report(scope, *word.row, word.span, named(engines, "deployments") + ", and there is none");
}

}  // namespace

void note_deployment_words(const BlockReader& block, const Fields& fields,
                           std::variant<ServiceId, DatabaseId, FilesId> id) {
  for (const auto& [row, span] : fields.engine_words()) {
    if (is_of_deployments(*row)) block.scope.add(DeploymentWord{row, span, describe(block.item), id});
  }
}

void check_system(const BlockReader& block, const Fields& fields, Database::Engine system) {
  for (const auto& [row, span] : fields.engine_words()) {
    if (is_of_deployments(*row) || has(row->engines, name(system))) continue;
    report(block.scope, *row, span,
           named(row->engines, "databases") + ", and " + describe(block.item) + " is `" +
               std::string(name(system)) + "`");
  }
}

void check_pin(const BlockReader& block, const ast::Expression& pin) {
  const Function* function = pin.kind == ast::Expression::Kind::Call ? find_function(pin.text) : nullptr;
  if (!function || function->engines.empty() || has(function->engines, block.schema.keyword)) return;
  block.scope.report(DiagnosticKind::WordOfAnotherEngine, pin.span,
                     "`" + std::string(function->name) + "(…)` is a pin for " +
                         named(function->engines, "deployments") + ", and this one is `" +
                         std::string(block.schema.keyword) + "`",
                     "write another pin, such as `env(\".env\", \"VERSION\")`", "it would do nothing here");
}

void check_engines(Scope& scope, const Stack& stack) {
  // Without a deployment nothing runs; where a file is missing, one may be in it.
  if (stack.deployments.empty() || scope.incomplete()) return;
  for (const DeploymentWord& word : scope.deployment_words()) check_word(scope, stack, word);
}

}  // namespace pawl::lang
