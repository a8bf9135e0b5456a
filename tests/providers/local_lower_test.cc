// What the local provider makes of actions, and what it asks when one has failed.
#include <regex>

#include "local_support.h"

namespace pawl::providers {
namespace {

using namespace local_test;
using testing::ElementsAre;
using testing::HasSubstr;

// ---------------------------------------------------------------- lowering

TEST(LocalLower, ReplaceInstanceStopsStartsAndWaits) {
  Stage stage;
  stage.runs_old();
  const auto operations = stage.lower(planner::ReplaceInstance{stage.id("worker"), 2, 3, "1.4.0", "1.5.0"});
  ASSERT_EQ(operations.size(), 3u);
  const auto& stop = std::get<planner::StopProcess>(operations[0].instruction);
  EXPECT_EQ(stop.pid_file, "run/worker.2.pid");
  EXPECT_EQ(stop.grace, std::chrono::seconds(30));
  const auto& start = std::get<planner::StartProcess>(operations[1].instruction);
  EXPECT_EQ(start.pid_file, "run/worker.2.pid");
  EXPECT_EQ(start.log_file, "run/worker.2.log");
  EXPECT_EQ(start.env_file, ".env");
  EXPECT_EQ(start.process.argv[0].shown(), "releases/1.5.0/shop");
  EXPECT_EQ(start.process.env[0].second.shown(), "worker-2");
  EXPECT_EQ(start.fingerprint, stage.fingerprint("worker", "1.5.0"));
  const auto& await = std::get<planner::Await>(operations[2].instruction);
  EXPECT_EQ(await.condition.means, "worker 2 runs 1.5.0");
  EXPECT_GE(await.stay, std::chrono::seconds(1));
}

/// The condition as the executor will judge it: a regular expression found in the answer.
bool holds(const planner::Condition& condition, const std::string& answer) {
  return std::regex_search(answer, std::regex(condition.expect.matches.value()));
}

TEST(LocalLower, AwaitsTheNewProcessAndGivesUpWhenItDied) {
  Stage stage;
  const auto operations = stage.lower(planner::ReplaceInstance{stage.id("api"), 1, 1, "1.4.0", "1.5.0"});
  const auto& await = std::get<planner::Await>(operations.back().instruction);
  const auto answer = [&](const std::string& state, const std::string& version) {
    stage.runs("run/api.pid", 10, stage.fingerprint("api", version), state);
    return stage.processes["run/api.pid"];
  };
  EXPECT_TRUE(holds(await.condition, answer("running", "1.5.0")));
  EXPECT_FALSE(holds(await.condition, answer("running", "1.4.0")));
  EXPECT_FALSE(holds(await.condition, answer("stopped", "1.5.0")));
  EXPECT_TRUE(holds(*await.hopeless, answer("stopped", "1.5.0")));
  EXPECT_TRUE(holds(*await.hopeless, answer("foreign", "1.5.0")));
  EXPECT_FALSE(holds(*await.hopeless, answer("running", "1.4.0")));
}

TEST(LocalLower, AStopIsSkippedWhenTheNewProcessRunsAlready) {
  Stage stage;
  for (const planner::EngineAction& action :
       {planner::EngineAction{planner::ReplaceInstance{stage.id("api"), 1, 1, "1.4.0", "1.5.0"}},
        planner::EngineAction{planner::ReplaceService{stage.id("api"), "1.4.0", "1.5.0"}}}) {
    const auto operations = stage.lower(action);
    ASSERT_TRUE(operations[0].done_when);
    using Json = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(operations[0].done_when->expect.json,
              (Json{{"state", "running"}, {"fingerprint", stage.fingerprint("api", "1.5.0")}}));
  }
}

TEST(LocalLower, StopsInstancesThatAreNoLongerWanted) {
  Stage stage;
  stage.runs_old();
  stage.runs("run/worker.5.pid", 15, "1.4.0:00");
  const lang::ServiceId worker = stage.id("worker");
  EXPECT_THAT(rendered(stage.lower(planner::StopService{worker})),
              ElementsAre(HasSubstr("run/worker.pid"), HasSubstr("run/worker.2.pid"),
                          HasSubstr("run/worker.3.pid"), HasSubstr("run/worker.5.pid")));
  EXPECT_THAT(rendered(stage.lower(planner::ReplaceInstance{worker, 1, 3, "1.4.0", "1.5.0"}))[0],
              HasSubstr("run/worker.5.pid"));
  EXPECT_THAT(rendered(stage.lower(planner::ReplaceInstance{worker, 2, 3, "1.4.0", "1.5.0"}))[0],
              HasSubstr("run/worker.2.pid"));
  const auto starts = stage.lower(planner::StartService{worker, "1.5.0"});
  ASSERT_EQ(starts.size(), 7u) << "one stop, three starts, three waits";
  EXPECT_EQ(std::get<planner::StopProcess>(starts[0].instruction).pid_file, "run/worker.5.pid");
  EXPECT_FALSE(starts[0].done_when) << "it goes, whatever it runs";
}

TEST(LocalLower, ReplaceServiceStopsAllBeforeItStartsAny) {
  Stage stage;
  stage.runs_old();
  const auto operations = stage.lower(planner::ReplaceService{stage.id("worker"), "1.4.0", "1.5.0"});
  ASSERT_EQ(operations.size(), 9u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(std::holds_alternative<planner::StopProcess>(operations[i].instruction));
    EXPECT_TRUE(std::holds_alternative<planner::StartProcess>(operations[i + 3].instruction));
    EXPECT_TRUE(std::holds_alternative<planner::Await>(operations[i + 6].instruction));
  }
}

TEST(LocalLower, StartsAStoppedStackAsThePinSays) {
  Stage stage;
  const auto operations = stage.lower(planner::StartService{stage.id("api"), ""});
  ASSERT_EQ(operations.size(), 2u);
  EXPECT_EQ(std::get<planner::StartProcess>(operations[0].instruction).process.argv[0].shown(),
            "releases/1.4.0/shop");
}

TEST(LocalLower, AwaitServiceAsksForTheVersionWhereThereIsOne) {
  Stage stage;
  stage.runs_old();
  const auto api = stage.lower(planner::AwaitService{stage.id("api"), "1.5.0", 1, std::chrono::seconds(20)});
  ASSERT_EQ(api.size(), 1u);
  const auto& waits = std::get<planner::Await>(api[0].instruction);
  EXPECT_EQ(waits.within, std::chrono::seconds(20));
  EXPECT_FALSE(holds(waits.condition, stage.processes["run/api.pid"]));
  EXPECT_TRUE(holds(waits.condition, R"({"state":"running","pid":1,"started":2,"fingerprint":"1.5.0:ff"})"));
  const auto proxy =
      stage.lower(planner::AwaitService{stage.id("proxy"), "1.5.0", 1, std::chrono::seconds(20)});
  EXPECT_TRUE(
      holds(std::get<planner::Await>(proxy[0].instruction).condition, stage.processes["run/proxy.pid"]));
}

TEST(LocalLower, FetchLooksForTheReleaseAndItsPrograms) {
  Stage stage;
  const auto operations =
      stage.lower(planner::FetchVersion{{stage.id("api"), stage.id("worker"), stage.id("proxy")}, "1.5.0"});
  ASSERT_EQ(operations.size(), 3u);
  const auto& folder = std::get<planner::Await>(operations[0].instruction);
  EXPECT_EQ(std::get<planner::ListFolder>(folder.condition.question.query).path, "releases/1.5.0");
  EXPECT_EQ(folder.hopeless->expect.lines, 0);
  EXPECT_THAT(folder.hopeless->means, HasSubstr("releases/1.5.0 is missing or empty"));
  const auto& program = std::get<planner::Await>(operations[1].instruction);
  EXPECT_TRUE(holds(program.condition, "shop"));
  EXPECT_FALSE(holds(program.condition, "shop.old"));
  EXPECT_EQ(program.hopeless->means, "the program releases/1.5.0/shop is missing");
  EXPECT_EQ(std::get<planner::Await>(operations[2].instruction).hopeless->means,
            "the program bin/proxy is missing");
}

TEST(LocalLower, ProgramsRunWithTheServicesSurroundings) {
  Stage stage;
  stage.runs_old();
  const auto once =
      stage.program("api", {lang::Text("tool"), lang::Text("x y")}, planner::ProgramPlace::Fresh, "1.5.0");
  EXPECT_EQ(once.argv.size(), 2u);
  EXPECT_EQ(once.env_file, ".env");
  EXPECT_EQ(once.env[1].second.shown(), "8000");
}

TEST(LocalLower, ARunWithoutArgvIsTheServicesOwnProgram) {
  Stage stage;
  stage.runs_old();
  const auto own = stage.program("worker", {}, planner::ProgramPlace::Fresh, "1.5.0", 2);
  ASSERT_FALSE(own.argv.empty());
  EXPECT_THAT(own.argv[0].shown(), HasSubstr("1.5.0"));
}

/// Behind the stop and before the start, and only where one instance is all there is.
TEST(LocalLower, NobodyMayListenBetweenStopAndStart) {
  Stage stage(R"(
stack s {}
local {}
service a { command = ["bin/${version}"], health = http("http://127.0.0.1:8000/") }
service b { command = ["bin/${version}"], health = http("http://127.0.0.1:8001/"), instances = 2 }
)");
  const auto one = stage.lower(planner::ReplaceService{stage.id("a"), "1.0.0", "1.1.0"});
  ASSERT_GE(one.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<planner::StopProcess>(one[0].instruction));
  EXPECT_THAT(planner::render(one[1].instruction), HasSubstr("127.0.0.1:8000"));
  ASSERT_TRUE(one[1].done_when)
      << "it is the new one that listens when pawl was killed after it had started it";
  EXPECT_TRUE(std::holds_alternative<planner::StartProcess>(one[2].instruction));
  for (const Operation& each : stage.lower(planner::ReplaceService{stage.id("b"), "1.0.0", "1.1.0"}))
    EXPECT_THAT(planner::render(each.instruction), testing::Not(HasSubstr("8001")));
}

TEST(LocalLower, ReloadSendsTheSignalOfTheManifest) {
  Stage stage;
  const auto operations = stage.lower(planner::ReloadService{stage.id("proxy")});
  ASSERT_EQ(operations.size(), 1u);
  const auto& signal = std::get<planner::SignalProcess>(operations[0].instruction);
  EXPECT_EQ(signal.signal, 10);
  EXPECT_EQ(signal.pid_file, "run/proxy.pid");
}

TEST(LocalLower, RemovesWhatHasAPidFile) {
  Stage stage;
  stage.runs("run/mailer.pid", 40, "1.4.0:00");
  stage.runs("run/mailer.2.pid", 41, "1.4.0:00");
  EXPECT_THAT(rendered(stage.lower(planner::RemoveService{"mailer"})),
              ElementsAre(HasSubstr("run/mailer.pid"), HasSubstr("run/mailer.2.pid")));
}

TEST(LocalLower, PathsAreBelowTheFolderOfTheBlock) {
  Stage stage(
      "stack s {}\nlocal { dir = \"site\", run_dir = \"state\" }\nservice a { command = [\"bin/a\"] }\n");
  const auto operations = stage.lower(planner::StartService{stage.id("a"), "1.0.0"});
  const auto& start = std::get<planner::StartProcess>(operations.at(0).instruction);
  EXPECT_EQ(start.pid_file, "site/state/a.pid");
  EXPECT_EQ(start.process.cwd, "site");
  EXPECT_EQ(start.process.argv[0].shown(), "bin/a") << "from the folder it runs in";
}

TEST(LocalLower, SecretsStayReferences) {
  Stage stage;
  for (const Operation& operation : stage.lower(planner::StartService{stage.id("api"), "1.5.0"})) {
    EXPECT_THAT(planner::render(operation.instruction), testing::Not(HasSubstr("hunter2")));
  }
  const auto operations = stage.lower(planner::StartService{stage.id("api"), "1.5.0"});
  EXPECT_THAT(planner::render(operations[0].instruction), HasSubstr("var:token"));
}

TEST(LocalDiagnose, ShowsStateAndLastLines) {
  Stage stage;
  const auto questions = stage.provider.diagnose(stage.id("api"), 20, stage.view(), {});
  ASSERT_EQ(questions.size(), 2u);
  EXPECT_EQ(planner::render(questions[1]), "tail -n 20 run/api.log");
}

TEST(LocalEnded, TellsOfASingleProcess) {
  Stage stage;
  stage.runs_old();
  const auto ended = stage.provider.ended(stage.id("api"), stage.view(), {});
  ASSERT_TRUE(ended);
  EXPECT_FALSE(holds(*ended, stage.processes["run/api.pid"]));
  stage.runs("run/api.pid", 10, "1.4.0:00", "stopped");
  EXPECT_TRUE(holds(*ended, stage.processes["run/api.pid"]));
  EXPECT_THAT(ended->means, HasSubstr("run/api.log"));
  EXPECT_FALSE(stage.provider.ended(stage.id("worker"), stage.view(), {}));
}

TEST(LocalInside, AsksBesideTheService) {
  Stage stage;
  stage.runs_old();
  lang::Text release;
  release.pieces = {lang::Literal{"releases/"}, lang::Reference{"version"}, lang::Literal{"/tool"}};
  const auto process = stage.program("api", {release}, planner::ProgramPlace::Running);
  EXPECT_EQ(process.argv[0].shown(), "releases/1.4.0/tool") << "the version that runs";
  EXPECT_EQ(process.env_file, ".env");
}

}  // namespace
}  // namespace pawl::providers
