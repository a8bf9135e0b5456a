// pawl killed with kill -9 at every point of a run, and resumed: each side effect is there exactly once, or
// was safe twice. The killed pawl is this program again, started for one case; nothing in the executor knows
// about it.
#include <signal.h>

#include <algorithm>

#include "executor/system/process.h"
#include "executor/system/process_identity.h"
#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;
using End = RunResult::End;

planner::Operation once(const std::string& word, const std::string& extra = "") {
  planner::Operation it = operation(shell_command("echo " + word + " >> log" + extra));
  it.repeat = planner::Repeat::IfNotDone;
  planner::Expectation found;
  it.done_when = planner::Condition{planner::QueryCommand{process({"grep", "-qx", word, "log"}), 5s}, found,
                                    word + " is in the log"};
  return it;
}

/// Touches everything: a log that must hold each word once, an edited file, a service, a bundle.
planner::Plan busy_plan() {
  planner::MakeFolder folder{"backups/b-{run}.partial"};
  planner::Command dump = shell_command("cat .env");
  dump.stdout_file = "backups/b-{run}.partial/main.dump";
  planner::StartProcess service;
  service.process = process({"sleep", "1000"});
  service.pid_file = "run/api.pid";
  service.log_file = "run/api.log";
  service.fingerprint = "new";
  planner::Command captured = shell_command("date +%s%N");
  captured.capture = "moment";
  using planner::EditFile;
  return plan_of(
      {step("backup", {operation(folder), operation(dump),
                       operation(planner::Archive{{".env"}, "backups/b-{run}.partial/files.tar.zst"}),
                       operation(planner::SealBundle{"backups/b-{run}.partial", "backups/b-{run}", "{}"})}),
       step("pin", {operation(EditFile{".env", EditFile::EnvVariable{"V"}, "1.4.0", "1.5.0"})}, {0}),
       step("one", {once("one"), operation(captured)}, {1}), step("two", {once("two")}, {1}),
       step("api", {operation(service), once("three", "; sleep 0.05; echo three-end >> log")}, {2, 3}),
       step("end", {once("four")}, {4})});
}

/// Kills its own process when the record with that number has been shown.
class Killer : public RunObserver {
 public:
  explicit Killer(int at) : left_(at) {}
  void record(const Record&) override {
    if (left_-- == 0) ::kill(::getpid(), SIGKILL);
  }

 private:
  std::atomic<int> left_;
};

RunResult run_in(const std::string& root, const planner::Plan& plan, RunObserver& observer,
                 std::optional<RunId> resume) {
  const auto clock = make_clock();
  const auto secrets = make_secrets({});
  WorldSettings settings;
  settings.root = root;
  settings.clock = clock.get();
  settings.secrets = secrets.get();
  const auto world = make_world(std::move(settings));
  auto store = open_sqlite_store(root + "/.pawl/state.db");
  RunOptions options;
  options.resume = resume;
  Interrupt interrupt;
  return run(plan, planner::write_plan(plan), *world, **store, *clock, observer, interrupt, options);
}

planner::Plan plan_named(const std::string& name) {
  if (name == "busy") return busy_plan();
  // The command itself kills pawl, and goes on.
  return plan_of({step("a", {once("first", "; kill -9 $PPID; sleep 0.3; echo tail >> log")}),
                  step("b", {once("second")}, {0})});
}

/// What the killed process runs. Skipped unless the environment asks for it.
TEST(Crash, Child) {
  const char* root = std::getenv("PAWL_CRASH_ROOT");
  if (!root) GTEST_SKIP() << "only for the other tests of this file";
  Killer killer(std::atoi(std::getenv("PAWL_CRASH_AT")));
  run_in(root, plan_named(std::getenv("PAWL_CRASH_PLAN")), killer, std::nullopt);
}

ProcessEnd run_child(const std::string& root, const std::string& plan, int at) {
  // This process has its share of the tests; the child runs one, whoever's share that is in.
  ::unsetenv("GTEST_TOTAL_SHARDS");
  ::unsetenv("GTEST_SHARD_INDEX");
  ProcessRequest request;
  request.argv = {"/proc/self/exe", "--gtest_filter=Crash.Child"};
  request.argv[0] = fs::read_symlink("/proc/self/exe").string();
  request.env = {{"PAWL_CRASH_ROOT", root}, {"PAWL_CRASH_PLAN", plan}, {"PAWL_CRASH_AT", std::to_string(at)}};
  request.timeout = 60s;
  return run_process(request, {});
}

