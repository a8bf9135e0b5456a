// Services as processes, probes, waits and people, for real.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <regex>

#include "executor/system/process_identity.h"
#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;

class LocalProcess : public RealWorldTest {
 protected:
  ~LocalProcess() override {
    for (const pid_t pid : started_) ::kill(-pid, SIGKILL);
  }
  planner::StartProcess service(const std::string& script, const std::string& fingerprint = "f1") {
    planner::StartProcess it;
    it.process = shell(script);
    it.pid_file = "run/api.pid";
    it.log_file = "run/api.log";
    it.fingerprint = fingerprint;
    return it;
  }
  Outcome start(const planner::StartProcess& it) {
    Outcome outcome = perform(it);
    if (const pid_t now = pid(); now > 1) started_.push_back(now);
    return outcome;
  }
  std::string inspect() { return ask(planner::InspectProcess{"run/api.pid"}).output; }
  std::string state() {
    std::smatch found;
    const std::string text = inspect();
    return std::regex_search(text, found, std::regex(R"re("state":"(\w+)")re")) ? found[1].str() : text;
  }
  pid_t pid() {
    std::smatch found;
    const std::string text = inspect();
    return std::regex_search(text, found, std::regex(R"re("pid":(\d+))re")) ? std::stoi(found[1].str()) : 0;
  }
  bool logged(const std::string& text) {
    return eventually([&] { return read(folder.path("run/api.log")).find(text) != std::string::npos; });
  }
  Outcome stop(planner::Duration grace = 5s) { return perform(planner::StopProcess{"run/api.pid", grace}); }

 private:
  std::vector<pid_t> started_;
};

TEST_F(LocalProcess, StartsDetachedWithItsIdentityOnDisk) {
  write(folder.path("app.env"), "FROM_FILE='a b'\nBOTH=file\n");
  planner::StartProcess it = service("echo \"up $FROM_FILE $BOTH\"; exec sleep 1000");
  it.env_file = "app.env";
  it.process.env = {{"BOTH", lang::Text("plan")}};
  const Outcome outcome = start(it);
  ASSERT_TRUE(outcome.ok) << outcome.error;
  EXPECT_TRUE(logged("up a b plan"));
  EXPECT_EQ(state(), "running");
  EXPECT_NE(inspect().find(R"("fingerprint":"f1")"), std::string::npos);
  planner::Await held;
  held.condition = {planner::InspectProcess{"run/api.pid"}, {}, "api has run for a while"};
  held.condition.expect.at_least = {{"age_ms", 300}};
  held.within = 0s;
  EXPECT_FALSE(perform(held).ok) << inspect();
  held.within = 5s;
  held.every = 20ms;
  EXPECT_TRUE(perform(held).ok) << inspect();
  EXPECT_EQ(::getsid(pid()), pid()) << "its own session";
  EXPECT_EQ(::waitpid(pid(), nullptr, WNOHANG), -1) << "not our child";
  EXPECT_TRUE(stop().ok);
  EXPECT_EQ(state(), "stopped");
  EXPECT_FALSE(fs::exists(folder.path("run/api.pid")));
}

TEST_F(LocalProcess, TheSameServiceAgainIsNothingAndAnotherIsAFailure) {
  ASSERT_TRUE(start(service("exec sleep 1000")).ok);
  const pid_t before = pid();
  const Outcome again = start(service("exec sleep 1000"));
  EXPECT_TRUE(again.ok);
  EXPECT_EQ(pid(), before);
  const Outcome other = start(service("exec sleep 1000", "f2"));
  EXPECT_FALSE(other.ok);
  EXPECT_NE(other.error.find("still runs, started in another way"), std::string::npos) << other.error;
  EXPECT_EQ(pid(), before);
}

TEST_F(LocalProcess, AProgramThatCannotRunLeavesNoPidFile) {
  planner::StartProcess it = service("true");
  it.process = process({"/etc/passwd"});
  EXPECT_EQ(start(it).error, "the program /etc/passwd cannot be started: Permission denied");
  EXPECT_FALSE(fs::exists(folder.path("run/api.pid")));
  it.process = process({"no-such-program-x"});
  EXPECT_EQ(start(it).error, "the program `no-such-program-x` was not found in PATH");
  it = service("true");
  it.process.cwd = "nowhere";
  EXPECT_NE(start(it).error.find("cannot enter the folder"), std::string::npos);
  it = service("true");
  it.env_file = "none.env";
  EXPECT_EQ(start(it).error, "the env file none.env does not exist");
}

