// Every instruction that changes files, killed at each system call with which it changes one, then carried
// out again as a resume does: the end is that of an undisturbed one, and on the way nobody saw half of
// anything. The kill is exact: the first attempt is traced, and dies before the call happens.
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <functional>

#include "executor/system/process_identity.h"
#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;
using planner::EditFile;

/// A file on a disk; not a pipe, a terminal or the like, into which a sanitizer may write at any time.
bool is_file(pid_t process, std::uint64_t descriptor) {
  std::error_code gone;
  const std::string path =
      fs::read_symlink("/proc/" + std::to_string(process) + "/fd/" + std::to_string(descriptor), gone)
          .string();
  return !gone && path.starts_with('/') && !path.starts_with("/dev/");
}

/// Calls that change what a folder or a file holds. Syncs are left out: a kill before one is a kill after the
/// write in front of it.
bool changes_files(pid_t process, const __ptrace_syscall_info& call) {
  switch (call.entry.nr) {
#ifdef SYS_open
    case SYS_open:
      return (call.entry.args[1] & (O_CREAT | O_TRUNC)) != 0;
    case SYS_creat:
    case SYS_rename:
    case SYS_unlink:
    case SYS_rmdir:
    case SYS_mkdir:
    case SYS_symlink:
    case SYS_link:
    case SYS_chmod:
    case SYS_chown:
    case SYS_lchown:
#endif
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_unlinkat:
    case SYS_mkdirat:
    case SYS_symlinkat:
    case SYS_linkat:
    case SYS_fchmod:
    case SYS_fchmodat:
    case SYS_fchown:
    case SYS_fchownat:
    case SYS_ftruncate:
    case SYS_truncate:
    case SYS_copy_file_range:
      return true;
    case SYS_write:
    case SYS_pwrite64:
    case SYS_writev:
      return is_file(process, call.entry.args[0]);
    case SYS_openat:
      return (call.entry.args[2] & (O_CREAT | O_TRUNC)) != 0;
    default:
      return false;
  }
}

enum class Attempt { Killed, Done, Failed };

/// Carries out `act` in a process that is killed before the `at`-th call that changes a file, from 0.
Attempt attempt(const std::function<bool()>& act, int at) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    ::_exit(act() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  int signal = 0;
  while (true) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, signal);
    if (::waitpid(child, &status, 0) != child) return Attempt::Failed;
    if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? Attempt::Done : Attempt::Failed;
    if (WIFSIGNALED(status)) return Attempt::Failed;
    signal = WSTOPSIG(status);
    if (signal != (SIGTRAP | 0x80)) continue;
    signal = 0;
    __ptrace_syscall_info call{};
    ::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof call, &call);
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY || !changes_files(child, call) || at-- > 0) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return Attempt::Killed;
  }
}

/// Every path below `root` with its kind, mode and content.
std::string tree(const fs::path& root) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    std::string line = entry.path().lexically_relative(root).string();
    struct stat info {};
    ::lstat(entry.path().c_str(), &info);
    line += " " + std::to_string(info.st_mode & 07777);
    if (entry.is_symlink())
      line += " -> " + fs::read_symlink(entry.path()).string();
    else if (entry.is_regular_file())
      line += " = " + read(entry.path().string());
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

/// Stands, so that two attempts say the same time.
class StandingClock final : public Clock {
 public:
  Timestamp now() override { return 1'795'000'000'000; }
  std::chrono::steady_clock::time_point steady() override { return std::chrono::steady_clock::now(); }
  bool sleep(std::chrono::milliseconds, std::stop_token) override { return true; }
};

bool carry_out(const std::string& root, const planner::Instruction& instruction,
               std::string* error = nullptr) {
  StandingClock clock;
  const auto secrets = make_secrets({});
  WorldSettings settings;
  settings.root = root;
  settings.clock = &clock;
  settings.secrets = secrets.get();
  const auto world = make_world(std::move(settings));
  planner::Operation operation;
  operation.instruction = instruction;
  operation.timeout = 60s;
  const Bindings bindings = [](const std::string&) { return "20261121-143005"; };
  const Outcome outcome = world->perform(operation, bindings, [](std::string_view) {}, {});
  if (error) *error = outcome.error;
  return outcome.ok;
}

/// What stands before the instruction, and what must hold at every moment.
struct Setting {
  std::function<void(const TempFolder&)> prepare;
  std::function<void(const TempFolder&)> always = [](const TempFolder&) {};
};

