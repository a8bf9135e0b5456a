// Databases, file sets, backup and restore.
#include <algorithm>

#include "lang/check/calls.h"
#include "lang/check/check.h"
#include "lang/check/fields.h"

namespace pawl::lang {
namespace {

void read_down(const Fields& fields, Database& out) {
  const ast::Expression* value = fields.find("down");
  if (!value) return;
  if (value->kind == ast::Expression::Kind::Word && value->text == "never") {
    out.forward_only = true;
    return;
  }
  if (value->kind == ast::Expression::Kind::Call) {
    out.down = read_action(fields.scope(), *value, "down");
    return;
  }
  fields.scope().report(DiagnosticKind::WrongType, value->span,
                        "`down` takes an action or `never`, not " + describe(*value),
                        "call " + one_of(family("action")) + ", or write never");
}

void read_backup_of(const Fields& fields, Backup& out) {
  const ast::Expression* value = fields.find("of");
  if (!value) return;
  constexpr std::string_view kKinds[] = {"database", "files"};
  for (const ast::Expression* one : elements(*value)) {
    if (one->kind == ast::Expression::Kind::Call) {
      if (auto made = read_action(fields.scope(), *one, "of")) out.of.emplace_back(std::move(*made));
    } else if (const auto target =
                   read_reference(fields.scope(), *one, {"of", Type::Ref, Need::Required, "", kKinds})) {
      if (target->kind == "database")
        out.of.emplace_back(DatabaseId{target->index});
      else
        out.of.emplace_back(FilesId{target->index});
    }
  }
  if (elements(*value).empty()) {
    fields.scope().report(DiagnosticKind::EmptyValue, value->span, "a backup of nothing protects nothing",
                          "list databases, files or actions: `of = [database.main]`");
  }
}

}  // namespace

void read_database(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Database out;
  out.span = block.item.span;
  out.name = block.label();
  const auto system = fields.word<Database::Engine>("engine");
  out.engine = system.value_or(Database::Engine::Postgres);
  if (system) check_system(block, fields, *system);
  note_deployment_words(block, fields, DatabaseId{static_cast<std::uint32_t>(block.stack.databases.size())});
  if (const auto service = fields.reference("service")) out.service = ServiceId{service->index};
  if (const auto host = fields.reference("on")) out.on = HostId{host->index};
  fields.exactly_one({"service", "on"}, true);
  if (const auto* password = fields.find("password"); password && fields.has("on")) {
    block.scope.report(
        DiagnosticKind::ConflictingAttributes, password->span,
        "a password for programs on another host would appear in its process list",
        "leave it out; give it to that host's user: ~/.pgpass, ~/.my.cnf, or peer authentication");
  }
  out.workload = fields.text("workload");
  out.database = fields.has("name") ? fields.text("name") : Text(out.name, block.item.label->span);
  out.path = fields.text("path");
  out.host = fields.text("host");
  out.port = fields.number("port");
  out.user = fields.text("user");
  out.password = fields.text("password");
  if (const auto* value = fields.find("ledger")) out.ledger = read_ledger(block.scope, *value);
  out.migrate = action(fields, "migrate");
  read_down(fields, out);
  out.down_loses_data = fields.flag("down_loses_data").value_or(false);
  out.upgrade = fields.word<Database::Upgrade>("upgrade").value_or(Database::Upgrade::InPlace);
  if (out.upgrade == Database::Upgrade::DumpRestore && !fields.has("service") && fields.whole()) {
    block.scope.report(DiagnosticKind::MissingAttribute, fields.find("upgrade")->span,
                       describe(block.item) + " needs `service` for `upgrade = dump_restore`",
                       "name the service that its server is: `service = service.NAME`",
                       "pawl can only start a new server that is part of the deployment");
  }
  if (const auto large = fields.size("large")) out.large = {*large, fields.find("large")->span};
  if (fields.whole() && out.engine == Database::Engine::Sqlite && fields.has("engine") &&
      !fields.has("path")) {
    block.scope.report(DiagnosticKind::MissingAttribute, fields.span(),
                       describe(block.item) + " needs `path`", "add `path = \"…\"`, the file",
                       "a SQLite database is a file");
  }
  block.stack.databases.push_back(std::move(out));
}

void read_files(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  FileSet out{block.label(), fields.texts("paths"), fields.texts("volumes"), block.item.span};
  if (!fields.has("paths") && !fields.has("volumes") && fields.whole()) {
    block.scope.report(DiagnosticKind::MissingAttribute, fields.span(),
                       describe(block.item) + " needs `paths` or `volumes`", "add `paths = [\"…\"]`");
  }
  note_deployment_words(block, fields, FilesId{static_cast<std::uint32_t>(block.stack.files.size())});
  block.stack.files.push_back(std::move(out));
}

void read_backup(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Backup out;
  out.span = block.item.span;
  block.scope.also_know({"bundle"});
  read_backup_of(fields, out);
  const auto actions = std::count_if(out.of.begin(), out.of.end(),
                                     [](const auto& item) { return std::holds_alternative<Action>(item); });
  if (actions == 1) block.scope.also_know({"bundle", "captured"});
  out.restore = action(fields, "restore");
  block.scope.also_know({});
  out.to = fields.has("to") ? fields.text("to") : Text("backups");
  out.keep = fields.number("keep");
  out.max_age = fields.duration("max_age");
  out.drill = fields.flag("drill").value_or(false);
  if (!block.stack.backup) block.stack.backup = std::move(out);
}

void read_restore(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Restore out{fields.text("confirm"), block.item.span};
  if (!block.stack.restore) block.stack.restore = std::move(out);
}

std::string_view name(Database::Engine engine) {
  using Engine = Database::Engine;
  switch (engine) {
    case Engine::Postgres:
      return "postgres";
    case Engine::Mysql:
      return "mysql";
    case Engine::Mariadb:
      return "mariadb";
    case Engine::Sqlite:
      return "sqlite";
    case Engine::Custom:
      return "custom";
  }
  return "";
}

}  // namespace pawl::lang
