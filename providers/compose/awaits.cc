#include "providers/compose/awaits.h"

#include "planner/engine/shared.h"
#include "planner/plan/render.h"

namespace pawl::providers::compose {
namespace {

using planner::Await;
using planner::Condition;
using planner::Duration;
using planner::Operation;
using planner::QueryCommand;
using planner::Repeat;

constexpr Duration kEvery{200};
constexpr Duration kInstance = std::chrono::minutes(3);

/// The image as the engine prints it. Podman writes short names out in full.
std::string image_pattern(const Engine& engine, const std::string& image) {
  return engine.podman() ? "(localhost/|docker\\.io/|docker\\.io/library/)?" + planner::regex_escape(image)
                         : planner::regex_escape(image);
}

QueryCommand list(const Engine& engine, const std::string& service, bool stopped_too,
                  const std::vector<std::string>& filters, const std::string& format) {
  std::vector<std::string> arguments = engine.list(stopped_too, service);
  for (const std::string& filter : filters) {
    arguments.emplace_back("--filter");
    arguments.push_back(filter);
  }
  arguments.emplace_back("--format");
  arguments.push_back(format);
  return QueryCommand{engine.ask(arguments)};
}

/// What follows an image in a line of the engine.
constexpr std::string_view kAfterImage = "( |\\n|$)";

/// Running containers, one per line: the image, since when it runs, and what its health check says wherever
/// that comes from, the file or the image: "app:1.5.0 Up 3 seconds (health: starting)".
QueryCommand running(const Engine& engine, const Wanted& wanted) {
  return list(engine, wanted.service, false, {"status=running"}, "{{.Image}} {{.Status}}");
}

/// A line of another image.
std::string other_than(const std::string& pattern) {
  return "(^|\\n)(?!" + pattern + std::string(kAfterImage) + ")[^\\n]";
}

/// How an engine says that something has run for less than `held`. From one minute on it tells minutes only.
std::string younger_than(Duration held) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(held).count();
  std::string out = "Less than a second";
  if (seconds > 60) out += "|[0-9]+ seconds?|About a minute";
  if (seconds > 1 && seconds <= 60) out += "|1 second";
  for (std::int64_t each = 2; each < seconds && seconds <= 60; ++each)
    out += "|" + std::to_string(each) + " seconds";
  for (std::int64_t each = 2; seconds > 60 && each * 60 < seconds; ++each)
    out += "|" + std::to_string(each) + " minutes";
  return "Up (" + out + ")(?! *[0-9])";
}

/// Without a health check, that it runs says something only when it goes on running; Podman notices late that
/// a process has ended.
Duration least(const Engine& engine) {
  return std::chrono::seconds(engine.podman() ? 2 : 1);
}

/// As many containers as wanted, none of which is ill or has only just begun.
void expect_steady(const Engine& engine, const Wanted& wanted, Condition& condition) {
  condition.expect.lines = wanted.count;
  std::string unwanted = wanted.held > least(engine) ? younger_than(wanted.held) : "";
  // One that its own check calls healthy need not have run for a while.
  if (unwanted.empty() && !(engine.podman() && wanted.checks_health))
    unwanted = younger_than(least(engine)) + "(?! \\(healthy\\))";
  // Podman runs the checks through systemd, and says "starting" for ever where there is none.
  if (!engine.podman()) unwanted += "|\\((health: starting|unhealthy)\\)";
  std::optional<std::string>& lacks = condition.expect.lacks;
  if (!unwanted.empty()) lacks = (lacks ? *lacks + "|" : "") + unwanted;
}

std::string sentence(const Engine& engine, const Wanted& wanted) {
  const bool one = wanted.count == 1;
  std::string means =
      one ? wanted.service + " runs" : std::to_string(wanted.count) + " of " + wanted.service + " run";
  if (!wanted.image.empty()) means += " " + wanted.image;
  if (wanted.checks_health) means += one ? " and is healthy" : " and are healthy";
  const Duration held = std::max(wanted.held, wanted.checks_health ? Duration(0) : least(engine));
  if (held.count() > 0) means += ", for " + planner::render_duration(held) + " or longer";
  if (wanted.fresh) means += ", without having been started again";
  return means;
}

/// One has ended or is being restarted again and again: waiting longer will not help.
Condition has_failed(const Engine& engine, const Wanted& wanted) {
  Condition condition;
  std::vector<std::string> filters{"status=exited"};
  if (!engine.podman()) filters.insert(filters.end(), {"status=dead", "status=restarting"});
  condition.question = list(engine, wanted.service, true, filters, "{{.Names}} {{.Status}}");
  condition.expect.matches = wanted.one_shot ? "Exited \\((?!0\\))|Restarting" : "\\S";
  condition.means = "a container of " + wanted.service + " has exited";
  return condition;
}

/// The same, where this plan has started all of them: the engine had to start one again.
Condition has_failed_since(const Engine& engine, const Wanted& wanted) {
  std::vector<std::string> all = engine.list(true, wanted.service);
  all.emplace_back("-q");
  QueryCommand query{engine.ask(
      {"inspect", "--type", "container", "--format", "{{.Name}} {{.State.Status}} {{.RestartCount}}"})};
  query.operands = engine.ask(all);
  Condition condition;
  condition.question = std::move(query);
  condition.expect.matches = " (exited|stopped|dead|restarting) | [1-9][0-9]*(\\n|$)";
  condition.means = "a container of " + wanted.service + " has exited, or had to be started again";
  return condition;
}

Operation awaiting(Condition condition, std::optional<Condition> hopeless, Duration within) {
  Await await;
  await.condition = std::move(condition);
  await.hopeless = std::move(hopeless);
  await.within = within;
  await.every = kEvery;
  return {std::move(await), Repeat::Safe, std::nullopt, Duration{0}};
}

/// Podman runs health checks through systemd; where there is none it never would, so each is run here. Of a
/// check that the image may bring, only podman knows: without one it exits with 125.
void expect_podman_health(const Engine& engine, const Wanted& wanted, Condition& condition) {
  if (!engine.podman()) return;
  for (int number = 1; number <= wanted.count; ++number) {
    const std::string name = number == 1 && !wanted.first_name.empty()
                                 ? wanted.first_name
                                 : engine.container_name(wanted.service, number);
    planner::Clause clause{QueryCommand{engine.ask({"healthcheck", "run", name})}, {}};
    if (!wanted.checks_health) clause.expect.exit_codes = {0, 125};
    condition.also.push_back(std::move(clause));
  }
}

Condition finished(const Engine& engine, const Wanted& wanted) {
  Condition condition;
  condition.question = list(engine, wanted.service, true, {"status=exited", "exited=0"}, "{{.Image}}");
  condition.expect.lines = wanted.count;
  if (!wanted.image.empty()) condition.expect.lacks = other_than(image_pattern(engine, wanted.image));
  condition.means = wanted.service + " has finished with exit code 0";
  return condition;
}

}  // namespace