TEST_F(LocalProcess, TheWholeGroupStopsAndSigkillComesAfterTheGrace) {
  ASSERT_TRUE(start(service("trap '' TERM; sleep 1000 & echo child $!; while :; do sleep 0.05; done")).ok);
  ASSERT_TRUE(logged("child"));
  const pid_t leader = pid();
  const Outcome outcome = stop(200ms);
  EXPECT_TRUE(outcome.ok) << outcome.error;
  EXPECT_NE(outcome.output.find("killed after"), std::string::npos) << outcome.output;
  EXPECT_FALSE(group_is_alive(leader));
}

TEST_F(LocalProcess, AStopWaitsForAGracefulEnd) {
  ASSERT_TRUE(start(service("trap 'echo draining; sleep 0.3; echo drained; exit 0' TERM; echo up; while :; "
                            "do sleep 0.05; done"))
                  .ok);
  ASSERT_TRUE(logged("up"));
  EXPECT_TRUE(stop().ok);
  EXPECT_NE(read(folder.path("run/api.log")).find("drained"), std::string::npos);
  EXPECT_TRUE(stop().ok) << "what is gone is stopped";
}

TEST_F(LocalProcess, ADeadProcessIsStoppedAndCanStartAgain) {
  ASSERT_TRUE(start(service("exec sleep 1000")).ok);
  const pid_t before = pid();
  ::kill(before, SIGKILL);
  EXPECT_TRUE(eventually([&] { return state() == "stopped"; }));
  EXPECT_TRUE(start(service("exec sleep 1000", "f2")).ok);
  EXPECT_NE(pid(), before);
}

TEST_F(LocalProcess, AForeignPidIsLeftAlone) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("sleep", "sleep", "1000", nullptr);
    ::_exit(1);
  }
  write(folder.path("run/api.pid"),
        "{\"pid\":" + std::to_string(child) + ",\"started\":1,\"fingerprint\":\"f1\"}\n");
  EXPECT_EQ(state(), "foreign");
  EXPECT_FALSE(perform(planner::SignalProcess{"run/api.pid", SIGTERM}).ok);
  EXPECT_TRUE(stop().ok);
  EXPECT_EQ(::kill(child, 0), 0) << "it still runs";
  ::kill(child, SIGKILL);
  // Until we collect it the child is a zombie, and a zombie is gone.
  const auto stat = [&] { return process_stat(child); };
  ASSERT_TRUE(eventually([&] { return stat() && !stat()->live(); }));
  write(folder.path("run/api.pid"),
        "{\"pid\":" + std::to_string(child) + ",\"started\":" + std::to_string(stat()->started) + "}");
  EXPECT_EQ(state(), "stopped");
  ::waitpid(child, nullptr, 0);
}

TEST_F(LocalProcess, APidFileOfAnotherBootOrOfNobody) {
  write(folder.path("run/api.pid"), "{\"pid\":" + std::to_string(::getpid()) +
                                        ",\"started\":" + std::to_string(process_stat(::getpid())->started) +
                                        ",\"boot\":\"another\"}");
  EXPECT_EQ(state(), "stopped");
  write(folder.path("run/api.pid"), "4711\n");
  EXPECT_NE(ask(planner::InspectProcess{"run/api.pid"}).error.find("is not a pid file of pawl"),
            std::string::npos);
  write(folder.path("run/api.pid"), "{\"pid\":1,\"started\":0}");
  EXPECT_FALSE(stop().ok) << "never pid 1, whoever wrote that";
}

TEST_F(LocalProcess, SignalsReachIt) {
  ASSERT_TRUE(start(service("trap 'echo reloaded' HUP; echo up; while :; do sleep 0.05; done")).ok);
  ASSERT_TRUE(logged("up"));
  EXPECT_TRUE(perform(planner::SignalProcess{"run/api.pid", SIGHUP}).ok);
  EXPECT_TRUE(logged("reloaded"));
  EXPECT_TRUE(stop().ok);
  EXPECT_NE(perform(planner::SignalProcess{"run/api.pid", SIGHUP}).error.find("is not running"),
            std::string::npos);
}

TEST_F(LocalProcess, AStartThatIsUnderWayIsWaitedFor) {
  fs::create_directories(folder.path("run"));
  const int other = ::open(folder.path("run/api.pid.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  std::thread later([&] {
    std::this_thread::sleep_for(100ms);
    ::close(other);
  });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(start(service("exec sleep 1000")).ok);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 90ms);
  later.join();
}

