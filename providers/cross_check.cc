#include "providers/cross_check.h"

#include "providers/compose/cross_check.h"
#include "providers/compose/deployment.h"

namespace pawl::providers {
namespace {

using lang::DiagnosticKind;

class Checker {
 public:
  Checker(const lang::Stack& stack, lang::DeploymentId id, const planner::Answers& answers, CrossCheck& out)
      : view_{stack, id, planner::HostAnswers(answers)}, deployment_(view_), out_(out) {}

  void check() {
    const auto own = deployment_.project("");
    if (!own) return report(DiagnosticKind::NotCrossChecked, own.error().what, own.error().fix);
    std::vector<planner::Query> wanted;
    const auto engine = deployment_.compose_reader(*own, wanted);
    if (!wanted.empty()) {
      out_.questions.insert(out_.questions.end(), wanted.begin(), wanted.end());
      return;
    }
    if (!engine) {
      out_.nobody_to_ask = true;
      return report(DiagnosticKind::NotCrossChecked,
                    "there is neither `docker compose` nor `docker-compose` here to compare with",
                    "install one, such as the package docker-compose-plugin or docker-compose, or leave out "
                    "--cross-check");
    }
    const planner::Query question = compose::reading_query(*engine);
    const planner::Answer* answer = view_.answers.find(question);
    if (!answer) return out_.questions.push_back(question);
    out_.compared_with.push_back(std::string(engine->command()) + " " + engine->version);
    compare(*own, *answer, engine->form, std::string(engine->command()));
  }

 private:
  void compare(const compose::Project& own, const planner::Answer& answer, compose::Form form,
               const std::string& program) {
    if (!answer.ok || answer.exit_code != 0)
      return report(DiagnosticKind::ReadDifferently,
                    "pawl reads these files, and " + program + " refuses them: " + last_line(answer.error),
                    "correct the files; where they are right, this is a fault of pawl");
    const auto other = compose::other_reading(form, answer.output, own.profiles);
    if (!other)
      return report(DiagnosticKind::NotCrossChecked,
                    "what " + program + " says cannot be read: " + other.error().what, {});
    for (std::string& each : differences(own, *other, program, deployment_.roots(own)))
      report(DiagnosticKind::ReadDifferently, std::move(each),
             "where " + program +
                 " is right, this is a fault of pawl: a plan would be made from what pawl reads");
  }

  void report(DiagnosticKind kind, std::string detail, std::string fix) {
    out_.mistakes.push_back({kind, deployment_.block().span, std::move(detail), {}, std::move(fix), {}, {}});
  }

  static std::string last_line(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text.substr(text.rfind('\n') + 1);
  }

  planner::DeploymentView view_;
  compose::Deployment deployment_;
  CrossCheck& out_;
};

}  // namespace

CrossCheck cross_check(const lang::Stack& stack, const planner::Answers& answers) {
  CrossCheck out;
  for (std::uint32_t i = 0; i < stack.deployments.size(); ++i) {
    if (std::holds_alternative<lang::ComposeSettings>(stack.deployments[i].engine))
      Checker(stack, lang::DeploymentId{i}, answers, out).check();
  }
  return out;
}

}  // namespace pawl::providers