std::vector<Operation> await_all(const Engine& engine, const Wanted& wanted, Duration within) {
  std::vector<Operation> out;
  if (wanted.one_shot) {
    out.push_back(awaiting(finished(engine, wanted), has_failed(engine, wanted), within));
    return out;
  }
  Condition condition;
  condition.question = running(engine, wanted);
  if (!wanted.image.empty()) condition.expect.lacks = other_than(image_pattern(engine, wanted.image));
  expect_steady(engine, wanted, condition);
  condition.means = sentence(engine, wanted);
  expect_podman_health(engine, wanted, condition);
  if (!wanted.fresh) {
    out.push_back(awaiting(std::move(condition), has_failed(engine, wanted), within));
    return out;
  }
  const Condition failed = has_failed_since(engine, wanted);
  planner::Clause unharmed{failed.question, {}};
  unharmed.expect.lacks = failed.expect.matches;
  condition.also.push_back(std::move(unharmed));
  out.push_back(awaiting(std::move(condition), failed, within));
  return out;
}

std::vector<Operation> await_new(const Engine& engine, const Wanted& wanted, int moved) {
  std::vector<Operation> out;
  Condition condition;
  condition.question = running(engine, wanted);
  condition.expect.matches = "((^|\\n)" + image_pattern(engine, wanted.image) +
                             "(?=" + std::string(kAfterImage) + ")[\\s\\S]*){" + std::to_string(moved) + "}";
  expect_steady(engine, wanted, condition);
  condition.means = sentence(engine, wanted) + ", " + std::to_string(moved) + " of them moved";
  expect_podman_health(engine, wanted, condition);
  out.push_back(awaiting(std::move(condition), has_failed(engine, wanted), kInstance));
  return out;
}

}  // namespace pawl::providers::compose