std::vector<std::string> log_of(const std::string& root) {
  auto lines = lines_of(read(root + "/log"));
  std::sort(lines.begin(), lines.end());
  return lines;
}

pid_t service_of(const std::string& root) {
  const std::string text = read(root + "/run/api.pid");
  return text.size() > 7 ? std::atoi(text.c_str() + 7) : 0;
}

TEST(Crash, KilledAfterEveryRecordAndResumed) {
  const planner::Plan plan = busy_plan();
  int killed = 0;
  for (int at = 0;; ++at) {
    TempFolder folder;
    write(folder.path(".env"), "# keep\nV=1.4.0\n");
    const ProcessEnd end = run_child(folder.path(), "busy", at);
    if (end.how != ProcessEnd::How::Signalled) {  // fewer records than that: the run came to its end
      const pid_t service = service_of(folder.path());
      ASSERT_GT(service, 1);
      ::kill(-service, SIGKILL);
      break;
    }
    ++killed;
    auto store = std::move(*open_sqlite_store(folder.path(".pawl/state.db")));
    const auto summary = *resumable(*store, "piprio");
    if (summary) {  // else it was killed after its last record
      Recorder observer;
      const RunResult result = run_in(folder.path(), plan, observer, summary->run);
      ASSERT_EQ(result.end, End::Succeeded) << at << ": " << result.reason;
      EXPECT_TRUE(result.taken_over) << at << ": the dead owner's lock";
    }
    EXPECT_EQ(log_of(folder.path()), (std::vector<std::string>{"four", "one", "three", "three-end", "two"}))
        << at;
    EXPECT_EQ(read(folder.path(".env")), "# keep\nV=1.5.0\n") << at;
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path("backups")), {}), 1)
        << at << ": one bundle, nothing half-written";
    const pid_t service = service_of(folder.path());
    ASSERT_GT(service, 1) << at;
    EXPECT_TRUE(process_stat(service) && process_stat(service)->live()) << at;
    ::kill(-service, SIGKILL);
  }
  EXPECT_GE(killed, 28) << "every record of the run was a place to die";
}

TEST(Crash, KilledInTheMiddleOfACommandThatGoesOn) {
  TempFolder folder;
  EXPECT_EQ(run_child(folder.path(), "self-killing", -1).how, ProcessEnd::How::Signalled);
  Recorder observer;
  const RunResult result = run_in(folder.path(), plan_named("self-killing"), observer, 1);
  EXPECT_EQ(result.end, End::Succeeded) << result.reason;
  EXPECT_EQ(lines_of(read(folder.path("log"))), (std::vector<std::string>{"first", "tail", "second"}))
      << "the resume waited for what the killed session had left running";
  EXPECT_TRUE(observer.all<OperationFinished>().at(0).skipped);
  ASSERT_FALSE(observer.progress_lines().empty());
  EXPECT_NE(observer.progress_lines()[0].second.find("of the interrupted session"), std::string::npos);
}

TEST(Crash, ALeftoverThatDoesNotEndIsAFailureAndNotASecondTry) {
  TempFolder folder;
  planner::Plan plan = plan_of({step("a", {once("first", "; kill -9 $PPID; sleep 1000")})});
  plan.steps[0].operations[0].timeout = 300ms;
  plan.id = planner::plan_id(plan);
  // The plan of the killed session differs only in what it waits for; the mark names the operation, not its
  // text.
  {
    auto store = std::move(*open_sqlite_store(folder.path(".pawl/state.db")));
    store->begin(plan.id, planner::write_plan(plan), {plan.id, "", "", "", "", 1, false}, 1000);
    std::vector<Record> records{{1, 0, 1, StepStarted{0}}, {1, 0, 1, OperationStarted{0, 0}}};
    store->append(records);
  }
  ProcessRequest orphan;
  orphan.argv = {"/bin/sh", "-c", "sleep 1000 & echo $!"};
  orphan.env = {{"PAWL_OPERATION", "1.0.0:" + folder.path()}};
  orphan.keep = 100;
  const pid_t pid = std::stoi(run_process(orphan, {}).out);
  Recorder observer;
  const RunResult result = run_in(folder.path(), plan, observer, 1);
  ::kill(pid, SIGKILL);
  EXPECT_EQ(result.end, End::Failed);
  EXPECT_NE(result.reason.find("process " + std::to_string(pid) + " of the interrupted session still runs"),
            std::string::npos)
      << result.reason;
  EXPECT_FALSE(fs::exists(folder.path("log")));
}

}  // namespace
}  // namespace pawl::executor
