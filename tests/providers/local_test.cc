// The local provider on answers as a world would give them: no process runs here.
#include "providers/local/local.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>

#include "lang/load.h"

namespace pawl::providers {
namespace {

using planner::Answer;
using planner::Health;
using planner::Operation;
using planner::Query;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kManifest = R"(
stack shop { version = 1.5.0 }
local {
  releases = "releases/${version}"
  env_file = ".env"
  pin      = env(".env", "SHOP_VERSION")
}
variable token { secret = true }
service api {
  role    = api
  command = ["releases/${version}/shop", "api"]
  env     = { TOKEN = "${var.token}", PORT = "8000" }
}
service worker {
  role      = worker
  instances = 3
  drain     = 30s
  command   = ["releases/${version}/shop", "worker"]
  env       = { NAME = "worker-${instance}" }
}
service proxy { role = proxy, command = ["bin/proxy"], reload = signal("USR1") }
)";

constexpr const char* kEnv = "SHOP_VERSION=1.4.0\nDATABASE_URL=sqlite:shop.db\n";

class Text : public lang::FileReader {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  lang::Result<std::optional<std::string>> read(std::string_view path, std::size_t) const override {
    if (path == "stack.pawl") return std::optional<std::string>(text_);
    return std::optional<std::string>();
  }

 private:
  std::string text_;
};

/// A manifest, what the world would answer, and the provider between them.
class Stage {
 public:
  explicit Stage(const std::string& manifest = kManifest) {
    lang::LoadOptions options;
    if (manifest.find("variable token") != std::string::npos) options.variables["token"] = "hunter2";
    loaded_ = lang::load(Text(manifest), options);
    EXPECT_TRUE(loaded_.stack) << lang::render(loaded_.diagnostics, loaded_.sources, false);
    files[".env"] = kEnv;
    folders["releases"] = "1.10.0/\n1.4.0/\n1.5.0/\nREADME\nlatest/\n";
  }

  void runs(const std::string& pid_file, int pid, const std::string& fingerprint,
            const std::string& state = "running") {
    processes[pid_file] = R"({"state":")" + state + R"(","pid":)" + std::to_string(pid) +
                          R"(,"started":77,"fingerprint":")" + fingerprint + "\"}";
  }
  /// Everything of 1.4.0 as the provider itself would have started it.
  void runs_old() {
    runs("run/api.pid", 10, fingerprint("api", "1.4.0"));
    runs("run/worker.pid", 11, fingerprint("worker", "1.4.0"));
    runs("run/worker.2.pid", 12, fingerprint("worker", "1.4.0"));
    runs("run/worker.3.pid", 13, fingerprint("worker", "1.4.0"));
    runs("run/proxy.pid", 14, fingerprint("proxy", "1.4.0"));
  }

  planner::Snapshot snapshot() {
    ask();
    planner::Snapshot found;
    const auto done = provider.read(view(), found);
    EXPECT_TRUE(done) << done.error().what;
    if (!found.engines.empty()) found.engines[0].pin.value = "1.4.0";
    return found;
  }
  planner::Rendering render(const std::string& version) {
    const planner::Snapshot found = snapshot();
    const auto rendering = provider.render(view(), found, version);
    EXPECT_TRUE(rendering) << rendering.error().what;
    return rendering ? *rendering : planner::Rendering();
  }
  std::string fingerprint(const std::string& service, const std::string& version) {
    for (const auto& one : render(version).services) {
      if (one.service == service) return one.fingerprint;
    }
    return "";
  }
  std::vector<Operation> lower(const planner::EngineAction& action) {
    const planner::Snapshot found = snapshot();
    const auto operations = provider.lower(action, view(), found);
    EXPECT_TRUE(operations) << operations.error().what;
    return operations ? *operations : std::vector<Operation>();
  }
  lang::ServiceId id(const std::string& name) const {
    const auto& services = loaded_.stack->services;
    for (std::uint32_t i = 0; i < services.size(); ++i) {
      if (services[i].name == name) return {i};
    }
    ADD_FAILURE() << "no service " << name;
    return {};
  }
  planner::View view() const { return {*loaded_.stack, lang::DeploymentId{0}, answers_}; }

  LocalProvider provider;
  std::map<std::string, std::string> files, folders, processes;  // processes: by pid file
  int rounds = 0;                                                // that asking took

