// Services, and which deployment each belongs to.
#include <algorithm>

#include "lang/check/calls.h"
#include "lang/check/check.h"
#include "lang/check/fields.h"

namespace pawl::lang {
namespace {

std::vector<ServiceId> services(const Fields& fields, std::string_view name) {
  std::vector<ServiceId> out;
  for (const Referent& target : fields.references(name)) out.push_back(ServiceId{target.index});
  return out;
}

void read_reload(const Fields& fields, Service& out) {
  const ast::Expression* value = fields.find("reload");
  if (!value) return;
  const Function* function = callee(fields.scope(), *value, "reload", "reload");
  if (!function) return;
  if (function->name == "signal")
    out.reload_signal = read_signal(fields.scope(), *value);
  else
    out.reload = read_action(fields.scope(), *value, "reload", "reload");
}

std::string reference_to(const Deployment& deployment) {
  const auto* plugin = std::get_if<PluginSettings>(&deployment.engine);
  const std::string& label = plugin ? plugin->program : deployment.label;
  return std::string(deployment.kind()) + (label.empty() ? "" : "." + label);
}

}  // namespace

bool runs_once(const Service& service) {
  return service.role == Role::Migrator || service.role == Role::Job;
}

std::string_view name(Role role) {
  constexpr std::string_view kNames[] = {"",      "api",      "worker", "scheduler", "frontend",
                                         "proxy", "migrator", "job",    "datastore"};
  return kNames[static_cast<std::size_t>(role)];
}

void read_service(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Service out;
  out.span = block.item.span;
  out.name = block.label();
  out.engine_name = fields.name("name");
  if (out.engine_name.empty()) out.engine_name = out.name;
  out.role = fields.word<Role>("role", 1).value_or(Role::None);
  out.health = probe(fields, "health");
  out.ready = probe(fields, "ready");
  out.drain = fields.duration("drain");
  out.pause = fields.duration("pause");
  out.min_healthy = fields.duration("min_healthy");
  read_reload(fields, out);
  out.strategy = fields.word<ReplaceStrategy>("strategy").value_or(ReplaceStrategy::Recreate);
  out.instances = fields.number("instances");
  out.after = services(fields, "after");
  out.before = services(fields, "before");
  for (const Referent& target : fields.references("migrates"))
    out.migrates.push_back(DatabaseId{target.index});
  out.says_migrates = fields.has("migrates");
  out.seed = action(fields, "seed");
  out.prewarm = probe(fields, "prewarm");
  out.command = fields.texts("command");
  out.env = fields.table("env");
  out.image = fields.text("image");
  out.unit = fields.text("unit");
  out.workload = fields.text("workload");
  const auto deployment = fields.reference("on");
  if (deployment)
    out.on = DeploymentId{deployment->index};
  else if (fields.has("on"))
    out.on = DeploymentId{0};  // wrong, and reported: not to be asked for again
  if (deployment || !fields.has("on"))
    note_deployment_words(block, fields, ServiceId{static_cast<std::uint32_t>(block.stack.services.size())});
  block.stack.services.push_back(std::move(out));
}

void attach_services(Scope& scope, Stack& stack) {
  std::string choices;
  for (const Deployment& one : stack.deployments)
    choices += (choices.empty() ? "`on = " : " or `on = ") + reference_to(one) + "`";
  for (Service& service : stack.services) {
    if (service.on || stack.deployments.empty()) continue;
    service.on = DeploymentId{0};
    if (stack.deployments.size() == 1) continue;
    scope.report(DiagnosticKind::UnclearDeployment, scope.names("service").at(service.name).span,
                 "service `" + service.name + "` could belong to any of " +
                     std::to_string(stack.deployments.size()) + " deployments",
                 "add " + choices);
  }
}

}  // namespace pawl::lang
