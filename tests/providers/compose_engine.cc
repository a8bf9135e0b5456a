// The provider on real engines: reads what runs, and carries out every action by running the very operations
// it lowers to, with docker-compose 1.29, Compose v2 and podman-compose. Images hold one static program;
// nothing is pulled. Everything made here is called pawl-compose-test and removed again.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <thread>

#include "compose_support.h"
#include "executor/instructions/matching.h"
#include "planner/engine/drift.h"
#include "providers/compose/compose.h"

namespace pawl::providers::compose::test {
namespace {

namespace fs = std::filesystem;
using planner::Answer;
using planner::Operation;
using planner::Query;

struct Tool {
  std::string name;                  // of the test
  std::vector<std::string> compose;  // what a person would type
  std::string engine;
};

/// Folder of the one image, program and configuration; made once.
class Workshop {
 public:
  static Workshop& get() {
    static Workshop workshop;
    return workshop;
  }
  const std::vector<std::string>& environment(const Tool& tool) const {
    return tool.name == "v2" ? with_plugin_ : plain_;
  }
  const std::string& root() const { return root_; }

  /// Why the tool cannot be tested here; empty when it can.
  std::string missing(const Tool& tool) {
    if (run({tool.engine, "info"}, "/", plain_).exit_code != 0)
      return tool.engine + " does not answer; install it: apt-get install " +
             (tool.engine == "docker" ? "docker.io" : "podman runc containernetworking-plugins");
    std::vector<std::string> version = tool.compose;
    version.emplace_back(tool.engine == "podman" ? "--version" : "version");
    if (run(version, "/", environment(tool)).exit_code != 0) {
      return tool.name == "v2"
                 ? "Compose v2 is not here; build it: scripts/compose-v2"
                 : tool.compose[0] + " is not here; install it: apt-get install " + tool.compose[0];
    }
    return {};
  }

  void make_images(const std::string& engine) {
    if (!made_.insert({engine, true}).second) return;
    for (const char* version : {"1.0.0", "1.1.0"}) {
      const std::string folder = root_ + "/image-" + version;
      fs::create_directories(folder);
      const Ran compiled = run({"gcc", "-static", "-O1", "-DVERSION=\"" + std::string(version) + "\"",
                                PAWL_TEST_DATA "/compose/app.c", "-o", folder + "/app"});
      ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
      support::write_file(folder + "/Dockerfile",
                          "FROM scratch\nCOPY app /app\nENTRYPOINT [\"/app\"]\nCMD [\"serve\"]\n");
      const Ran built = run({engine, "build", "-q", "-t", tag(engine, version), "."}, folder, plain_);
      ASSERT_EQ(built.exit_code, 0) << built.err;
    }
  }

  ~Workshop() {
    for (const auto& [engine, yes] : made_)
      run({engine, "rmi", "-f", tag(engine, "1.0.0"), tag(engine, "1.1.0")}, "/", plain_);
    fs::remove_all(root_);
  }

 private:
  Workshop() : root_("/tmp/pawl-compose-test-" + std::to_string(getpid())) {
    fs::create_directories(root_ + "/docker/cli-plugins");
    fs::create_directories(root_ + "/no-plugin");
    const std::string plugin = fs::weakly_canonical(PAWL_TEST_DATA "/../../build/tools/docker-compose-v2");
    if (fs::exists(plugin)) fs::create_symlink(plugin, root_ + "/docker/cli-plugins/docker-compose");
    support::write_file(
        root_ + "/containers.conf",
        "[containers]\ndefault_ulimits=[\"nofile=1024:4096\",\"nproc=1000:1000\"]\n[engine]\nruntime="
        "\"runc\"\n");
    // podman reads this folder too, and wants the file to be there.
    support::write_file(root_ + "/docker/config.json", "{}\n");
    support::write_file(root_ + "/no-plugin/config.json", "{}\n");
    plain_ = {"DOCKER_CONFIG=" + root_ + "/no-plugin", "CONTAINERS_CONF=" + root_ + "/containers.conf"};
    with_plugin_ = {"DOCKER_CONFIG=" + root_ + "/docker", "CONTAINERS_CONF=" + root_ + "/containers.conf"};
  }
  static std::string tag(const std::string& engine, const std::string& version) {
    return (engine == "podman" ? "localhost/" : "") + std::string("pawl-compose-test:") + version;
  }