 private:
  void ask() {
    answers_ = {};
    for (rounds = 0; rounds < 8; ++rounds) {
      auto questions = provider.configuration(view());
      for (const Query& query : provider.queries(view())) questions.push_back(query);
      if (questions.empty()) return;
      for (const Query& query : questions) answers_.add(query, answer(query));
    }
    ADD_FAILURE() << "the provider never stops asking";
  }

  Answer answer(const Query& query) const {
    const auto found = [](const auto& map, const std::string& key, const std::string& otherwise) {
      const auto at = map.find(key);
      return at == map.end() ? otherwise : at->second;
    };
    if (const auto* file = std::get_if<planner::ReadFile>(&query)) {
      if (!files.contains(file->path)) return {false, 0, "", file->path + " does not exist"};
      return {true, 0, files.at(file->path), ""};
    }
    if (const auto* folder = std::get_if<planner::ListFolder>(&query)) {
      if (folder->path == "run") return {true, 0, pid_files(), ""};
      return {true, 0, found(folders, folder->path, ""), ""};
    }
    if (const auto* process = std::get_if<planner::InspectProcess>(&query)) {
      return {
          true, 0,
          found(processes, process->pid_file, R"({"state":"stopped","pid":0,"started":0,"fingerprint":""})"),
          ""};
    }
    ADD_FAILURE() << "unexpected question: " << planner::render(query);
    return {};
  }
  std::string pid_files() const {
    std::string names = "api.log\n";
    for (const auto& [file, json] : processes) names += file.substr(4) + "\n";
    return names;
  }

  lang::Loaded loaded_;
  planner::Answers answers_;
};

std::vector<std::string> rendered(const std::vector<Operation>& operations) {
  std::vector<std::string> lines;
  for (const Operation& operation : operations) lines.push_back(planner::render(operation.instruction));
  return lines;
}

const planner::ServiceState& state(const planner::Snapshot& snapshot, const std::string& name) {
  static const planner::ServiceState kNone;
  for (const auto& one : snapshot.services) {
    if (one.service == name) return one;
  }
  ADD_FAILURE() << "nothing is known about " << name;
  return kNone;
}

// ---------------------------------------------------------------- observing

TEST(LocalObserve, TellsVersionsAndHealthFromPidFiles) {
  Stage stage;
  stage.runs_old();
  stage.runs("run/worker.2.pid", 22, stage.fingerprint("worker", "1.5.0"));
  const auto snapshot = stage.snapshot();
  const auto& workers = state(snapshot, "worker");
  ASSERT_EQ(workers.instances.size(), 3u);
  EXPECT_EQ(workers.expected, 3);
  EXPECT_EQ(workers.health, Health::Healthy);
  EXPECT_EQ(workers.instances[0].version, "1.4.0");
  EXPECT_EQ(workers.instances[1].version, "1.5.0");
  EXPECT_EQ(workers.instances[1].id, "22:77");
  EXPECT_EQ(workers.instances[1].label, "worker 2");
  EXPECT_EQ(workers.instances[1].image, "releases/1.5.0/shop");
  const auto& proxy = state(snapshot, "proxy");
  ASSERT_EQ(proxy.instances.size(), 1u);
  EXPECT_EQ(proxy.instances[0].version, "") << "no part of a release";
  EXPECT_EQ(proxy.instances[0].label, "proxy");
}

TEST(LocalObserve, OffersTheVersionsThatHaveAReleaseFolderOldestFirst) {
  Stage stage;
  EXPECT_THAT(stage.snapshot().engines.at(0).available, ElementsAre("1.4.0", "1.5.0", "1.10.0"));
}

TEST(LocalObserve, FindsReleaseFoldersInTheMiddleOfAPath) {
  std::string manifest = kManifest;
  manifest.replace(manifest.find("releases/${version}\""), 20, "/opt/shop-${version}-linux/bin\"");
  Stage stage(manifest);
  stage.folders["/opt"] = "shop-1.4.0-linux/\nshop-2.0.0-mac/\nother-1.5.0-linux/\nshop-1.6.0-linux\n";
  EXPECT_THAT(stage.snapshot().engines.at(0).available, ElementsAre("1.4.0"));
}

