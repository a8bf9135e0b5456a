// A stack of each pretended engine is observed, planned, proved, run in memory and led back, by the planner
// and the executor as they are: neither knows these engines. What adding one touches outside its own folder
// is its line in `engines()`.
#include <gtest/gtest.h>

#include <map>

#include "charts/charts.h"
#include "executor/simulation.h"
#include "lang/load.h"
#include "planner/file/plan_file.h"
#include "planner/observe.h"
#include "planner/plan/render.h"
#include "planner/plans/compile.h"
#include "tests/support/memory_reader.h"
#include "units/units.h"

namespace pawl::engines {
namespace {

Providers engines() {
  static const UnitsProvider units;
  static const ChartsProvider charts;
  return {{&units, &charts}, {}};
}

/// A deployment of one block; `block` is its first words.
struct Deployed {
  explicit Deployed(const std::string& block) {
    const support::MemoryReader reader("stack app { version = 1.5.0 }\n" + block + R"(
service cron { role = scheduler }
service api { role = api, migrates = database.main }
service worker { role = worker, instances = 3 }
service proxy { role = proxy, reload = signal("HUP") }
database main { engine = postgres, name = "app", down = run(service.api, "migrate-down") }
on minor { backup = skip }
)");
    lang::LoadOptions options;
    options.unbuilt = lang::Unbuilt::Accept;
    loaded = lang::load(reader, options);
    EXPECT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
  }

  /// What runs when every service but the proxy runs `version`, as the engine prints it.
  Snapshot observe(const std::string& version) {
    answers = {};
    for (int round = 0; round < 8; ++round) {
      const Questions open = next_questions(*loaded.stack, providers, answers, false);
      for (const Question& question : open.world)
        answers.add(question, answer(render(question.query), version));
      if (open.empty()) break;
    }
    auto seen = planner::observe(*loaded.stack, providers, answers);
    EXPECT_TRUE(seen) << (seen ? "" : seen.error().what);
    if (!seen) return {};
    // There is no database server in memory.
    seen->databases.push_back({"main", true, "", {"0001"}, 0, "15.4", ""});
    return *seen;
  }
  static Answer answer(const std::string& question, const std::string& version) {
    if (question.find("VERSION") != std::string::npos || question.find("read ") != std::string::npos)
      return {true, 0, "VERSION=" + version + "\n", ""};
    const std::string service = question.substr(question.rfind(' ') + 1);
    std::string out;
    for (int n = 1; n <= (service == "worker" ? 3 : 1); ++n)
      out += std::to_string(n) + " inv" + std::to_string(n) + service + " " +
             (service == "proxy" ? "7.0.0" : version) + " active\n";
    return {true, 0, out, ""};
  }

  CompileInput input(const Snapshot& snapshot) const {
    CompileInput in;
    in.sources = &loaded.sources;
    in.stack = &*loaded.stack;
    in.providers = &providers;
    in.answers = &answers;
    in.snapshot = &snapshot;
    in.to = "1.5.0";
    return in;
  }