/// Kills at one call after the other until there are no more; each time the repetition ends like an
/// undisturbed one. Returns how many there were.
int kill_at_each_call(const Setting& setting, const planner::Instruction& instruction,
                      const std::function<std::string(const TempFolder&)>& end) {
  std::string undisturbed;
  {
    TempFolder folder;
    setting.prepare(folder);
    std::string error;
    EXPECT_TRUE(carry_out(folder.path(), instruction, &error)) << error;
    undisturbed = end(folder);
  }
  for (int at = 0;; ++at) {
    TempFolder folder;
    setting.prepare(folder);
    const Attempt first = attempt([&] { return carry_out(folder.path(), instruction); }, at);
    EXPECT_NE(first, Attempt::Failed) << at;
    if (first != Attempt::Killed) {
      EXPECT_EQ(end(folder), undisturbed) << "not killed at all";
      return at;
    }
    SCOPED_TRACE("killed before call " + std::to_string(at) + ", which left\n" + tree(folder.path()));
    setting.always(folder);
    std::string error;
    EXPECT_TRUE(carry_out(folder.path(), instruction, &error)) << error;
    EXPECT_EQ(end(folder), undisturbed);
    if (::testing::Test::HasFailure()) return at;
  }
}

std::string whole_tree(const TempFolder& folder) {
  return tree(folder.path());
}

TEST(KilledCall, ALineOfAnEnvFile) {
  const std::string before = "# keep\nV=1.4.0\n", after = "# keep\nV=1.5.0\n";
  const Setting setting{[&](const TempFolder& folder) { write(folder.path(".env"), before); },
                        [&](const TempFolder& folder) {
                          const std::string now = read(folder.path(".env"));
                          EXPECT_TRUE(now == before || now == after) << now;
                        }};
  const EditFile edit{".env", EditFile::EnvVariable{"V"}, "1.4.0", "1.5.0"};
  EXPECT_GE(kill_at_each_call(setting, edit, whole_tree), 8);
}

TEST(KilledCall, AScalarOfAYamlFile) {
  const Setting setting{[](const TempFolder& folder) {
    write(folder.path("c.yml"), "services:\n  api:\n    image: \"api:1.4.0\"  # pinned\n");
  }};
  const EditFile edit{"c.yml", EditFile::YamlScalar{{"services", "api", "image"}}, "api:1.4.0", "api:1.5.0"};
  EXPECT_GE(kill_at_each_call(setting, edit, whole_tree), 8);
}

TEST(KilledCall, ALink) {
  const Setting setting{
      [](const TempFolder& folder) { fs::create_symlink("releases/1.4.0", folder.path("current")); },
      [](const TempFolder& folder) {
        const std::string now = fs::read_symlink(folder.path("current")).string();
        EXPECT_TRUE(now == "releases/1.4.0" || now == "releases/1.5.0") << now;
      }};
  const EditFile edit{"current", EditFile::SymbolicLink{}, "releases/1.4.0", "releases/1.5.0"};
  EXPECT_GE(kill_at_each_call(setting, edit, whole_tree), 6);
}

TEST(KilledCall, WhatAProgramPrints) {
  const Setting setting{[](const TempFolder& folder) { write(folder.path("dump"), "an older one"); },
                        [](const TempFolder& folder) {
                          const std::string now = read(folder.path("dump"));
                          EXPECT_TRUE(now == "an older one" || now == "whole\n") << now;
                        }};
  planner::Command print = shell_command("echo whole; echo said >&2");
  print.stdout_file = "dump";
  print.stderr_file = "said";
  EXPECT_GE(kill_at_each_call(setting, print, whole_tree), 4);
}

TEST(KilledCall, WhatAProgramPrintsLast) {
  const Setting setting{[](const TempFolder& folder) { write(folder.path("last"), "an older one"); },
                        [](const TempFolder& folder) {
                          const std::string now = read(folder.path("last"));
                          EXPECT_TRUE(now == "an older one" || now == "whole") << now;
                        }};
  planner::Command print = shell_command("echo first; echo whole");
  print.last_line_file = "last";
  EXPECT_GE(kill_at_each_call(setting, print, whole_tree), 4);
}

TEST(KilledCall, AFolder) {
  const Setting setting{[](const TempFolder&) {}};
  EXPECT_EQ(kill_at_each_call(setting, planner::MakeFolder{"backups/b-{run}.partial/deep"}, whole_tree), 3);
}

