// Windows, downtime, notifications and the state store.
#include <filesystem>

#include "lang/characters.h"
#include "lang/check/calls.h"
#include "lang/check/check.h"
#include "lang/check/condition.h"
#include "lang/check/fields.h"

namespace pawl::lang {
namespace {

using Kind = ast::Expression::Kind;

/// "05:30" → 330. Reports anything else.
int read_minute(const Fields& fields, std::string_view name) {
  const ast::Expression* value = fields.find(name);
  if (!value) return 0;
  const std::string text = fields.name(name);
  if (text.size() == 5 && is_digit(text[0]) && is_digit(text[1]) && text[2] == ':' && is_digit(text[3]) &&
      is_digit(text[4])) {
    const int hours = (text[0] - '0') * 10 + text[1] - '0', minutes = (text[3] - '0') * 10 + text[4] - '0';
    if (hours < 24 && minutes < 60) return hours * 60 + minutes;
  }
  if (value->kind == Kind::String) {
    fields.scope().report(DiagnosticKind::BadTime, value->span, "`" + text + "` is not a time of day",
                          "write it as \"HH:MM\", from \"00:00\" to \"23:59\"");
  }
  return 0;
}

/// A zone name of the IANA database: its form is checked, and its file where this machine has the database.
void check_zone(const Fields& fields, const std::string& zone) {
  if (zone.empty()) return;
  const bool form =
      zone.find("..") == std::string::npos && zone.front() != '/' &&
      zone.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
          std::string::npos;
  std::error_code error;
  const std::filesystem::path database("/usr/share/zoneinfo");
  const bool absent = std::filesystem::is_directory(database, error) &&
                      !std::filesystem::is_regular_file(database / zone, error);
  if (form && !absent) return;
  fields.scope().report(DiagnosticKind::UnknownWord, fields.find("zone")->span,
                        "`" + zone + "` is not a time zone",
                        "write a name such as \"Europe/Paris\" or \"UTC\"");
}

/// `service.api.health` → the probe of that service.
void copy_health(const BlockReader& block, const ast::Expression& value, Downtime& out) {
  static constexpr std::string_view kServices[] = {"service"};
  const std::size_t dot = value.text.rfind('.');
  const std::string_view service = value.text.substr(0, dot),
                         attribute = dot == std::string_view::npos ? "" : value.text.substr(dot + 1);
  if (attribute != "health" || service.find('.') == std::string_view::npos) {
    block.scope.report(
        DiagnosticKind::WrongType, value.span,
        "`probe` takes a probe or the health of a service, not `" + std::string(value.text) + "`",
        "write service.NAME.health, or call " + one_of(family("probe")), {},
        value.text.starts_with("service.")
            ? std::string(value.text.substr(0, value.text.find('.', 8))) + ".health"
            : "");
    return;
  }
  const auto target = block.scope.resolve(service, value.span, kServices);
  if (!target) return;
  out.probe_of = ServiceId{target->index};
}

/// The probe of the service that the downtime is about.
void attach_probe(Scope& scope, Stack& stack) {
  const Service& service = stack[*stack.downtime->probe_of];
  if (service.health) {
    stack.downtime->probe = service.health;
    return;
  }
  scope.report(DiagnosticKind::UnknownName, stack.downtime->span,
               "service `" + service.name + "` has no `health` to watch",
               "add `health = …` to it, or write the probe here", {}, {},
               {{"this service", scope.names("service").at(service.name).span}});
}

}  // namespace

void read_window(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Window out;
  out.span = block.item.span;
  out.days = fields.words<int>("days");
  out.from_minute = read_minute(fields, "from");
  out.to_minute = read_minute(fields, "to");
  out.zone = fields.name("zone");
  check_zone(fields, out.zone);
  block.stack.windows.push_back(std::move(out));
}

void read_downtime(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Downtime out;
  out.span = block.item.span;
  out.budget = fields.duration("budget");
  if (const auto* value = fields.find("probe")) {
    if (value->kind == Kind::Word)
      copy_health(block, *value, out);
    else
      out.probe = read_probe(block.scope, *value, "probe");
  }
  if (!block.stack.downtime) block.stack.downtime = std::move(out);
}

void read_notify(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  Notification out;
  out.name = block.label();
  out.span = block.item.span;
  out.on = fields.words<Notification::Event>("on");
  out.log = fields.flag("log").value_or(false);
  out.webhook = fields.text("webhook");
  out.command = fields.texts("command");
  out.mail = fields.text("mail");
  if (const auto* value = fields.find("when")) out.when = read_condition(block.scope, *value);
  if (!fields.has("log") && !fields.has("webhook") && !fields.has("command") && !fields.has("mail") &&
      fields.whole()) {
    block.scope.report(DiagnosticKind::MissingAttribute, fields.span(),
                       describe(block.item) + " tells nobody",
                       "add `log = true`, `webhook = …`, `command = …` or `mail = …`");
  }
  block.stack.notifications.push_back(std::move(out));
}

void read_state(const BlockReader& block) {
  const Fields fields(block.scope, block.item, block.schema);
  StateSettings out;
  out.span = block.item.span;
  if (const auto* value = fields.find("store")) {
    if (const Function* function = callee(block.scope, *value, "store", "store")) {
      const Fields arguments(block.scope, *value, *function);
      if (function->name == "sqlite")
        out.sqlite_path = arguments.text("path");
      else
        out.postgres_url = arguments.text("url");
    }
  }
  if (!block.stack.state) block.stack.state = std::move(out);
}

void attach_downtime(Scope& scope, Stack& stack) {
  if (!stack.downtime) return;
  if (stack.downtime->probe_of) attach_probe(scope, stack);
  const std::optional<Probe>& probe = stack.downtime->probe;
  // log(…) has been reported already, wherever it is written.
  if (!probe || std::holds_alternative<HttpCheck>(probe->how) || std::holds_alternative<LogCheck>(probe->how))
    return;
  scope.report_unbuilt(probe->span, "a probe of `downtime` that is not `http(…)`");
}

}  // namespace pawl::lang