TEST_F(LocalProcess, TheServiceDoesNotKeepTheLock) {
  ASSERT_TRUE(start(service("ls -l /proc/self/fd; exec sleep 1000")).ok);
  ASSERT_TRUE(logged("total"));
  EXPECT_EQ(read(folder.path("run/api.log")).find(".lock"), std::string::npos);
}

class Probes : public RealWorldTest {
 protected:
  planner::HttpProbe probe(const HttpServer& server, const std::string& path = "/health") {
    planner::HttpProbe it;
    it.url = lang::Text(server.url(path));
    return it;
  }
};

TEST_F(Probes, StatusJsonAndHeaders) {
  HttpServer server([](const std::string& request) -> HttpServer::Reply {
    if (request.starts_with("GET /moved")) return {301, "", {}};
    if (request.starts_with("GET /bad")) return {503, "starting", {}};
    return {200, R"({"status":"ok","components":{"db":"ok"}})", {}};
  });
  planner::HttpProbe it = probe(server);
  it.json = {{"status", lang::Text("ok")}, {"components.*", lang::Text("ok")}};
  lang::Text token("Bearer ");
  token.pieces.emplace_back(lang::Secret{"var:password"});
  it.header = {{"Authorization", token}};
  EXPECT_TRUE(ask(it).ok) << ask(it).error;
  EXPECT_NE(server.requests()[0].find("Authorization: Bearer hunter2-secret\r\n"), std::string::npos);
  it.json = {{"status", lang::Text("fine")}};
  EXPECT_EQ(ask(it).error, "200 from " + server.url() + ", but status is ok, not fine");
  EXPECT_EQ(ask(probe(server, "/bad")).error, "503 from " + server.url("/bad"));
  EXPECT_EQ(ask(probe(server, "/moved")).error, "301 from " + server.url("/moved"))
      << "redirects are not followed";
}

TEST_F(Probes, NobodyThereTooSlowAndWrongAddresses) {
  HttpServer server([](const std::string&) -> HttpServer::Reply { return {200, "", 500ms}; });
  planner::HttpProbe it = probe(server);
  it.timeout = 100ms;
  EXPECT_NE(ask(it).error.find("no answer from " + server.url()), std::string::npos) << ask(it).error;
  it.url = lang::Text("http://127.0.0.1:1/");
  EXPECT_FALSE(ask(it).ok);
  it.url = lang::Text("file:///etc/passwd");
  EXPECT_FALSE(ask(it).ok) << "only http and https";
  EXPECT_TRUE(ask(planner::TcpProbe{lang::Text("127.0.0.1:" + std::to_string(server.port()))}).ok);
  EXPECT_NE(ask(planner::TcpProbe{lang::Text("127.0.0.1:1")}).error.find("Connection refused"),
            std::string::npos);
  EXPECT_EQ(ask(planner::TcpProbe{lang::Text("localhost")}).error, "`localhost` is not host:port");
}

class Waiting : public RealWorldTest {
 protected:
  static planner::Await until(const std::string& file) {
    planner::Await it;
    it.condition = {planner::QueryCommand{process({"test", "-e", file}), 5s}, {}, file + " exists"};
    it.within = 5s;
    it.every = 10ms;
    return it;
  }
};

TEST_F(Waiting, ConditionsComeTrueOrDoNot) {
  planner::Await up = until("up");
  up.condition.question = planner::QueryCommand{shell("test -e up || { touch asked; exit 1; }"), 5s};
  std::thread later([&] {
    EXPECT_TRUE(eventually([&] { return fs::exists(folder.path("asked")); }));
    write(folder.path("up"), "");
  });
  EXPECT_TRUE(perform(up).ok);
  later.join();
  EXPECT_FALSE(progress.empty()) << "the first question was answered with no";
  planner::Await never = until("never");
  never.within = 100ms;
  const Outcome outcome = perform(never);
  EXPECT_TRUE(outcome.error.ends_with(
      " milliseconds passed, and it is still not so that never exists: `test` exited with 1"))
      << outcome.error;
}

TEST_F(Waiting, AConditionMustStayTrue) {
  planner::Await it = until("flaps");
  it.condition.question =
      planner::QueryCommand{shell("n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) > n; test $n -ne 2"), 5s};
  it.stay = 300ms;
  it.every = 20ms;
  EXPECT_TRUE(perform(it).ok);
  EXPECT_GE(std::stoi(read(folder.path("n"))), 5) << "two good answers, a bad one, then good ones for 300 ms";
}