  Providers providers = engines();
  lang::Loaded loaded;
  Answers answers;
};

std::string reasons(const Refusal& refusal, const lang::Sources& sources) {
  std::string out = render(refusal.diagnostics, sources, false);
  for (const lang::Error& each : refusal.reasons) out += each.what + "\n";
  return out;
}

std::vector<std::string> steps_of(const Plan& plan) {
  std::vector<std::string> out;
  for (const Step& step : plan.steps)
    out.push_back(std::string(name(step.kind)) + " " + step.subject + ": " + step.summary);
  return out;
}

/// Runs in memory, without a fault and with each fault in each step, and ends in `version` every time.
void expect_runs(const Plan& plan, const std::string& version) {
  using executor::Fault;
  const std::string json = write_plan(plan);
  for (const Fault::Kind kind : {Fault::Kind::None, Fault::Kind::Fail, Fault::Kind::Crash}) {
    for (std::uint32_t step = 0; step < plan.steps.size(); ++step) {
      const auto run = executor::simulate(plan, json, {kind, step});
      EXPECT_EQ(run.resumed.end, executor::RunResult::End::Succeeded) << run.resumed.reason;
      for (const char* service : {"api", "worker", "cron"}) {
        for (const auto& replica : run.finally.services.at(service)) {
          EXPECT_EQ(replica.version, version) << service << ", fault in step " << step + 1;
          EXPECT_TRUE(replica.up) << service << ", fault in step " << step + 1;
        }
      }
      if (kind == Fault::Kind::None) break;
    }
  }
}

/// A run of that plan which ended well.
PastRun finished(const Plan& plan) {
  PastRun past;
  past.number = 1;
  past.plan = &plan;
  past.stamp = "20261128-120000";
  past.steps.assign(plan.steps.size(), PastRun::Step::Finished);
  return past;
}

/// Up and, from the end of that, back again.
void expect_there_and_back(Deployed& deployed, const std::vector<std::string>& up,
                           const std::vector<std::string>& back) {
  const Snapshot before = deployed.observe("1.4.0");
  EXPECT_EQ(before.engines.at(0).pin.value, "1.4.0");
  const auto plan = compile(deployed.input(before));
  ASSERT_TRUE(plan) << reasons(plan.error(), deployed.loaded.sources);
  EXPECT_EQ(plan->proved, plan->steps.size());
  EXPECT_EQ(steps_of(*plan), up);
  expect_runs(*plan, "1.5.0");

  const Snapshot after = deployed.observe("1.5.0");
  const auto way = compile_rollback(deployed.input(after), finished(*plan), false);
  ASSERT_TRUE(way) << reasons(way.error(), deployed.loaded.sources);
  EXPECT_EQ(way->proved, way->steps.size());
  EXPECT_EQ(steps_of(*way), back);
  expect_runs(*way, "1.4.0");
}

TEST(PretendedEngine, MovesInstanceByInstance) {
  Deployed deployed("systemd { pin = env(\"etc/default/units\", \"VERSION\") }");
  expect_there_and_back(
      deployed,
      {"check every service: 4 probes", "fetch 3 services: fetch 1.5.0",
       "pin 1.5.0: etc/default/units: VERSION=1.4.0 → 1.5.0, definitions read again", "stop cron: stop",
       "replace api ⟂ main: restart in 1.5.0, healthy within 3m",
       "replace worker 1 of 3: restart in 1.5.0, healthy within 3m",
       "replace worker 2 of 3: restart in 1.5.0, healthy within 3m",
       "replace worker 3 of 3: restart in 1.5.0, healthy within 3m",
       "start cron: start in 1.5.0, healthy within 3m", "reload proxy: reload",
       "smoke every service: 4 services healthy, in 1.5.0, for 5s"},
      {"save what ran 1.5.0: logs and state → .pawl/saved/{run}", "fetch 3 services: fetch 1.4.0",
       "pin 1.4.0: etc/default/units: VERSION=1.5.0 → 1.4.0, definitions read again", "stop cron: stop",
       "stop worker: stop", "stop api: stop", "migrate main down: migrate-down in a fresh api of 1.5.0",
       "start api: start in 1.4.0, healthy within 3m", "start worker: start in 1.4.0, healthy within 3m",
       "start cron: start in 1.4.0, healthy within 3m", "reload proxy: reload",
       "smoke every service: 4 services healthy, in 1.4.0, for 5s"});
}

TEST(PretendedEngine, MovesAsAWhole) {
  Deployed deployed("helm { release = \"app\", chart = \"app\", pin = env(\"values.env\", \"VERSION\") }");
  expect_there_and_back(
      deployed,
      {"check every service: 4 probes", "fetch 3 services: fetch 1.5.0",
       "pin 1.5.0: values.env: VERSION=1.4.0 → 1.5.0", "stop cron: run none of it",
       "replace api worker cron ⟂ main: upgrade the release to 1.5.0, healthy within 3m",
       "reload proxy: reload", "smoke every service: 4 services healthy, in 1.5.0, for 5s"},
      {"save what ran 1.5.0: logs and state → .pawl/saved/{run}", "fetch 3 services: fetch 1.4.0",
       "pin 1.4.0: values.env: VERSION=1.5.0 → 1.4.0", "stop cron: run none of it",
       "stop worker: run none of it", "stop api: run none of it",
       "migrate main down: migrate-down in a fresh api of 1.5.0",
       "replace api worker cron: upgrade the release to 1.4.0, healthy within 3m", "reload proxy: reload",
       "smoke every service: 4 services healthy, in 1.4.0, for 5s"});
}

/// Host of every question in a condition.
void expect_asked_on(const std::string& host, const Condition& condition) {
  EXPECT_EQ(condition.question.host, host) << render(condition);
  for (const Clause& each : condition.also) EXPECT_EQ(each.question.host, host) << render(each.question);
}

/// All that the engine does and asks in these steps is on `host`, although the engine never names one.
void expect_on(const std::string& host, const Plan& plan) {
  for (const Step& step : plan.steps) {
    for (const Operation& each : step.operations) {
      if (std::holds_alternative<MakeFolder>(each.instruction)) {
        EXPECT_EQ(each.host, "") << "pawl's own folder is here";
        continue;
      }
      EXPECT_EQ(each.host, host) << render(each);
      if (each.done_when) expect_asked_on(host, *each.done_when);
      if (const auto* await = std::get_if<Await>(&each.instruction)) expect_asked_on(host, await->condition);
    }
    for (const Question& each : step.diagnose) EXPECT_EQ(each.host, host) << render(each);
  }
}

TEST(PretendedEngine, WorksOnAnotherHostWithoutKnowing) {
  const std::string pin = "pin = env(\"etc/default/units\", \"VERSION\") }";
  Deployed deployed("host web { ssh = \"deploy@web.example\" }\nsystemd { on = host.web, " + pin);
  for (const Question& each : next_questions(*deployed.loaded.stack, deployed.providers, {}, false).world)
    EXPECT_EQ(each.host, "web") << render(each);
  const Snapshot before = deployed.observe("1.4.0");
  const auto plan = compile(deployed.input(before));
  ASSERT_TRUE(plan) << reasons(plan.error(), deployed.loaded.sources);
  expect_on("web", *plan);
  EXPECT_NE(render_step(*plan, StepId{3}, {}).find("on web: unitctl stop cron"), std::string::npos)
      << render_step(*plan, StepId{3}, {});

  const Snapshot after = deployed.observe("1.5.0");
  const auto way = compile_rollback(deployed.input(after), finished(*plan), false);
  ASSERT_TRUE(way) << reasons(way.error(), deployed.loaded.sources);
  expect_on("web", *way);

  Deployed here("systemd { " + pin);
  const Snapshot same = here.observe("1.4.0");
  const auto plan_here = compile(here.input(same));
  ASSERT_TRUE(plan_here) << reasons(plan_here.error(), here.loaded.sources);
  expect_on("", *plan_here);
  EXPECT_EQ(steps_of(*plan), steps_of(*plan_here)) << "the host changes where, not what";
}

}  // namespace
}  // namespace pawl::engines