void make_objects(const TempFolder& folder) {
  write(folder.path("objects/a"), std::string(200'000, 'a'));
  write(folder.path("objects/deep/b"), "b");
  fs::create_symlink("a", folder.path("objects/link"));
}

TEST(KilledCall, AnArchive) {
  // Never less than whole under its own name: what is there unpacks to what was put in.
  const auto unpacked = [](const TempFolder& folder) {
    EXPECT_TRUE(carry_out(folder.path(), planner::Unarchive{"objects.tar.zst", "unpacked"}));
    const std::string out = tree(folder.path("unpacked"));
    fs::remove_all(folder.path("unpacked"));
    return out + (fs::exists(folder.path("objects.tar.zst.pawl-new")) ? "half" : "");
  };
  const Setting setting{make_objects, [&](const TempFolder& folder) {
                          if (fs::exists(folder.path("objects.tar.zst"))) unpacked(folder);
                        }};
  EXPECT_GE(kill_at_each_call(setting, planner::Archive{{"objects"}, "objects.tar.zst"}, unpacked), 4);
}

TEST(KilledCall, AnUnpackedArchive) {
  const Setting setting{[](const TempFolder& folder) {
    make_objects(folder);
    EXPECT_TRUE(carry_out(folder.path(), planner::Archive{{"objects"}, "objects.tar.zst"}));
    fs::remove_all(folder.path("objects"));
  }};
  const auto out = [](const TempFolder& folder) { return tree(folder.path("holding/new")); };
  EXPECT_GE(kill_at_each_call(setting, planner::Unarchive{"objects.tar.zst", "holding/new", "objects"}, out),
            8);
}

TEST(KilledCall, TheSealOfABundle) {
  // Under its own name it is whole, and nothing of a killed attempt counts among its contents.
  const auto sealed = [](const TempFolder& folder) {
    WorldSettings settings;
    settings.root = folder.path();
    const auto world = make_world(std::move(settings));
    const planner::Answer look =
        world->ask(planner::InspectBundle{"backups/b", "piprio", {"main.dump"}, true}, {});
    EXPECT_TRUE(look.ok) << look.error;
    return tree(folder.path("backups"));
  };
  const Setting setting{[](const TempFolder& folder) {
                          write(folder.path("backups/b.partial/main.dump"), "dump");
                          write(folder.path("backups/b.partial/main.ledger"), "");
                        },
                        [&](const TempFolder& folder) {
                          if (fs::exists(folder.path("backups/b"))) sealed(folder);
                        }};
  const planner::SealBundle seal{
      "backups/b.partial", "backups/b", R"({"stack":"piprio","version":"1.4.0"})", {"main.ledger"}};
  EXPECT_GE(kill_at_each_call(setting, seal, sealed), 4);
}

TEST(KilledCall, BundlesThatGo) {
  const Setting setting{
      [](const TempFolder& folder) {
        for (const char* day : {"1", "2", "3"}) {
          const std::string bundle = folder.path("backups/b") + day;
          write(bundle + "/bundle.json", R"({"taken_at":"2026-11-0)" + std::string(day) + R"(T00:00:00Z"})");
          write(bundle + "/main.dump", "dump");
        }
      },
      [](const TempFolder& folder) {
        for (const char* name : {"b1", "b2", "b3"}) {
          const std::string bundle = folder.path("backups/") + name;
          const bool whole = fs::exists(bundle + "/bundle.json") && fs::exists(bundle + "/main.dump");
          EXPECT_TRUE(whole || !fs::exists(bundle)) << bundle << " goes in one step";
        }
        EXPECT_TRUE(fs::exists(folder.path("backups/b3")));
      }};
  EXPECT_GE(kill_at_each_call(setting, planner::PruneBundles{"backups", 1, "", {}}, whole_tree), 6);
}

/// Of a restored path: what stands there, what it was, and that the exchange is over.
std::string exchanged(const TempFolder& folder) {
  return tree(folder.path("data")) + tree(folder.path("holding/old").c_str()) +
         (fs::exists(folder.path("holding/done")) ? "done" : "");
}

TEST(KilledCall, TwoFoldersThatChangePlaces) {
  const Setting setting{[](const TempFolder& folder) {
                          write(folder.path("data/objects/x"), "old");
                          write(folder.path("holding/new/x"), "new");
                        },
                        [](const TempFolder& folder) {
                          const std::string now = read(folder.path("data/objects/x"));
                          EXPECT_TRUE(now == "old" || now == "new") << "there is always one: " << now;
                        }};
  EXPECT_GE(kill_at_each_call(setting, planner::ExchangePaths{"data/objects", "holding"}, exchanged), 6);
}

TEST(KilledCall, AFileThatTakesAnEmptyPlace) {
  const Setting setting{[](const TempFolder& folder) {
    fs::create_directories(folder.path("data"));
    write(folder.path("holding/new"), "new");
  }};
  const auto end = [](const TempFolder& folder) { return tree(folder.path("data")); };
  EXPECT_GE(kill_at_each_call(setting, planner::ExchangePaths{"data/app.db", "holding"}, end), 5);
}

TEST(KilledCall, AProcessThatStarts) {
  planner::StartProcess start;
  start.process = shell("echo $$ >> starts; exec sleep 1000");
  start.pid_file = "run/api.pid";
  start.log_file = "run/api.log";
  start.fingerprint = "new";
  const auto running = [](const TempFolder& folder) {
    std::vector<pid_t> live;
    for (const std::string& line : lines_of(read(folder.path("starts")))) {
      const auto stat = process_stat(std::stoi(line));
      if (stat && stat->live()) live.push_back(std::stoi(line));
    }
    return live;
  };
  const auto end = [&](const TempFolder& folder) {
    EXPECT_TRUE(eventually([&] { return !running(folder).empty(); }));
    const std::vector<pid_t> live = running(folder);
    for (const pid_t each : live) {
      EXPECT_NE(read(folder.path("run/api.pid")).find(std::to_string(each)), std::string::npos);
      ::kill(-each, SIGKILL);
    }
    return std::to_string(live.size()) + " running";
  };
  EXPECT_GE(kill_at_each_call({[](const TempFolder&) {}}, start, end), 2);
}

}  // namespace
}  // namespace pawl::executor