  std::string root_;
  std::vector<std::string> plain_, with_plugin_;
  std::map<std::string, bool> made_;
};

std::vector<std::string> argv_of(const planner::Process& process) {
  std::vector<std::string> argv;
  for (const lang::Text& word : process.argv) argv.push_back(word.shown());
  return argv;
}

/// A stack of its own folder and project, and a small interpreter of operations.
class OnEngine : public testing::TestWithParam<Tool> {
 protected:
  void SetUp() override {
    const std::string why = Workshop::get().missing(GetParam());
    if (!why.empty() && std::getenv("CI")) FAIL() << why;
    if (!why.empty()) GTEST_SKIP() << why;
    Workshop::get().make_images(GetParam().engine);
    folder_ = Workshop::get().root() + "/pawl-compose-test-" + GetParam().name;
    support::write_file(folder_ + "/.env", "# pinned\nV=1.0.0\n");
    support::write_file(folder_ + "/docker-compose.yml", configuration());
    fill_stack();
  }
  void TearDown() override {
    if (folder_.empty()) return;
    std::vector<std::string> down = GetParam().compose;
    down.insert(down.end(), {"down", "-t", "1"});
    run(down, folder_, environment());
    const Ran left = run({engine(), "ps", "-aq", "--filter",
                          "label=com.docker.compose.project=" + fs::path(folder_).filename().string()},
                         folder_, environment());
    std::istringstream ids(left.out);
    for (std::string id; ids >> id;) run({engine(), "rm", "-f", id}, folder_, environment());
    run({engine(), "network", "rm", fs::path(folder_).filename().string() + "_default"}, folder_,
        environment());
    fs::remove_all(folder_);
  }

  bool podman() const { return GetParam().engine == "podman"; }
  const std::string& engine() const { return GetParam().engine; }
  const std::vector<std::string>& environment() const { return Workshop::get().environment(GetParam()); }

  std::string configuration() const {
    const std::string image = podman() ? "localhost/pawl-compose-test:${V}" : "pawl-compose-test:${V}";
    // podman-compose 1.0 turns a CMD health check into a shell's, and there is no shell in the image.
    const std::string health =
        podman() ? "" : "    healthcheck: {test: [\"CMD\", \"/app\", \"check\"], interval: 1s}\n";
    return "version: \"3.8\"\nservices:\n  api:\n    image: " + image + "\n" + health +
           "  worker:\n    image: " + image +
           "\n    deploy: {replicas: 3}\n  scheduler:\n    image: " + image +
           "\n  broken:\n    image: " + image + "\n    command: [\"exit\", \"3\"]\n    profiles: [broken]\n" +
           "  flapping:\n    image: " + image +
           "\n    command: [\"exit\", \"3\", \"300\"]\n    restart: always\n    profiles: [broken]\n" +
           "  mortal:\n    image: " + image +
           "\n    command: [\"exit\", \"3\", \"2500\"]\n    restart: always\n    profiles: [broken]\n";
  }

  void fill_stack() {
    lang::Deployment deployment;
    deployment.engine = lang::ComposeSettings{};
    auto& settings = std::get<lang::ComposeSettings>(deployment.engine);
    settings.files = {lang::Text("docker-compose.yml")};
    if (podman()) settings.engine = lang::ComposeSettings::Engine::Podman;
    deployment.pin = lang::Pin{lang::EnvPin{".env", "V"}, {}};
    stack_.deployments = {deployment};
    for (const char* name : {"api", "worker", "scheduler"}) {
      lang::Service service;
      service.name = service.engine_name = name;
      service.on = lang::DeploymentId{0};
      service.drain = std::chrono::seconds(2);
      stack_.services.push_back(service);
    }
  }