TEST_F(Waiting, WhatHoldsByTurnsNeverStays) {
  planner::Await it = until("flaps");
  it.condition.question = planner::QueryCommand{
      shell("n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) > n; test $((n % 2)) -eq 0"), 5s};
  it.stay = 200ms;
  it.every = 20ms;
  it.within = 600ms;
  const Outcome outcome = perform(it);
  EXPECT_FALSE(outcome.ok);
  EXPECT_NE(outcome.error.find("it is still not so that flaps exists: it was so "), std::string::npos)
      << outcome.error;
  EXPECT_NE(
      outcome.error.find(" times, but never for 200 milliseconds; what ended it last: `sh` exited with 1"),
      std::string::npos)
      << outcome.error;
}

TEST_F(Waiting, OneAnswerThatTookLongIsNotAConditionThatStayed) {
  planner::Await it = until("now");
  it.condition.question = planner::QueryCommand{shell("echo asked >> asked; sleep 0.2"), 5s};
  it.stay = 100ms;
  it.every = 10ms;
  EXPECT_TRUE(perform(it).ok);
  EXPECT_NE(read(folder.path("asked")), "asked\n") << "asked, and again 100 ms later";
}

TEST_F(Waiting, WhoAnswersSlowlyIsAskedLessOften) {
  planner::Await it = until("never");
  it.condition.question = planner::QueryCommand{shell("echo asked >> asked; sleep 0.1; false"), 5s};
  it.within = 600ms;
  it.every = 100ms;
  EXPECT_FALSE(perform(it).ok);
  const std::string asked = read(folder.path("asked"));
  EXPECT_LE(std::count(asked.begin(), asked.end(), '\n'), 4) << "without a rest it would be six times";
}

