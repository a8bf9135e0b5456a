// The stack block, deployments, hosts and sources.
#include <algorithm>

#include "lang/check/calls.h"
#include "lang/check/check.h"
#include "lang/check/fields.h"

namespace pawl::lang {
namespace {

using Kind = ast::Expression::Kind;

void read_version_list(Scope& scope, const ast::Expression& call, Stack& stack) {
  const Function* function = callee(scope, call, "versions", "versions");
  if (!function) return;
  const Fields fields(scope, call, *function);
  stack.scheme = VersionScheme::List;
  const ast::Expression* list = fields.find("versions");
  if (!list) return;
  for (const ast::Expression* one : elements(*list)) {
    auto version = read_version(scope, *one, {"list", Type::Version});
    if (!version) continue;
    if (std::find(stack.version_list.begin(), stack.version_list.end(), *version) !=
        stack.version_list.end()) {
      scope.report(DiagnosticKind::RepeatedValue, one->span,
                   "`" + version->text + "` appears twice in the list", "keep one of them");
      continue;
    }
    stack.version_list.push_back(std::move(*version));
  }
}

void read_scheme(Scope& scope, const ast::Expression& value, Stack& stack) {
  static constexpr std::string_view kSchemes[] = {"semver", "calver"};
  if (value.kind == Kind::Call) return read_version_list(scope, value, stack);
  const auto index = read_word(scope, value, {"versions", Type::Word, Need::Optional, "", kSchemes});
  if (index) stack.scheme = *index == 0 ? VersionScheme::Semver : VersionScheme::Calver;
}

/// Which Compose files and profiles there are is settled before a version is chosen.
std::vector<Text> settled_texts(const Fields& fields, std::string_view name) {
  std::vector<Text> texts = fields.texts(name);
  for (const Text& text : texts) {
    for (const Piece& piece : text.pieces) {
      const auto* reference = std::get_if<Reference>(&piece);
      if (!reference) continue;
      fields.scope().report(
          DiagnosticKind::UnknownName, fields.find(name)->span,
          "`${" + reference->path + "}` has no value in `" + std::string(name) + "`",
          "name them as they are; what differs between versions can come from the env file of the pin",
          "they are read before a version is chosen");
    }
  }
  return texts;
}

ComposeSettings compose_settings(const Fields& fields) {
  ComposeSettings out;
  out.engine = fields.word<ComposeSettings::Engine>("engine").value_or(ComposeSettings::Engine::Detect);
  out.images = fields.word<ComposeSettings::Images>("images").value_or(ComposeSettings::Images::Pull);
  out.strategy =
      fields.word<ComposeSettings::Strategy>("strategy").value_or(ComposeSettings::Strategy::Ordered);
  out.files = settled_texts(fields, "files");
  out.profiles = settled_texts(fields, "profiles");
  out.env_file = fields.name("env_file");
  out.project = fields.name("project");
  return out;
}

HelmSettings helm_settings(const Fields& fields) {
  return {fields.text("release"), fields.text("chart"), fields.text("namespace"), fields.texts("values"),
          fields.duration("timeout")};
}

LocalSettings local_settings(const Fields& fields) {
  LocalSettings out{fields.text("releases"), fields.name("run_dir"), fields.name("env_file")};
  if (!fields.has("releases")) out.releases.pieces = {Literal{"releases/"}, Reference{"version"}};
  if (out.run_dir.empty()) out.run_dir = "run";
  return out;
}

}  // namespace

std::string_view Deployment::kind() const {
  return deployment_kinds()[engine.index()];
}

void read_stack(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Stack& stack = block.stack;
  if (stack.span.known()) return;  // the first one counts; the second is reported
  stack.span = block.item.span;
  stack.name = {block.label(), block.item.label->span};
  stack.description = fields.name("description");
  if (const auto* value = fields.find("versions")) read_scheme(block.scope, *value, stack);
  if (auto version = fields.version("version"))
    stack.version = {std::move(*version), fields.find("version")->span};
}

void read_deployment(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Deployment out;
  out.span = block.item.span;
  const std::string_view keyword = block.schema.keyword;
  if (keyword == "compose") out.engine = compose_settings(fields);
  if (keyword == "helm") out.engine = helm_settings(fields);
  if (keyword == "systemd") out.engine = SystemdSettings{fields.flag("user").value_or(false)};
  if (keyword == "local") out.engine = local_settings(fields);
  if (keyword == "plugin") out.engine = PluginSettings{block.label(), fields.table("settings")};
  if (keyword != "plugin") out.label = block.label();
  out.dir = fields.name("dir");
  if (const auto host = fields.reference("on")) out.on = HostId{host->index};
  if (const auto* pin = fields.find("pin")) {
    out.pin = read_pin(block.scope, *pin);
    check_pin(block, *pin);
  }
  block.stack.deployments.push_back(std::move(out));
}

void read_host(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  block.stack.hosts.push_back({block.label(), fields.text("ssh"), fields.text("dir"), block.item.span});
}

void read_source(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  SourceTree out;
  out.name = block.label();
  out.span = block.item.span;
  fields.exactly_one({"git", "tar", "rsync"});
  constexpr std::pair<std::string_view, SourceTree::Method> kMethods[] = {
      {"git", SourceTree::Method::Git},
      {"tar", SourceTree::Method::Tar},
      {"rsync", SourceTree::Method::Rsync}};
  for (const auto& [name, method] : kMethods) {
    if (!fields.has(name)) continue;
    out.method = method;
    out.location = fields.text(name);
  }
  out.ref = fields.text("ref");
  if (const auto host = fields.reference("to")) out.to = HostId{host->index};
  block.stack.sources.push_back(std::move(out));
}

}  // namespace pawl::lang