  planner::DeploymentView view() const { return {stack_, lang::DeploymentId{0}, answers_}; }

  Answer ask(const Query& query) const {
    if (const auto* file = std::get_if<planner::ReadFile>(&query)) return answer_file(*file, folder_);
    const auto& command = std::get<planner::QueryCommand>(query);
    std::vector<std::string> argv = argv_of(command.process);
    if (command.operands) {
      const Ran listed = run(argv_of(*command.operands), folder_, environment());
      std::istringstream words(listed.out);
      const std::size_t before = argv.size();
      for (std::string word; words >> word;) argv.push_back(word);
      if (argv.size() == before) return {listed.exit_code != 127, listed.exit_code, "", listed.err};
    }
    const Ran ran = run(argv, folder_, environment());
    return {ran.exit_code != 127, ran.exit_code, ran.out, ran.err};
  }

  planner::Snapshot observe() {
    answers_ = {};
    for (int round = 0; round < 10; ++round) {
      std::vector<Query> queries = provider_.configuration(view());
      for (const Query& query : provider_.queries(view())) queries.push_back(query);
      if (queries.empty()) break;
      EXPECT_LT(round, 8) << "asks too many rounds";
      for (const Query& query : queries) answers_.add(query, ask(query));
    }
    planner::Snapshot snapshot;
    const auto read = provider_.read(view(), snapshot);
    EXPECT_TRUE(read) << (read ? "" : read.error().what);
    return snapshot;
  }

  bool holds(const planner::Condition& condition) const {
    return executor::judge(condition, [this](const planner::Question& each) { return ask(each.query); })
        .holds();
  }

  /// "" or why it failed.
  std::string await(const planner::Await& await) const {
    const auto until = std::chrono::steady_clock::now() +
                       std::min<planner::Duration>(await.within, std::chrono::seconds(60));
    std::optional<std::chrono::steady_clock::time_point> since;
    for (;;) {
      const auto now = std::chrono::steady_clock::now();
      if (!holds(await.condition))
        since.reset();
      else if (!since)
        since = now;
      if (since && now - *since >= await.stay) return {};
      if (!since && await.hopeless && holds(*await.hopeless)) return "hopeless: " + await.hopeless->means;
      if (now > until) return "too long: " + await.condition.means;
      std::this_thread::sleep_for(await.every);
    }
  }

  std::string perform(const Operation& operation) {
    if (operation.done_when && holds(*operation.done_when)) return {};
    if (const auto* waiting = std::get_if<planner::Await>(&operation.instruction)) return await(*waiting);
    const auto& command = std::get<planner::Command>(operation.instruction);
    std::vector<std::string> variables = environment();
    for (const auto& [name, value] : command.process.env) variables.push_back(name + "=" + value.shown());
    last_ = run(argv_of(command.process), folder_, variables);
    if (last_.exit_code != 0)
      return planner::render(operation.instruction) + " exited with " + std::to_string(last_.exit_code) +
             "\n" + last_.err;
    return {};
  }

  std::vector<Operation> lower(const planner::EngineAction& action, const planner::Snapshot& snapshot) const {
    auto lowered = provider_.lower(action, view(), snapshot);
    EXPECT_TRUE(lowered) << (lowered ? "" : lowered.error().what);
    return lowered ? lowered->operations : std::vector<Operation>{};
  }

  /// What a program in a service prints.
  std::string output_of(const std::vector<lang::Text>& argv, planner::ProgramPlace place,
                        const std::string& version, lang::ServiceId service, int instance,
                        const planner::Snapshot& snapshot) {
    const auto process =
        provider_.program(service, argv, place, version, {instance, instance > 0}, view(), snapshot);
    EXPECT_TRUE(process) << (process ? "" : process.error().what);
    if (!process) return "";
    planner::Command command;
    command.process = *process;
    EXPECT_EQ(perform({command, planner::Repeat::Safe, std::nullopt, planner::Duration(0)}), "");
    return last_.out;
  }