TEST_F(Waiting, HopelessEndsAtOnce) {
  planner::Await it = until("never");
  write(folder.path("exited"), "");
  it.within = 60s;
  it.hopeless = planner::Condition{
      planner::QueryCommand{process({"test", "-e", "exited"}), 5s}, {}, "the container has exited"};
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(perform(it).error, "the container has exited");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST_F(Waiting, AProgramIsAskedUntilItSaysWhatIsExpected) {
  planner::Await it = until("never");
  it.condition.question = planner::QueryCommand{
      shell("n=$(cat n 2>/dev/null || echo 3); test $n -eq 0 || echo $((n-1)) > n; echo $n running; "
            "test $n -ne 2 || exit 77"),
      5s};
  it.condition.expect.contains = lang::Text("0 running");
  it.condition.expect.failed_codes = {3};
  EXPECT_TRUE(perform(it).ok);
  EXPECT_EQ(read(folder.path("n")), "0\n");
  EXPECT_FALSE(progress.empty()) << "three answers were others, one of them with exit code 77";
}

TEST_F(Waiting, AFailedExitCodeEndsAtOnce) {
  planner::Await it = until("never");
  it.condition.question =
      planner::QueryCommand{shell("echo asked >> asked; echo 2 jobs are lost >&2; exit 3"), 5s};
  it.condition.expect.failed_codes = {3, 4};
  it.condition.means = "jobs settled succeeds";
  it.within = 60s;
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(perform(it).error,
            "it is not so that jobs settled succeeds, and asking again is of no use: 2 jobs are lost (`sh` "
            "exited with 3)");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  EXPECT_EQ(read(folder.path("asked")), "asked\n") << "nobody asks twice";
}

TEST_F(Waiting, ProgressExtendsTheTimeAndItsEndDoesNot) {
  planner::Await it = until("done");
  it.within = 50ms;
  it.every = 20ms;
  it.progress_deadline = 500ms;
  it.progress = planner::QueryCommand{
      shell("n=$(cat n 2>/dev/null || echo 0); test $n -lt 8 && n=$((n+1)); echo $n > n; "
            "test $n -lt 8 || touch \"${FINISH:-x}\"; echo $n"),
      5s};
  std::get<planner::QueryCommand>(it.progress->query).process.env = {{"FINISH", lang::Text("done")}};
  EXPECT_TRUE(perform(it).ok) << "a migration that still makes progress is not given up";
  fs::remove(folder.path("done"));
  std::get<planner::QueryCommand>(it.progress->query).process.env = {};
  it.progress_deadline = 100ms;
  EXPECT_NE(perform(it).error.find("passed without progress, and it is still not so that"),
            std::string::npos);
}

TEST_F(Waiting, AStopEndsEveryWait) {
  std::stop_source stop;
  stop.request_stop();
  planner::Await await = until("never");
  EXPECT_TRUE(perform(await, 60s, stop.get_token()).interrupted);
  EXPECT_TRUE(perform(planner::Wait{60s, "pause"}, 120s, stop.get_token()).interrupted);
  planner::LogWatch watch;
  watch.source = std::string("log");
  watch.until = "x";
  EXPECT_TRUE(perform(watch, 60s, stop.get_token()).interrupted);
}

TEST_F(Waiting, LogsOfFilesAndPrograms) {
  planner::LogWatch it{std::string("app.log"), "ready on \\d+", "FATAL", 5s};
  std::thread writer([&] {
    write(folder.path("app.log"), "starting\nrea");
    std::this_thread::sleep_for(150ms);
    write(folder.path("app.log"), "starting\nready on 80\n");
  });
  EXPECT_TRUE(perform(it).ok);
  writer.join();
  write(folder.path("app.log"), "a\nFATAL: no disk\n");
  EXPECT_EQ(perform(it).error, "the log says `FATAL: no disk`");
  it.within = 100ms;
  write(folder.path("app.log"), "a\n");
  EXPECT_NE(perform(it).error.find("did not say `ready on \\d+` within"), std::string::npos);
  it.within = 5s;
  it.source = shell("echo a; echo ready on 9; exec sleep 60");
  EXPECT_TRUE(perform(it).ok);
  it.source = shell("echo a; exit 3");
  EXPECT_NE(perform(it).error.find("exited with 3"), std::string::npos);
}

class People : public RealWorldTest {};

TEST_F(People, AreAskedAndMustAnswer) {
  std::optional<std::string> typed;
  world = make([&](const planner::Ask&) { return typed; });
  planner::Ask ask{"Did you tell everybody?", {}, "told"};
  EXPECT_EQ(perform(ask).error, "nobody answered: Did you tell everybody? (give it with --yes told)");
  typed = "yes";
  EXPECT_TRUE(perform(ask).ok);
  typed = "no";
  EXPECT_FALSE(perform(ask).ok);
  ask.phrase = lang::Text("piprio.example");
  typed = "piprio.exampl";
  EXPECT_FALSE(perform(ask).ok);
  typed = "piprio.example";
  EXPECT_TRUE(perform(ask).ok);
}

TEST_F(People, ASilentPersonDoesNotHoldAStop) {
  const auto release = std::make_shared<std::atomic<bool>>(false);
  const auto over = std::make_shared<std::atomic<bool>>(false);
  world = make([=](const planner::Ask&) -> std::optional<std::string> {
    while (!*release) std::this_thread::sleep_for(1ms);
    *over = true;
    return std::nullopt;
  });
  std::stop_source stop;
  std::thread later([&] { stop.request_stop(); });
  EXPECT_TRUE(perform(planner::Ask{"?", {}, "x"}, 60s, stop.get_token()).interrupted);
  later.join();
  *release = true;
  EXPECT_TRUE(eventually([&] { return over->load(); }));
}

TEST_F(People, AreToldThroughLogWebhookAndCommand) {
  HttpServer server([](const std::string&) -> HttpServer::Reply { return {204, "", {}}; });
  planner::Notify it;
  it.name = "ops";
  it.message = "piprio \"1.5.0\" finished";
  it.log = true;
  it.webhook = lang::Text(server.url("/hook"));
  it.command = words({"/bin/sh", "-c", "cat > told; echo \"$0|$PAWL_NOTIFY\" >> told"});
  const Outcome outcome = perform(it);
  EXPECT_TRUE(outcome.ok);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(read(folder.path("told")), it.message + "\n" + it.message + "|ops\n");
  EXPECT_TRUE(read(folder.path(".pawl/notify.log")).ends_with("Z ops: " + it.message + "\n"));
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(server.requests()[0].starts_with("POST /hook"));
  EXPECT_NE(server.requests()[0].find(R"("text":"piprio \"1.5.0\" finished")"), std::string::npos);
}

TEST_F(People, WhoCannotBeToldFailsNothing) {
  HttpServer server([](const std::string&) -> HttpServer::Reply { return {500, "", {}}; });
  planner::Notify it;
  it.name = "ops";
  it.webhook = lang::Text(server.url("/hunter2-secret"));
  it.command = words({"no-such-program-y"});
  const Outcome outcome = perform(it);
  EXPECT_TRUE(outcome.ok);
  EXPECT_NE(outcome.error.find("it answered 500; the program `no-such-program-y` was not found in PATH"),
            std::string::npos)
      << outcome.error;
}

}  // namespace
}  // namespace pawl::executor
