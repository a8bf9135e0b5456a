#include "executor/system/process.h"

#include <fcntl.h>
#include <signal.h>

#include "executor/system/output.h"
#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;
using How = ProcessEnd::How;

ProcessEnd run(std::vector<std::string> argv, std::function<void(ProcessRequest&)> change = {},
               std::stop_token stop = {}) {
  ProcessRequest request;
  request.argv = std::move(argv);
  request.keep = 1 << 20;
  if (change) change(request);
  return run_process(request, stop);
}
ProcessEnd sh(const std::string& script, std::function<void(ProcessRequest&)> change = {},
              std::stop_token stop = {}) {
  return run({"/bin/sh", "-c", script}, std::move(change), std::move(stop));
}
bool alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

TEST(Process, KeepsStreamsApartAndArgumentsExact) {
  const ProcessEnd end =
      run({"/bin/sh", "-c", "printf '%s|' \"$@\"; echo oops >&2; exit 3", "sh", "a b", "$HOME", "*"});
  EXPECT_EQ(end.how, How::Exited);
  EXPECT_EQ(end.code, 3);
  EXPECT_EQ(end.out, "a b|$HOME|*|");
  EXPECT_EQ(end.err, "oops\n");
}

TEST(Process, TellsAnExitFromASignal) {
  EXPECT_EQ(sh("exit 11").how, How::Exited);
  const ProcessEnd end = sh("kill -SEGV $$");
  EXPECT_EQ(end.how, How::Signalled);
  EXPECT_EQ(end.code, SIGSEGV);
  EXPECT_EQ(describe(end, 0ms), "was killed by signal 11 (Segmentation fault)");
}

TEST(Process, SaysWhyItCouldNotStart) {
  EXPECT_EQ(run({"no-such-program-here"}).error, "the program `no-such-program-here` was not found in PATH");
  EXPECT_EQ(run({"/etc/passwd"}).error, "the program `/etc/passwd` cannot be started: Permission denied");
  EXPECT_EQ(run({"true"}, [](auto& it) { it.cwd = "/nowhere"; }).error,
            "the folder /nowhere to run `true` in does not exist");
  EXPECT_EQ(run({"true"}, [](auto& it) { it.stdin_file = "/nowhere"; }).error,
            "/nowhere cannot be read: No such file or directory");
  EXPECT_EQ(run({}).how, How::NotStarted);
}

