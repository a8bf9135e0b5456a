// Commands, files, archives and bundles, for real in a temporary folder.
#include <sys/stat.h>

#include <regex>

#include "executor/instructions/remote.h"
#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;

class Commands : public RealWorldTest {};
class Files : public RealWorldTest {};
class Archives : public RealWorldTest {};
class Bundles : public RealWorldTest {};

lang::Text secret(const std::string& source) {
  lang::Text text;
  text.pieces.emplace_back(lang::Secret{source});
  return text;
}
lang::Text reference(const std::string& path) {
  lang::Text text;
  text.pieces.emplace_back(lang::Reference{path});
  return text;
}

TEST_F(Commands, RunInTheManifestsFolderAndShowTheirLines) {
  write(folder.path("sub/x"), "");
  auto it = shell_command("ls; echo err >&2");
  EXPECT_TRUE(perform(it).ok);
  EXPECT_EQ(progress, (std::vector<std::string>{"sub", "err"}));
  it.process.cwd = "sub";
  const Outcome outcome = perform(it);
  EXPECT_EQ(outcome.output, "x\nerr\n");
}

TEST_F(Commands, FailuresSayWhat) {
  EXPECT_EQ(perform(command({"false"})).error, "`false` exited with 1 and did not say why");
  EXPECT_EQ(perform(command({"false"})).exit_code, 1);
  EXPECT_EQ(perform(command({"nope-nope"})).error, "the program `nope-nope` was not found in PATH");
  EXPECT_EQ(perform(command({"sleep", "60"}), 100ms).error,
            "`sleep` did not end within 100ms and was stopped");
  EXPECT_EQ(perform(shell_command("echo at table 7; sleep 60"), 200ms).error,
            "`sh` did not end within 200ms and was stopped; the last that it said: at table 7");
  EXPECT_EQ(perform(shell_command("kill -9 $$")).error, "`sh` was killed by signal 9 (Killed)");
  const auto told = shell_command("echo working; printf 'first\nno space left\n\n' >&2; exit 4");
  EXPECT_EQ(perform(told).error, "no space left (`sh` exited with 4)");
  const auto verbose =
      shell_command("printf 'NOTICE: x\nERROR: 42P01: no such thing\nLOCATION: parse.c:7\n' >&2; exit 3");
  EXPECT_EQ(perform(verbose).error, "ERROR: 42P01: no such thing (`sh` exited with 3)");
  auto accepted = shell_command("exit 3");
  accepted.accept = {0, 3};
  EXPECT_TRUE(perform(accepted).ok);
  EXPECT_EQ(perform(accepted).exit_code, 3);
}

TEST_F(Commands, TheirReasonStandsFirstAndWholeAndTheCommandOnlyByName) {
  const std::string reason = "driver failed: " + std::string(2000, 'x') + ": address already in use";
  auto it = shell_command("echo \"$SAID\" >&2; exit 1");
  it.process.env = {{"SAID", lang::Text(reason)}};
  for (int option = 0; option < 50; ++option) it.process.argv.emplace_back("--option-of-the-command");
  const Outcome outcome = perform(it);
  EXPECT_EQ(outcome.error, reason + " (`sh` exited with 1)");
  EXPECT_EQ(outcome.reason, reason);
  it.process.argv.resize(3);
  it.process.argv[2] = lang::Text("yes 'warming up' | head -100000 >&2; echo \"$SAID\" >&2; exit 1");
  EXPECT_EQ(perform(it).reason, reason) << "however much was said before";
  EXPECT_EQ(
      perform(shell_command("echo 'ERROR: column tag exists'; echo 'Creating x ... done' >&2; exit 3")).error,
      "ERROR: column tag exists (`sh` exited with 3)")
      << "many programs say it on stdout";
}