TEST(LocalObserve, SaysThatAProcessDiedAndWhereItsLastLinesAre) {
  Stage stage;
  stage.runs_old();
  stage.runs("run/worker.3.pid", 13, stage.fingerprint("worker", "1.4.0"), "stopped");
  stage.runs("run/api.pid", 10, stage.fingerprint("api", "1.4.0"), "foreign");
  const auto snapshot = stage.snapshot();
  const auto& workers = state(snapshot, "worker");
  EXPECT_EQ(workers.health, Health::Unhealthy);
  EXPECT_EQ(workers.detail, "2 of 3 processes run");
  EXPECT_EQ(workers.instances[2].health, Health::Stopped);
  EXPECT_THAT(workers.instances[2].detail, HasSubstr("run/worker.3.log"));
  EXPECT_EQ(state(snapshot, "api").health, Health::Stopped);
  EXPECT_THAT(state(snapshot, "api").instances[0].detail, HasSubstr("another process"));
}

TEST(LocalObserve, AServiceThatNeverRanHasNoInstances) {
  Stage stage;
  const auto snapshot = stage.snapshot();
  EXPECT_THAT(state(snapshot, "api").instances, IsEmpty());
  EXPECT_EQ(state(snapshot, "api").health, Health::Stopped);
}

TEST(LocalObserve, FindsInstancesBeyondTheWantedNumber) {
  Stage stage;
  stage.runs_old();
  stage.runs("run/worker.7.pid", 17, "1.3.0:0123456789abcdef");
  const auto snapshot = stage.snapshot();
  EXPECT_EQ(stage.rounds, 2) << "the run folder is asked first";
  const auto& workers = state(snapshot, "worker");
  ASSERT_EQ(workers.instances.size(), 4u);
  EXPECT_EQ(workers.instances[3].number, 7);
  EXPECT_EQ(workers.instances[3].version, "1.3.0");
}

TEST(LocalObserve, LeavesTheHandlingOfAForeignAnswerToAnError) {
  Stage stage;
  stage.processes["run/api.pid"] = "not JSON";
  planner::Snapshot snapshot;
  planner::Answers answers;
  for (const Query& query : stage.provider.queries(stage.view()))
    answers.add(query, {true, 0, "nonsense", ""});
  const planner::View view{stage.view().stack, {0}, answers};
  const auto read = stage.provider.read(view, snapshot);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().what, HasSubstr("run/"));
}

// ---------------------------------------------------------------- fingerprints

TEST(LocalFingerprint, CarriesTheVersionOnlyWhereItCounts) {
  Stage stage;
  EXPECT_THAT(stage.fingerprint("api", "1.4.0"), testing::StartsWith("1.4.0:"));
  EXPECT_NE(stage.fingerprint("api", "1.4.0"), stage.fingerprint("api", "1.5.0"));
  EXPECT_THAT(stage.fingerprint("proxy", "1.4.0"), testing::StartsWith("-:"));
  EXPECT_EQ(stage.fingerprint("proxy", "1.4.0"), stage.fingerprint("proxy", "1.5.0"));
}

TEST(LocalFingerprint, ChangesWithTheEnvFileButNotWithThePin) {
  Stage stage;
  const std::string before = stage.fingerprint("proxy", "1.4.0");
  stage.files[".env"] = "# moved up\nDATABASE_URL='sqlite:shop.db'\nSHOP_VERSION=1.5.0\n";
  EXPECT_EQ(stage.fingerprint("proxy", "1.4.0"), before) << "order, quotes and the pin do not count";
  stage.files[".env"] = "SHOP_VERSION=1.4.0\nDATABASE_URL=sqlite:other.db\n";
  EXPECT_NE(stage.fingerprint("proxy", "1.4.0"), before);
}

TEST(LocalFingerprint, AnEntryThatTheServiceOverridesDoesNotCount) {
  Stage stage;
  const std::string before = stage.fingerprint("api", "1.4.0");
  stage.files[".env"] = std::string(kEnv) + "PORT=9999\n";
  EXPECT_EQ(stage.fingerprint("api", "1.4.0"), before);
}

TEST(LocalFingerprint, WordsCannotRunTogether) {
  const auto manifest = [](const std::string& command) {
    return "stack s {}\nlocal {}\nservice a { command = [" + command + "] }\n";
  };
  Stage one(manifest(R"("x", "y z")")), other(manifest(R"("x", "y", "z")"));
  EXPECT_NE(one.fingerprint("a", "1.0.0"), other.fingerprint("a", "1.0.0"));
}