  std::string carry_out(const planner::EngineAction& action, const planner::Snapshot& snapshot) {
    for (const Operation& operation : lower(action, snapshot)) {
      if (const std::string why = perform(operation); !why.empty()) return why;
    }
    return {};
  }

  void compose(std::vector<std::string> arguments) {
    std::vector<std::string> argv = GetParam().compose;
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const Ran ran = run(argv, folder_, environment());
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
  }

  void bring_up() {
    compose({"up", "-d", "api", "worker", "scheduler"});
    for (const std::uint32_t id : {0u, 1u, 2u}) {
      const planner::Snapshot snapshot = observe();
      ASSERT_EQ(carry_out(planner::AwaitService{{id}, "1.0.0", id == 1 ? 3 : 1}, snapshot), "");
    }
  }

  static std::vector<std::string> ids(const planner::Snapshot& snapshot, const std::string& service) {
    std::vector<std::string> found;
    for (const auto& instance : snapshot.service(service)->instances) found.push_back(instance.id);
    std::sort(found.begin(), found.end());
    return found;
  }
  static int common(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::vector<std::string> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return static_cast<int>(both.size());
  }
  static std::vector<std::string> versions(const planner::Snapshot& snapshot, const std::string& service) {
    std::vector<std::string> found;
    for (const auto& instance : snapshot.service(service)->instances) found.push_back(instance.version);
    std::sort(found.begin(), found.end());
    return found;
  }

  /// How a service that runs differs from the files as they stand.
  std::string drift(const std::string& service) {
    const planner::Snapshot snapshot = observe();
    const auto rendering = provider_.render(view(), snapshot, "1.0.0");
    EXPECT_TRUE(rendering) << (rendering ? "" : rendering.error().what);
    if (!rendering) return "no rendering";
    std::vector<planner::Difference> found;
    for (const planner::RenderedService& wanted : rendering->services) {
      if (wanted.service != service) continue;
      for (const planner::Instance& runs : snapshot.service(service)->instances) {
        EXPECT_TRUE(planner::is_known(runs, wanted)) << runs.label;
        for (planner::Difference& each : planner::drift(runs, wanted)) found.push_back(std::move(each));
      }
    }
    return planner::describe(found);
  }

