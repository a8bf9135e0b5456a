#include "providers/compose/awaits.h"

#include "planner/engine/shared.h"

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

/// Running containers, one per line: the image; only healthy ones when the service has a health check and the
/// engine runs it, and since when they run when it has none.
QueryCommand running(const Engine& engine, const Wanted& wanted) {
  std::vector<std::string> filters{"status=running"};
  if (wanted.checks_health && !engine.podman()) filters.emplace_back("health=healthy");
  return list(engine, wanted.service, false, filters,
              wanted.checks_health ? "{{.Image}}" : "{{.Image}} {{.Status}}");
}

/// A line of another image.
std::string other_than(const std::string& pattern) {
  return "(^|\\n)(?!" + pattern + std::string(kAfterImage) + ")[^\\n]";
}

/// Without a health check, that it runs says something only when it goes on running. This is how an engine
/// says that it has only begun; Podman notices late that a process has ended.
std::string young(const Engine& engine) {
  return engine.podman() ? "Up (Less than a second|1 second)" : "Up Less than a second";
}

/// As many containers as wanted, none of which has only just begun.
void expect_steady(const Engine& engine, const Wanted& wanted, Condition& condition) {
  condition.expect.lines = wanted.count;
  if (wanted.checks_health) return;
  std::optional<std::string>& lacks = condition.expect.lacks;
  lacks = (lacks ? *lacks + "|" : "") + young(engine);
}

std::string sentence(const Wanted& wanted) {
  std::string means = wanted.count == 1 ? wanted.service + " runs"
                                        : std::to_string(wanted.count) + " of " + wanted.service + " run";
  if (!wanted.image.empty()) means += " " + wanted.image;
  if (wanted.checks_health)
    means += wanted.count == 1 ? " and is healthy" : " and are healthy";
  else
    means += ", for a second or longer";
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

Operation awaiting(Condition condition, std::optional<Condition> hopeless, Duration within) {
  Await await;
  await.condition = std::move(condition);
  await.hopeless = std::move(hopeless);
  await.within = within;
  await.every = kEvery;
  return {std::move(await), Repeat::Safe, std::nullopt, Duration{0}};
}

/// Podman runs health checks through systemd; where there is none it never would, so each is run here.
void expect_podman_health(const Engine& engine, const Wanted& wanted, Condition& condition) {
  if (!engine.podman() || !wanted.checks_health) return;
  for (int number = 1; number <= wanted.count; ++number) {
    const std::string name = number == 1 && !wanted.first_name.empty()
                                 ? wanted.first_name
                                 : engine.container_name(wanted.service, number);
    condition.also.push_back({QueryCommand{engine.ask({"healthcheck", "run", name})}, {}});
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
  condition.means = sentence(wanted);
  expect_podman_health(engine, wanted, condition);
  out.push_back(awaiting(std::move(condition), has_failed(engine, wanted), within));
  return out;
}

std::vector<Operation> await_new(const Engine& engine, const Wanted& wanted, int moved) {
  std::vector<Operation> out;
  Condition condition;
  condition.question = running(engine, wanted);
  condition.expect.matches = "((^|\\n)" + image_pattern(engine, wanted.image) +
                             "(?=" + std::string(kAfterImage) + ")[\\s\\S]*){" + std::to_string(moved) + "}";
  expect_steady(engine, wanted, condition);
  condition.means = sentence(wanted) + ", " + std::to_string(moved) + " of them moved";
  expect_podman_health(engine, wanted, condition);
  out.push_back(awaiting(std::move(condition), has_failed(engine, wanted), kInstance));
  return out;
}

}  // namespace pawl::providers::compose