TEST_F(Commands, ThatWriteAFileSayHowMuchIsThere) {
  auto it = shell_command("sleep 1.3; head -c 1500000 /dev/zero; sleep 1.3");
  it.stdout_file = "dump";
  ASSERT_TRUE(perform(it).ok);
  EXPECT_EQ(progress, (std::vector<std::string>{"nothing is written yet", "1.5 MB written"}));
}

TEST_F(Commands, ThatCannotBeAskedSayWhatAShellWouldSay) {
  EXPECT_EQ(ask(planner::QueryCommand{process({"nope-nope"}), 5s}).exit_code, 127);
  write(folder.path("data"), "no program");
  EXPECT_EQ(ask(planner::QueryCommand{process({"./data"}), 5s}).exit_code, 126);
  auto elsewhere = process({"true"});
  elsewhere.cwd = "no-such-folder";
  EXPECT_EQ(ask(planner::QueryCommand{elsewhere, 5s}).exit_code, 126)
      << "the program is there, the folder is not";
}

TEST_F(Commands, StdoutFileAppearsOnlyWhenTheCommandSucceeds) {
  auto it = shell_command("cat; exit $CODE");
  write(folder.path("in"), "data");
  it.stdin_file = "in";
  it.stdout_file = "dump-{run}";
  it.process.env = {{"CODE", lang::Text("1")}};
  EXPECT_FALSE(perform(it).ok);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "nothing but the input is left";
  it.process.env = {{"CODE", lang::Text("0")}};
  EXPECT_TRUE(perform(it).ok);
  const std::string dump = folder.path("dump-20261121-143005");
  EXPECT_EQ(read(dump), "data");
  EXPECT_EQ(fs::status(dump).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Commands, AToleratedFailureIsNone) {
  auto it = shell_command("echo 'no such table: jobs' >&2; exit 1");
  it.stdout_file = "rows";
  EXPECT_FALSE(perform(it).ok);
  it.process.tolerates = "no such table";
  EXPECT_TRUE(perform(it).ok);
  EXPECT_TRUE(fs::exists(folder.path("rows")));
  EXPECT_EQ(read(folder.path("rows")), "");
  EXPECT_EQ(ask(planner::QueryCommand{it.process, 5s}).exit_code, 0);
  it.process.tolerates = "no such column";
  EXPECT_FALSE(perform(it).ok);
  EXPECT_EQ(ask(planner::QueryCommand{it.process, 5s}).exit_code, 1);
  it.process = shell("echo 'no such table: jobs' >&2; sleep 60");
  it.process.tolerates = "no such table";
  EXPECT_FALSE(perform(it, 100ms).ok) << "what does not end has not failed in that way";
}

TEST_F(Commands, WhatASuccessfulProgramSaidOnStderrIsKept) {
  auto it = shell_command("echo data; echo \"warning: $PASSWORD\" >&2; exit $CODE");
  it.process.env = {{"PASSWORD", secret("var:password")}, {"CODE", lang::Text("0")}};
  it.stdout_file = "dump";
  it.stderr_file = "dump.warnings";
  ASSERT_TRUE(perform(it).ok);
  EXPECT_EQ(read(folder.path("dump")), "data\n");
  EXPECT_EQ(read(folder.path("dump.warnings")), "warning: ***\n");
  it.process.argv[2] = lang::Text("echo data");
  ASSERT_TRUE(perform(it).ok);
  EXPECT_FALSE(fs::exists(folder.path("dump.warnings")))
      << "what an earlier attempt said is not about this dump";
}

TEST_F(Commands, WhatTheEngineSaysIsNotOfTheProgram) {
  auto it = shell_command("echo 'level=warning obsolete' >&2; echo \"$SAID\" >&2");
  it.stderr_file = "dump.warnings";
  it.stderr_noise = "^level=warning ";
  it.process.env = {{"SAID", lang::Text("pg_dump: warning: no level=warning here")}};
  ASSERT_TRUE(perform(it).ok);
  EXPECT_EQ(read(folder.path("dump.warnings")), "pg_dump: warning: no level=warning here\n");
  it.process.env = {{"SAID", lang::Text("level=warning again")}};
  ASSERT_TRUE(perform(it).ok);
  EXPECT_FALSE(fs::exists(folder.path("dump.warnings")));
  it.stderr_noise = "(";
  EXPECT_FALSE(perform(it).ok);
}

TEST_F(Commands, CaptureAndReferences) {
  auto it = shell_command("echo 0042_users");
  it.capture = "ledger.before";
  EXPECT_EQ(perform(it).capture, "0042_users");
  planner::Command refers;
  refers.process.argv = {lang::Text("echo"), reference("run")};
  EXPECT_EQ(perform(refers).output, "20261121-143005\n");
  refers.process.argv[1] = reference("capture.nothing");
  EXPECT_EQ(perform(refers).error, "${capture.nothing} has no value in this run");
}

TEST_F(Commands, SecretsReachTheChildAndNothingElse) {
  auto it = shell_command(
      "echo \"got $PASSWORD and $PIN\"; echo \"$PASSWORD\" >&2; printf hunter2-; sleep 0.05; echo secret; "
      "exit 1");
  it.process.env = {{"PASSWORD", secret("var:password")}, {"PIN", secret("var:pin")}};
  const Outcome outcome = perform(it);
  EXPECT_EQ(outcome.output.find("hunter2"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("got *** and ***"), std::string::npos);
  EXPECT_EQ(outcome.error.find("hunter2-secret"), std::string::npos) << outcome.error;
  for (const std::string& line : progress) EXPECT_EQ(line.find("hunter2"), std::string::npos) << line;
  EXPECT_EQ(secrets->mask("417 but not 4170"), "*** but not 4170") << "short values are whole words only";

  auto captured = shell_command("echo $PASSWORD");
  captured.process.env = {{"PASSWORD", secret("var:password")}};
  captured.capture = "it";
  const Outcome refused = perform(captured);
  EXPECT_FALSE(refused.ok);
  EXPECT_EQ(refused.capture, "");
  EXPECT_NE(refused.error.find("printed a secret, which cannot be captured"), std::string::npos);
}

TEST_F(Commands, SecretsThatCannotBeResolved) {
  auto it = command({"true"});
  it.process.env = {{"X", secret("env:PAWL_TEST_UNSET")}};
  EXPECT_EQ(perform(it).error,
            "the secret PAWL_TEST_UNSET is not set in the environment; export PAWL_TEST_UNSET=…");
  it.process.env = {{"X", secret("file:/nowhere/key")}};
  EXPECT_EQ(perform(it).error,
            "the secret file /nowhere/key cannot be read; create it, readable only by you");
  it.process.env = {{"X", secret("var:unknown")}};
  EXPECT_EQ(perform(it).error, "the secret variable unknown has no value; pass it as PAWL_VAR_unknown");
}

TEST_F(Commands, MultiLineSecretsAreMaskedLineByLine) {
  write(folder.path("key"), "-----BEGIN-----\nAAAABBBB\n-----END-----\n");
  auto it = shell_command("echo \"$KEY\"");
  it.process.env = {{"KEY", secret("file:" + folder.path("key"))}};
  EXPECT_EQ(perform(it).output, "***\n***\n***\n");
}

TEST_F(Commands, AStopInterrupts) {
  std::stop_source stop;
  std::thread later([&] {
    eventually([&] { return fs::exists(folder.path("up")); });
    stop.request_stop();
  });
  const Outcome outcome = perform(shell_command("touch up; sleep 60"), 60s, stop.get_token());
  later.join();
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_FALSE(outcome.ok);
}

TEST_F(Commands, QueriesAnswerWithCodeAndStreams) {
  planner::QueryCommand query{shell("echo out; echo err >&2; exit 4"), 5s};
  const planner::Answer answer = ask(query);
  EXPECT_TRUE(answer.ok) << "any exit code is an answer";
  EXPECT_EQ(answer.exit_code, 4);
  EXPECT_EQ(answer.output, "out\n");
  EXPECT_EQ(answer.error, "err\n");
  query.process = process({"no-such-engine"});
  EXPECT_FALSE(ask(query).ok);
  query = {process({"sleep", "60"}), 100ms};
  EXPECT_EQ(ask(query).error, "`sleep` did not end within 100ms and was stopped");
}

TEST_F(Commands, AQueryAboutWhatAnotherOneLists) {
  planner::QueryCommand query{process({"echo", "about"}), 5s};
  query.operands = shell("echo one two; echo three");
  EXPECT_EQ(ask(query).output, "about one two three\n");
  query.operands = process({"true"});
  EXPECT_TRUE(ask(query).ok) << "there is nothing to ask about";
  EXPECT_EQ(ask(query).output, "");
  query.operands = shell("echo no such engine >&2; exit 4");
  EXPECT_EQ(ask(query).exit_code, 4);
  EXPECT_EQ(ask(query).error, "no such engine\n");
}

TEST_F(Commands, OtherHostsGoThroughSsh) {
  write(folder.path("bin/ssh"), "#!/bin/sh\nfor a; do printf '[%s]' \"$a\"; done\n");
  ::chmod(folder.path("bin/ssh").c_str(), 0755);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (folder.path("bin") + ":" + path).c_str(), 1);
  world = make({}, {{"web", lang::Text("deploy@web.example:2222"), lang::Text("/srv/app")}});
  auto it = command({"echo", "it's", "$HOME"});
  it.process.cwd = "sub";
  it.process.env = {{"A", lang::Text("b c")}};
  const Outcome outcome = perform_on("web", it);
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(outcome.output,
            "[-o][BatchMode=yes][-p][2222][deploy@web.example][--]"
            "[cd /srv/app/sub && exec env 'A=b c' echo 'it'\\''s' '$HOME']\n");
  EXPECT_EQ(perform_on("nowhere", it).error, "the host nowhere is not in this plan");
  EXPECT_EQ(ask({planner::QueryCommand{it.process}, "nowhere"}).error,
            "the host nowhere is not in this plan");
}

TEST_F(Commands, WhatNeedsThisMachineIsRefusedForAnotherOne) {
  world = make({}, {{"web", lang::Text("web.example"), lang::Text("")}});
  write(folder.path("here"), "text");
  EXPECT_TRUE(ask(planner::ReadFile{"here"}).ok);
  EXPECT_EQ(ask({planner::ReadFile{"here"}, "web"}).error,
            "`read here` cannot be asked on another host, here web");
  EXPECT_EQ(perform_on("web", planner::MakeFolder{"made"}).error,
            "`mkdir -p made` cannot be done on another host, here web");
  EXPECT_EQ(perform_on("web", planner::LogWatch{std::string("here"), "text", "", 1s}).error,
            "a log file can only be followed on this machine, not on web");
  EXPECT_FALSE(fs::exists(folder.path("made")));
}

TEST_F(Commands, AProgramHasTheFolderThatItRunsInAsItsPWD) {
  fs::create_directories(folder.path("sub"));
  auto it = command({"printenv", "PWD"});
  EXPECT_EQ(perform(it).output, folder.path() + "\n");
  it.process.cwd = "sub/";
  EXPECT_EQ(perform(it).output, folder.path("sub") + "\n");
  it.process.env = {{"PWD", lang::Text("/as/the/plan/says")}};
  EXPECT_EQ(perform(it).output, "/as/the/plan/says\n");
}

TEST_F(Commands, GitChecksOutARef) {
  const auto git = [&](const std::string& script) {
    return perform(shell_command("cd repo && git -c user.name=t -c user.email=t@t " + script)).ok;
  };
  ASSERT_TRUE(perform(shell_command("git init -q repo && cd repo && echo 1 > f")).ok);
  ASSERT_TRUE(git("add f") && git("commit -qm one") && git("tag v1"));
  ASSERT_TRUE(perform(shell_command("echo 2 > repo/f")).ok && git("commit -qam two"));
  const Outcome outcome = perform(planner::GitCheckout{"repo", lang::Text("v1")});
  EXPECT_TRUE(outcome.ok) << outcome.error << outcome.output;
  EXPECT_EQ(read(folder.path("repo/f")), "1\n");
  EXPECT_FALSE(perform(planner::GitCheckout{"repo", lang::Text("v9")}).ok);
  EXPECT_EQ(perform(planner::GitCheckout{"repo", lang::Text("--force")}).error, "`--force` is not a git ref");
}

TEST_F(Files, ReadListLinkAndSpace) {
  write(folder.path("a/one"), "1\n");
  write(folder.path("a/b/two"), std::string(100'000, 'x'));
  fs::create_symlink("releases/1.4.0", folder.path("current"));
  EXPECT_EQ(ask(planner::ReadFile{"a/one"}).output, "1\n");
  EXPECT_EQ(ask(planner::ReadFile{"a/none"}).error, "a/none does not exist");
  EXPECT_TRUE(ask(planner::ReadFile{"a/none", true}).ok);
  EXPECT_EQ(ask(planner::ReadFile{"a"}).error, folder.path("a") + " is not a file");
  EXPECT_NE(ask(planner::ReadFile{"a/b/two", false, 10}).error.find("is larger than 10 bytes"),
            std::string::npos);
  EXPECT_EQ(ask(planner::ListFolder{"a"}).output, "b/\none\n");
  EXPECT_TRUE(ask(planner::ListFolder{"none"}).ok);
  EXPECT_EQ(ask(planner::ReadLink{"current"}).output, "releases/1.4.0");
  EXPECT_EQ(ask(planner::ReadLink{"none"}).output, "");
  EXPECT_FALSE(ask(planner::ReadLink{"a"}).ok);
  const std::string space = ask(planner::DiskSpace{{"a", "missing"}, "backups/not/there"}).output;
  EXPECT_TRUE(std::regex_match(space, std::regex(R"(\{"used":[1-9]\d{5},"free":[1-9]\d+\})"))) << space;
  EXPECT_EQ(ask(planner::DiskSpace{{"missing"}, "."}).output.substr(0, 9), R"({"used":0)");
}

TEST_F(Files, FoldersAreMadeWithTheirParents) {
  EXPECT_TRUE(perform(planner::MakeFolder{"x/{run}/y"}).ok);
  EXPECT_TRUE(perform(planner::MakeFolder{"x/{run}/y"}).ok);
  EXPECT_EQ(fs::status(folder.path("x/20261121-143005/y")).permissions(), fs::perms::owner_all);
  write(folder.path("file"), "");
  EXPECT_FALSE(perform(planner::MakeFolder{"file/y"}).ok);
}

TEST_F(Archives, ThereAndBack) {
  write(folder.path("data/objects/a"), std::string(300'000, 'a'));
  write(folder.path("data/objects/deep/b"), "");
  fs::create_symlink("a", folder.path("data/objects/link"));
  ::chmod(folder.path("data/objects/a").c_str(), 0600);
  write(folder.path(".env"), "X=1\n");
  const Outcome packed = perform(planner::Archive{{"data/objects", ".env"}, "out/files.tar.zst"});
  ASSERT_TRUE(packed.ok) << packed.error;
  EXPECT_LT(fs::file_size(folder.path("out/files.tar.zst")), 10'000u);
  const Outcome unpacked = perform(planner::Unarchive{"out/files.tar.zst", "back"});
  ASSERT_TRUE(unpacked.ok) << unpacked.error;
  EXPECT_EQ(read(folder.path("back/data/objects/a")), std::string(300'000, 'a'));
  EXPECT_TRUE(fs::exists(folder.path("back/data/objects/deep/b")));
  EXPECT_EQ(fs::read_symlink(folder.path("back/data/objects/link")), "a");
  EXPECT_EQ(fs::status(folder.path("back/data/objects/a")).permissions(), fs::perms(0600));
  EXPECT_EQ(read(folder.path("back/.env")), "X=1\n");
}

TEST_F(Archives, AMissingPathLeavesNothingBehind) {
  write(folder.path("a"), "1");
  const Outcome outcome = perform(planner::Archive{{"a", "nope"}, "files.tar.zst"});
  EXPECT_EQ(outcome.error, "cannot archive nope: No such file or directory");
  EXPECT_FALSE(fs::exists(folder.path("files.tar.zst")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST_F(Archives, EntriesThatLeaveTheFolderAreRefused) {
  write(folder.path("x/inner"), "evil");
  write(folder.path("real/file"), "");
  const auto unpack = [&](const std::string& make) {
    const Outcome made = perform(shell_command("rm -rf t.tar out; " + make));
    EXPECT_TRUE(made.ok) << made.error << made.output;
    return perform(planner::Unarchive{"t.tar", "out"});
  };
  EXPECT_NE(unpack("tar -P -cf t.tar --transform 's,x/inner,../escaped,' x/inner").error.find("climbs out"),
            std::string::npos);
  EXPECT_NE(unpack("tar -P -cf t.tar \"$PWD/x/inner\"").error.find("an absolute path"), std::string::npos);
  EXPECT_FALSE(unpack("rm -rf l && ln -s ../real l && tar -cf t.tar l && rm l && mkdir l && cp x/inner "
                      "l/evil && tar -rf t.tar l/evil")
                   .ok);
  EXPECT_FALSE(fs::exists(folder.path("real/evil")));
  EXPECT_FALSE(fs::exists(folder.path("escaped")));
  write(folder.path("t.tar"), "not a tar at all");
  const Outcome damaged = perform(planner::Unarchive{"t.tar", "out"});
  EXPECT_FALSE(damaged.ok);
  EXPECT_TRUE(damaged.error.ends_with("Unrecognized archive format")) << damaged.error;
}

TEST_F(Bundles, SealedWithSizesAndDigests) {
  write(folder.path("backups/b.partial/main.dump"), "dump");
  write(folder.path("backups/b.partial/files/x"), "x");
  const planner::SealBundle it{"backups/b.partial", "backups/b-{run}", R"({"version":"1.4.0"})"};
  ASSERT_TRUE(perform(it).ok);
  EXPECT_FALSE(fs::exists(folder.path("backups/b.partial")));
  const std::string json = read(folder.path("backups/b-20261121-143005/bundle.json"));
  EXPECT_NE(json.find(R"("version": "1.4.0")"), std::string::npos) << json;
  EXPECT_NE(json.find("9aaf5dee3e6d8ee1e4b54a3d0bc3a1e8") == std::string::npos ? json.find("\"sha256\"") : 0,
            std::string::npos);
  EXPECT_NE(json.find(R"("name": "files/x")"), std::string::npos);
  EXPECT_TRUE(perform(it).ok) << "sealed already: pawl was killed after the rename";
}

TEST_F(Bundles, WhatAnActionPrintedLastIsInTheDescription) {
  planner::Command save;
  save.process.argv = {lang::Text("sh"), lang::Text("-c"),
                       lang::Text("echo saving; echo ' 4fa2 b1 '; echo; echo done >&2")};
  save.last_line_file = "b-{run}.partial/action-1.last-line";
  fs::create_directories(folder.path("b-20261121-143005.partial"));
  const Outcome saved = perform(save);
  ASSERT_TRUE(saved.ok) << saved.error;
  EXPECT_NE(saved.output.find("saving"), std::string::npos) << "it is shown all the same";
  const planner::SealBundle it{
      "b-{run}.partial", "b-{run}",
      R"({"stack":"piprio","actions":[)"
      R"({"words":"save b-{run}","file":"action-1.last-line"},{"words":"by hand"}]})"};
  ASSERT_TRUE(perform(it).ok);
  const std::string json = read(folder.path("b-20261121-143005/bundle.json"));
  EXPECT_NE(json.find(R"("captured": "4fa2 b1")"), std::string::npos) << json;
  EXPECT_EQ(json.find("captured"), json.rfind("captured")) << "nothing of what a person did\n" << json;
  const planner::Answer answer = ask(planner::InspectBundle{"b-20261121-143005", "piprio", {}, true});
  EXPECT_TRUE(answer.ok) << answer.error;
  EXPECT_NE(answer.output.find(R"("actions":["save b-20261121-143005","by hand"])"), std::string::npos)
      << answer.output;
}

TEST_F(Bundles, AnActionThatPrintsNothingOrFailsCapturesNothing) {
  planner::Command save;
  save.process.argv = {lang::Text("true")};
  save.last_line_file = "last";
  ASSERT_TRUE(perform(save).ok);
  EXPECT_EQ(read(folder.path("last")), "");
  fs::remove(folder.path("last"));
  save.process.argv = {lang::Text("sh"), lang::Text("-c"), lang::Text("echo half; exit 3")};
  EXPECT_FALSE(perform(save).ok);
  EXPECT_FALSE(fs::exists(folder.path("last")));
  write(folder.path("b.partial/main.dump"), "dump");
  const planner::SealBundle it{"b.partial", "b",
                               R"({"actions":[{"words":"save","file":"action-1.last-line"}]})"};
  EXPECT_NE(perform(it).error.find("action-1.last-line is missing"), std::string::npos);
}

TEST_F(Bundles, AnEmptyFileOrFolderIsNoBundle) {
  write(folder.path("b.partial/main.dump"), "");
  EXPECT_NE(perform(planner::SealBundle{"b.partial", "b", "{}"}).error.find("is empty"), std::string::npos);
  fs::remove(folder.path("b.partial/main.dump"));
  EXPECT_NE(perform(planner::SealBundle{"b.partial", "b", "{}"}).error.find("nothing to seal"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(folder.path("b")));
}

TEST_F(Bundles, PruningKeepsTheNewestAndTheExcepted) {
  for (int day = 1; day <= 6; ++day) {
    const std::string name = "backups/b" + std::to_string(day);
    write(folder.path(name + "/bundle.json"),
          R"({"taken_at":"2026-11-0)" + std::to_string(day) + R"(T00:00:00Z"})");
  }
  write(folder.path("backups/not-a-bundle/x"), "");
  const planner::PruneBundles spares{"backups", 4, "", {"b2"}};
  ASSERT_TRUE(perform(spares).ok);
  EXPECT_TRUE(fs::exists(folder.path("backups/b2"))) << "the way back needs it";
  EXPECT_TRUE(fs::exists(folder.path("backups/b3")));
  EXPECT_FALSE(fs::exists(folder.path("backups/b1")));
  write(folder.path("backups/b1/bundle.json"), R"({"taken_at":"2026-11-01T00:00:00Z"})");
  write(folder.path("backups/new.partial/x"), "");
  write(folder.path("backups/old.partial/x"), "");
  write(folder.path("backups/.drill-20261101-000000/x"), "");
  for (const char* name : {"backups/old.partial", "backups/.drill-20261101-000000"})
    fs::last_write_time(folder.path(name), fs::file_time_type::clock::now() - 25h);
  ASSERT_TRUE(perform(planner::PruneBundles{"backups", 2, "backups/b1"}).ok);
  EXPECT_EQ(ask(planner::ListFolder{"backups"}).output, "b1/\nb5/\nb6/\nnew.partial/\nnot-a-bundle/\n");
  ASSERT_TRUE(perform(planner::PruneBundles{"backups", 0, ""}).ok);
  EXPECT_EQ(ask(planner::ListFolder{"backups"}).output, "b6/\nnew.partial/\nnot-a-bundle/\n")
      << "never the newest";
}

}  // namespace
}  // namespace pawl::executor