  static constexpr lang::ServiceId kApi{0}, kWorker{1}, kScheduler{2};
  std::string folder_;
  lang::Stack stack_;
  planner::Answers answers_;
  ComposeProvider provider_;
  Ran last_;
};

TEST_P(OnEngine, ReadsWhatRuns) {
  ASSERT_NO_FATAL_FAILURE(bring_up());
  const planner::Snapshot snapshot = observe();
  ASSERT_EQ(snapshot.engines.size(), 1u);
  EXPECT_EQ(snapshot.engines[0].facts.at("project"), "pawl-compose-test-" + GetParam().name);
  EXPECT_NE(std::find(snapshot.engines[0].available.begin(), snapshot.engines[0].available.end(), "1.1.0"),
            snapshot.engines[0].available.end());
  EXPECT_EQ(versions(snapshot, "worker"), (std::vector<std::string>{"1.0.0", "1.0.0", "1.0.0"}));
  EXPECT_EQ(snapshot.service("worker")->expected, 3);
  for (const auto& service : snapshot.services)
    EXPECT_EQ(service.health, planner::Health::Healthy) << service.service << ": " << service.detail;
  EXPECT_EQ(observe(), snapshot) << "two looks at one state differ";

  run({engine(), "kill", snapshot.service("scheduler")->instances[0].id}, folder_, environment());
  const planner::Snapshot after = observe();
  EXPECT_EQ(after.service("scheduler")->health, planner::Health::Stopped);
  EXPECT_NE(after.service("scheduler")->instances[0].detail.find("exited (137)"), std::string::npos)
      << after.service("scheduler")->instances[0].detail;
}

/// Each property by itself, changed in the file while the containers go on.
TEST_P(OnEngine, TellsHowWhatRunsDiffersFromTheFiles) {
  const std::string image = podman() ? "localhost/pawl-compose-test:${V}" : "pawl-compose-test:${V}";
  const auto file = [&](const std::string& api) {
    return "version: \"3.8\"\nservices:\n  api:\n    image: " + image + "\n" + api +
           "  worker:\n    image: " + image +
           "\n    deploy: {replicas: 3}\n  scheduler:\n    image: " + image + "\nvolumes: {kept: }\n";
  };
  const std::string as_started =
      "    environment: {A: one, B: two}\n    command: [\"serve\", \"stay\"]\n    volumes: [\"kept:/kept\"]\n"
      "    ports: [\"127.0.0.1:23991:80\"]\n    restart: always\n";
  fs::remove(folder_ + "/docker-compose.yml");
  support::write_file(folder_ + "/docker-compose.yml", file(as_started));
  ASSERT_NO_FATAL_FAILURE(bring_up());
  EXPECT_EQ(drift("api"), "");
  EXPECT_EQ(drift("worker"), "");
  EXPECT_EQ(drift("scheduler"), "");

  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = as_started;
    text.replace(text.find(from), from.size(), to);
    support::write_file(folder_ + "/docker-compose.yml", file(text));
    return drift("api");
  };
  EXPECT_EQ(with("A: one, B: two", "A: other, C: new"),
            "environment A changed, environment C added, environment B removed");
  EXPECT_EQ(with("[\"serve\", \"stay\"]", "[\"serve\", \"longer\"]"), "command changed");
  EXPECT_EQ(with("kept:/kept", "kept:/elsewhere"), "mount /elsewhere added, mount /kept removed");
  EXPECT_EQ(with("23991", "23992"), "port 80/tcp 127.0.0.1:23991 → 127.0.0.1:23992");
  EXPECT_EQ(with("restart: always", "restart: unless-stopped"), "restart always → unless-stopped");
  EXPECT_EQ(with("restart: always", "restart: always\n    user: \"7\""), "user added");
  if (!podman()) {
    EXPECT_EQ(with("restart: always", "restart: always\n    stop_grace_period: 7s\n    hostname: other"),
              "something else in its configuration changed");
  }
  EXPECT_EQ(with(image.substr(0, 0), ""), "") << "as it was started, nothing differs again";
}

TEST_P(OnEngine, MovesAStackToAnotherVersion) {
  ASSERT_NO_FATAL_FAILURE(bring_up());
  const planner::Snapshot before = observe();
  ASSERT_EQ(carry_out(planner::FetchVersion{{kApi, kWorker, kScheduler}, "1.1.0"}, before), "");
  ASSERT_EQ(carry_out(planner::StopService{kScheduler}, before), "");
  EXPECT_EQ(observe().service("scheduler")->health, planner::Health::Stopped);

  support::write_file(folder_ + "/.env", "# pinned\nV=1.1.0\n");
  ASSERT_EQ(carry_out(planner::ReplaceService{kApi, "1.0.0", "1.1.0"}, before), "");
  ASSERT_EQ(carry_out(planner::AwaitService{kApi, "1.1.0", 1}, before), "");
  planner::Snapshot now = observe();
  EXPECT_EQ(versions(now, "api"), std::vector<std::string>{"1.1.0"});
  EXPECT_EQ(ids(now, "worker"), ids(before, "worker")) << "replacing api touched the workers";

  for (int number = 1; number <= 3; ++number) {
    const planner::ReplaceInstance action{kWorker, number, 3, "1.0.0", "1.1.0"};
    ASSERT_EQ(carry_out(action, before), "");
    now = observe();
    EXPECT_EQ(ids(now, "worker").size(), 3u);
    EXPECT_EQ(common(ids(now, "worker"), ids(before, "worker")), 3 - number)
        << "another worker than number " << number << " was touched";
    EXPECT_EQ(output_of({lang::Text("/app"), lang::Text("version")}, planner::ProgramPlace::Running, "1.1.0",
                        kWorker, number, before),
              "1.1.0\n")
        << "it is the moved one that is asked";
    ASSERT_EQ(carry_out(action, before), "") << "a second time, as after a crash";
    EXPECT_EQ(ids(observe(), "worker"), ids(now, "worker")) << "doing it twice did it twice";
  }
  EXPECT_EQ(versions(now, "worker"), (std::vector<std::string>{"1.1.0", "1.1.0", "1.1.0"}));
  ASSERT_EQ(carry_out(planner::StartService{kScheduler, "1.1.0"}, before), "");
  ASSERT_EQ(carry_out(planner::AwaitService{kScheduler, "1.1.0", 1}, before), "");
  ASSERT_EQ(carry_out(planner::AwaitService{kWorker, "1.1.0", 3}, before), "");
  now = observe();
  for (const auto& service : now.services)
    EXPECT_EQ(service.health, planner::Health::Healthy) << service.service << ": " << service.detail;
}

TEST_P(OnEngine, RunsReloadsAndDiagnoses) {
  ASSERT_NO_FATAL_FAILURE(bring_up());
  const planner::Snapshot snapshot = observe();
  const std::vector<lang::Text> echo{lang::Text("/app"), lang::Text("echo"), lang::Text("a  b")};
  using planner::ProgramPlace;
  EXPECT_EQ(output_of(echo, ProgramPlace::Running, "", kApi, 0, snapshot), "a  b\n");
  const std::vector<lang::Text> once{lang::Text("echo"), lang::Text("once")};
  if (podman()) {
    const auto refused = provider_.program(kApi, once, ProgramPlace::Fresh, "1.0.0", {}, view(), snapshot);
    ASSERT_FALSE(refused) << "podman-compose 1.0 exits with 0 when it has failed";
    EXPECT_NE(refused.error().what.find("does not tell whether"), std::string::npos) << refused.error().what;
  } else {
    const std::string said = output_of(once, ProgramPlace::Fresh, "1.0.0", kApi, 0, snapshot);
    EXPECT_NE(said.find("once"), std::string::npos) << said << last_.err;
  }
  EXPECT_EQ(ids(observe(), "api"), ids(snapshot, "api"));

  ASSERT_EQ(carry_out(planner::ReloadService{kApi}, snapshot), "");
  bool reloaded = false;
  for (int i = 0; i < 100 && !reloaded; ++i) {
    for (const Query& query : provider_.diagnose(kApi, 20, view(), snapshot)) {
      const Answer answer = ask(query);
      reloaded = reloaded || (answer.output + answer.error).find("reloaded") != std::string::npos;
    }
    if (!reloaded) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(reloaded);
  ASSERT_EQ(carry_out(planner::RemoveService{"scheduler"}, snapshot), "");
  EXPECT_TRUE(observe().service("scheduler")->instances.empty());
}

TEST_P(OnEngine, GivesUpOnAServiceThatEnds) {
  lang::Service broken;
  broken.name = broken.engine_name = "broken";
  broken.on = lang::DeploymentId{0};
  stack_.services = {broken};
  const planner::Snapshot before = observe();
  EXPECT_EQ(before.service("broken")->health, planner::Health::Stopped);
  ASSERT_EQ(carry_out(planner::StartService{{0}, "1.0.0"}, before), "");
  const std::string why = carry_out(planner::AwaitService{{0}, "1.0.0", 1}, before);
  EXPECT_NE(why.find("hopeless"), std::string::npos) << why;
  const planner::Snapshot after = observe();
  ASSERT_EQ(after.service("broken")->instances.size(), 1u);
  EXPECT_EQ(after.service("broken")->instances[0].detail, "exited (3)");
  std::string evidence;
  for (const Query& query : provider_.diagnose({0}, 20, view(), after)) evidence += ask(query).output;
  EXPECT_NE(evidence.find("leaving"), std::string::npos) << evidence;
}

TEST_P(OnEngine, AContainerThatEndsAgainAndAgainNeverRuns) {
  if (podman()) GTEST_SKIP() << "on a busy machine Podman shows a process that has ended for seconds";
  lang::Service flapping;
  flapping.name = flapping.engine_name = "flapping";
  flapping.on = lang::DeploymentId{0};
  stack_.services = {flapping};
  const planner::Snapshot before = observe();
  ASSERT_EQ(carry_out(planner::StartService{{0}, "1.0.0"}, before), "");
  const auto operations = lower(planner::AwaitService{{0}, "1.0.0", 1}, before);
  ASSERT_EQ(operations.size(), 1u);
  const auto& condition = std::get<planner::Await>(operations[0].instruction).condition;
  int seen = 0;
  for (int look = 0; look < 40; ++look) {
    EXPECT_FALSE(holds(condition)) << "at look " << look << ": " << ask(condition.question.query).output;
    seen += ask(condition.question.query).output.empty() ? 0 : 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_GT(seen, 0) << "it was never up for a moment";
}

TEST_P(OnEngine, WhatItHadToStartAgainIsNotHealthy) {
  lang::Service mortal;
  mortal.name = mortal.engine_name = "mortal";
  mortal.on = lang::DeploymentId{0};
  stack_.services = {mortal};
  const planner::Snapshot before = observe();
  ASSERT_EQ(carry_out(planner::StartService{{0}, "1.0.0"}, before), "");
  const planner::AwaitService steady{{0}, "1.0.0", 1, std::chrono::seconds(20), {}, std::chrono::seconds(2),
                                     true};
  if (!podman()) {
    EXPECT_EQ(carry_out(steady, before), "") << "it lives for two seconds, and Podman is slow";
  }
  planner::AwaitService longer = steady;
  longer.held = std::chrono::seconds(4);
  const std::string why = carry_out(longer, before);
  EXPECT_NE(why.find("hopeless"), std::string::npos) << why;
}

TEST_P(OnEngine, AWayBackStartsTheImageThatRan) {
  ASSERT_NO_FATAL_FAILURE(bring_up());
  const planner::Snapshot before = observe();
  const std::string ran = before.service("api")->instances.at(0).image_id;
  const std::string shown = podman() && ran.starts_with("sha256:") ? ran.substr(7) : ran;
  const std::string name = (podman() ? "localhost/" : "") + std::string("pawl-compose-test:");
  ASSERT_NE(ran, "");
  ASSERT_EQ(carry_out(planner::FetchVersion{{kApi}, "1.1.0"}, before), "");
  const Ran kept = run({engine(), "image", "inspect", "--format", "{{.Id}}",
                        "pawl-kept/" + fs::path(folder_).filename().string() + ":api"},
                       folder_, environment());
  EXPECT_EQ(kept.out, shown + "\n") << "what ran has a name of pawl's own";
  ASSERT_EQ(run({engine(), "tag", name + "1.1.0", name + "1.0.0"}, folder_, environment()).exit_code, 0);
  planner::FetchVersion back{{kApi}, "1.0.0"};
  back.ran = {{"api", ran}};
  ASSERT_EQ(carry_out(back, before), "");
  EXPECT_EQ(
      run({engine(), "image", "inspect", "--format", "{{.Id}}", name + "1.0.0"}, folder_, environment()).out,
      shown + "\n");
  run({engine(), "rmi", "pawl-kept/" + fs::path(folder_).filename().string() + ":api"}, folder_,
      environment());
}

std::string tool_name(const testing::TestParamInfo<Tool>& info) {
  return info.param.name;
}

void PrintTo(const Tool& tool, std::ostream* out) {
  *out << tool.name;
}

INSTANTIATE_TEST_SUITE_P(Compose, OnEngine,
                         testing::Values(Tool{"v1", {"docker-compose"}, "docker"},
                                         Tool{"v2", {"docker", "compose"}, "docker"}),
                         tool_name);
INSTANTIATE_TEST_SUITE_P(Podman, OnEngine, testing::Values(Tool{"podman", {"podman-compose"}, "podman"}),
                         tool_name);

}  // namespace
}  // namespace pawl::providers::compose::test