TEST(LocalRender, WarnsOfSettingsThatARunningProcessDoesNotHave) {
  Stage stage;
  stage.runs_old();
  EXPECT_THAT(stage.render("1.5.0").warnings, IsEmpty());
  stage.files[".env"] = "SHOP_VERSION=1.4.0\nDATABASE_URL=sqlite:other.db\n";
  EXPECT_THAT(stage.render("1.5.0").warnings, ElementsAre(HasSubstr("proxy was started with other settings")))
      << "the others move anyway";
}

TEST(LocalRender, NamesPidFilesOfUnknownServices) {
  Stage stage;
  stage.runs("run/mailer.2.pid", 40, "1.4.0:00");
  EXPECT_THAT(stage.render("1.4.0").warnings, ElementsAre(HasSubstr("run/mailer.2.pid")));
}

TEST(LocalRender, ShowsTheProgramAndTheVersionThatItRuns) {
  Stage stage(
      "stack s {}\nlocal {}\n"
      "service a { command = [\"releases/${version}/a\"] }\n"
      "service b { command = [\"bin/b\"], env = { RELEASE = \"${version}\" } }\n"
      "service c { command = [\"bin/c\"] }\n");
  const auto services = stage.render("1.5.0").services;
  EXPECT_EQ(services[0].image, "releases/1.5.0/a");
  EXPECT_EQ(services[1].image, "bin/b (1.5.0)");
  EXPECT_EQ(services[2].image, "bin/c");
}

TEST(LocalRender, WithoutAVersionStandsForThePin) {
  Stage stage;
  EXPECT_EQ(stage.render("").services, stage.render("1.4.0").services);
}

TEST(LocalRender, AMissingEnvFileIsAnErrorThatNamesIt) {
  Stage stage;
  stage.files.clear();
  stage.snapshot();
  const auto rendering = stage.provider.render(stage.view(), {}, "1.5.0");
  ASSERT_FALSE(rendering);
  EXPECT_THAT(rendering.error().what, HasSubstr(".env"));
}

TEST(LocalRender, RefusesAHostAndNamesThatAreNoFileNames) {
  Stage host(
      "stack s {}\nhost far { ssh = \"me@far\" }\nlocal { on = host.far }\nservice a { command = [\"a\"] "
      "}\n");
  const auto there = host.provider.render(host.view(), {}, "1.0.0");
  ASSERT_FALSE(there);
  EXPECT_THAT(there.error().what, HasSubstr("far"));
  Stage named("stack s {}\nlocal {}\nservice a { name = \"../a\", command = [\"a\"] }\n");
  const auto climbing = named.provider.render(named.view(), {}, "1.0.0");
  ASSERT_FALSE(climbing);
  EXPECT_THAT(climbing.error().what, HasSubstr("../a"));
  Stage empty("stack s {}\nlocal {}\nservice a { role = api }\n");
  const auto nothing = empty.provider.render(empty.view(), {}, "1.0.0");
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().what, HasSubstr("no command"));
}

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
  EXPECT_EQ(std::get<planner::ListFolder>(folder.condition.query).path, "releases/1.5.0");
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
      stage.lower(planner::RunOnce{stage.id("api"), {lang::Text("tool"), lang::Text("x y")}, "1.5.0"});
  ASSERT_EQ(once.size(), 1u);
  EXPECT_EQ(once[0].repeat, planner::Repeat::Never);
  const auto& command = std::get<planner::Command>(once[0].instruction);
  EXPECT_EQ(command.process.env_file, ".env");
  EXPECT_EQ(command.process.env[1].second.shown(), "8000");
  const auto inside = stage.lower(planner::RunInside{stage.id("api"), {lang::Text("tool")}, "", "out.txt"});
  EXPECT_EQ(inside[0].repeat, planner::Repeat::Safe) << "it writes a whole new file each time";
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
  const auto snapshot = stage.snapshot();
  lang::Text release;
  release.pieces = {lang::Literal{"releases/"}, lang::Reference{"version"}, lang::Literal{"/tool"}};
  const auto query = stage.provider.inside(stage.id("api"), {release}, stage.view(), snapshot);
  ASSERT_TRUE(query);
  const auto& process = std::get<planner::QueryCommand>(*query).process;
  EXPECT_EQ(process.argv[0].shown(), "releases/1.4.0/tool") << "the version that runs";
  EXPECT_EQ(process.env_file, ".env");
}

}  // namespace
}  // namespace pawl::providers