TEST(Process, EnvironmentFolderAndInput) {
  TempFolder folder;
  write(folder.path("in"), "from a file\n");
  const ProcessEnd end = sh("pwd; echo $A; echo $HOME; cat", [&](auto& it) {
    it.cwd = folder.path();
    it.env = {{"A", "1"}, {"A", "2"}, {"HOME", "/h"}};
    it.stdin_file = folder.path("in");
  });
  EXPECT_EQ(end.out, folder.path() + "\n2\n/h\nfrom a file\n");
  EXPECT_EQ(sh("cat", [](auto& it) { it.stdin_text = std::string(200'000, 'x'); }).out.size(), 200'000u);
  EXPECT_EQ(sh("cat").out, "") << "without input stdin is empty, not pawl's own";
}

TEST(Process, NoDescriptorLeaksAndNoSignalIsBlocked) {
  const int leaked = ::open("/etc/passwd", O_RDONLY);  // no CLOEXEC
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  const ProcessEnd end = sh("ls /proc/self/fd | wc -l; grep SigBlk /proc/self/status");
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::close(leaked);
  EXPECT_EQ(lines_of(end.out), (std::vector<std::string>{"4", "SigBlk:\t0000000000000000"}))
      << "0, 1, 2 and the folder itself";
}

TEST(Process, TimeoutStopsTheWholeGroup) {
  TempFolder folder;
  const ProcessEnd end = sh("sleep 100 & echo $! > child; wait", [&](auto& it) {
    it.cwd = folder.path();
    it.timeout = 200ms;
  });
  EXPECT_EQ(end.how, How::TimedOut);
  EXPECT_EQ(describe(end, 200ms), "did not end within 200ms and was stopped");
  const pid_t child = std::stoi(read(folder.path("child")));
  EXPECT_TRUE(eventually([&] {
    return !alive(child) || read("/proc/" + std::to_string(child) + "/stat").find(") Z") != std::string::npos;
  }));
}

TEST(Process, SigkillFollowsWhenSigtermIsIgnored) {
  const auto began = std::chrono::steady_clock::now();
  const ProcessEnd end = sh("trap '' TERM; while :; do sleep 0.05; done", [](auto& it) {
    it.timeout = 100ms;
    it.grace = 200ms;
  });
  EXPECT_EQ(end.how, How::TimedOut);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 300ms);
}

TEST(Process, AStopEndsItAtOnce) {
  std::stop_source stop;
  std::string seen;
  const ProcessEnd end = sh(
      "echo ready; sleep 100",
      [&](auto& it) {
        it.on_output = [&](auto, std::string_view chunk) {
          seen += chunk;
          stop.request_stop();
        };
      },
      stop.get_token());
  EXPECT_EQ(end.how, How::Stopped);
  EXPECT_EQ(seen, "ready\n");
}

TEST(Process, AGrandchildThatKeepsThePipeDoesNotHoldUs) {
  TempFolder folder;
  const auto began = std::chrono::steady_clock::now();
  const ProcessEnd end =
      sh("sleep 60 & echo $! > child; echo done", [&](auto& it) { it.cwd = folder.path(); });
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_EQ(end.how, How::Exited);
  EXPECT_EQ(end.out, "done\n");
  const pid_t grandchild = std::stoi(read(folder.path("child")));
  EXPECT_TRUE(alive(grandchild)) << "what a program leaves behind on purpose stays";
  ::kill(grandchild, SIGKILL);
}

TEST(Process, OutputIsBoundedButAllOfItIsSeen) {
  std::size_t seen = 0;
  const ProcessEnd end = sh("head -c 3000000 /dev/zero", [&](auto& it) {
    it.keep = 1000;
    it.on_output = [&](auto, std::string_view chunk) { seen += chunk.size(); };
  });
  EXPECT_EQ(seen, 3'000'000u);
  EXPECT_EQ(end.out.size(), 1000u);
  EXPECT_TRUE(end.truncated);
}

TEST(Process, TwoHundredAtOnce) {
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 200; ++i) {
    threads.emplace_back([&good, i] {
      const ProcessEnd end = sh("echo " + std::to_string(i) + "; exit " + std::to_string(i % 7));
      if (end.how == How::Exited && end.code == i % 7 && end.out == std::to_string(i) + "\n") ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

TEST(Output, LinesAcrossChunksAreMaskedWhole) {
  std::vector<std::string> lines;
  LineReader reader(
      [](std::string line) {
        const auto at = line.find("secret");
        return at == std::string::npos ? line : line.replace(at, 6, "***");
      },
      [&](std::string line) { lines.push_back(std::move(line)); });
  for (const char* chunk : {"one\r\nthe sec", "ret is out\n", "last"}) reader.feed(chunk);
  reader.finish();
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "the *** is out", "last"}));
}

TEST(Output, OverlongLinesAndBytesThatAreNotText) {
  std::vector<std::string> lines;
  LineReader reader([](std::string line) { return line; },
                    [&](std::string line) { lines.push_back(std::move(line)); });
  reader.feed(std::string(1'000'000, 'x'));
  reader.feed("\n\xff\xfe ok \xc3\xa9 \xed\xa0\x80\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_LT(lines[0].size(), 5000u);
  EXPECT_EQ(lines[1], "?? ok \xc3\xa9 ???");
}

TEST(Output, TheTailKeepsTheLastLines) {
  Tail tail;
  for (int i = 0; i < 5000; ++i) tail.add("line " + std::to_string(i));
  EXPECT_LE(tail.text().size(), kTailBytes);
  EXPECT_TRUE(tail.text().ends_with("line 4999\n"));
  EXPECT_TRUE(tail.text().starts_with("line 4"));
}

}  // namespace
}  // namespace pawl::executor
