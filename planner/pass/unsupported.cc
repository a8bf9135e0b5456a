// Words of the language that parse and are checked, and whose behaviour this version of pawl does not have
// yet. Each is reported where it stands: a plan that silently left one out would not be what the manifest
// says.
#include <fmt/format.h>

#include <algorithm>

#include "planner/pass/passes.h"

namespace pawl::planner {
namespace {

class Search {
 public:
  explicit Search(const CompileInput& input) : input_(input), stack_(*input.stack) {}

  lang::Diagnostics all() {
    deployments();
    services();
    databases();
    versions();
    procedure();
    for (const lang::Window& window : stack_.windows) report("window", window.span);
    if (stack_.state && !stack_.state->postgres_url.empty()) report("state postgres", stack_.state->span);
    return std::move(found_);
  }

 private:
  void report(const std::string& what, lang::Span span,
              std::string fix = "take it out, or wait for a pawl that has it") {
    found_.add({lang::DiagnosticKind::NotSupportedYet,
                span,
                fmt::format("`{}` is not supported yet", what),
                "this version of pawl checks it and cannot plan with it",
                std::move(fix),
                "",
                {}});
  }

  void deployments() {
    for (const lang::SourceTree& source : stack_.sources) report("source", source.span);
    for (const lang::Deployment& deployment : stack_.deployments) {
      if (!input_.providers->engine(deployment.kind()))
        report(std::string(deployment.kind()), deployment.span);
      if (deployment.on)
        report("on", deployment.span,
               "run pawl on that machine; only databases and commands can be on another one");
      if (deployment.pin) pin(*deployment.pin);
    }
  }
  void pin(const lang::Pin& pin) {
    if (std::holds_alternative<lang::AptPin>(pin.where)) report("pin = apt(…)", pin.span);
    if (std::holds_alternative<lang::ChartPin>(pin.where)) report("pin = chart()", pin.span);
    if (std::holds_alternative<lang::SourcePin>(pin.where)) report("pin = source", pin.span);
  }

  void probe(const lang::Probe& probe, const std::string& where) {
    if (std::holds_alternative<lang::LogCheck>(probe.how)) report(where + " = log(…)", probe.span);
  }

  void services() {
    for (const lang::Service& service : stack_.services) {
      if (service.strategy == lang::ReplaceStrategy::Surge) report("strategy = surge", service.span);
      if (service.strategy == lang::ReplaceStrategy::Rolling) report("strategy = rolling", service.span);
      if (service.health) probe(*service.health, "health");
      if (service.ready) probe(*service.ready, "ready");
      if (service.prewarm) probe(*service.prewarm, "prewarm");
    }
  }

  void databases() {
    for (const lang::Database& database : stack_.databases) {
      if (!input_.providers->database(database.engine))
        report(fmt::format("engine = {}", lang::name(database.engine)), database.span);
      if (!database.workload.empty()) report("workload", database.span);
    }
    const auto has_volumes = [](const lang::Deployment& deployment) {
      return deployment.kind() == "compose";
    };
    for (const lang::FileSet& files : stack_.files) {
      if (!files.volumes.empty() &&
          std::none_of(stack_.deployments.begin(), stack_.deployments.end(), has_volumes))
        report("files volumes without compose", files.span, "name folders with `paths`");
    }
  }

  void versions() {
    for (const lang::Release& release : stack_.releases) {
      if (release.stop) report("release.stop", release.span);
      if (release.phase != lang::Release::Phase::None) report("release.phase", release.span);
      if (release.after) report("release.after", release.after->span);
      if (release.backfilled) report("release.backfilled", release.backfilled->span);
    }
    for (const lang::Policy& policy : stack_.policies) {
      if (policy.path == lang::Policy::Path::EveryMinor) report("path = every_minor", policy.span);
      if (policy.path == lang::Policy::Path::EveryRelease) report("path = every_release", policy.span);
    }
  }

  void procedure() {
    for (const lang::Gate& gate : stack_.gates) {
      if (std::holds_alternative<lang::Gate::Rehearsed>(gate.what)) report("gate rehearsed", gate.span);
      if (const auto* gate_probe = std::get_if<lang::Probe>(&gate.what)) probe(*gate_probe, "gate");
    }
    for (const lang::Check& check : stack_.checks) probe(check.run, "check");
    for (const lang::UserStep& step : stack_.steps) {
      const bool person = step.done_when && std::holds_alternative<lang::ManualTask>(step.done_when->how);
      if (step.done_when) probe(*step.done_when, "done_when");
      if (person)
        report("done_when = manual(…)", step.done_when->span, "use a probe that answers without a person");
    }
    if (stack_.downtime && stack_.downtime->probe &&
        !std::holds_alternative<lang::HttpCheck>(stack_.downtime->probe->how)) {
      report("downtime probe other than http", stack_.downtime->probe->span);
    }
    for (const lang::Notification& notification : stack_.notifications) {
      if (!notification.mail.empty()) report("notify mail", notification.span);
      if (notification.when) report("notify when", notification.when->span);
    }
  }

  const CompileInput& input_;
  const lang::Stack& stack_;
  lang::Diagnostics found_;
};

}  // namespace

lang::Diagnostics unsupported(const CompileInput& input) {
  return Search(input).all();
}

}  // namespace pawl::planner
