// Renderings: a command as it could be typed, everything on one line.
#include "planner/plan/operation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "planner/plan/render.h"

namespace pawl::planner {
namespace {

Process run(std::vector<std::string> words) {
  Process process;
  for (std::string& word : words) process.argv.emplace_back(std::move(word));
  return process;
}
std::string shown(std::vector<std::string> words) {
  return render(Instruction(Command{run(std::move(words)), "", "", "", {0}, ""}));
}

TEST(Render, CommandsAsTheyCouldBeTyped) {
  EXPECT_EQ(shown({"docker", "compose", "up", "-d", "--no-deps", "api"}),
            "docker compose up -d --no-deps api");
  EXPECT_EQ(shown({"echo", "two words", "", "it's", "$HOME", "a{b,c}"}),
            "echo 'two words' '' 'it'\\''s' '$HOME' 'a{b,c}'");
  EXPECT_EQ(shown({"sh", "-c", "a\nb\t\x01'"}), "sh -c $'a\\nb\\t\\x01\\''");
  EXPECT_EQ(shown({"tar", "backups/app-{run}.partial"}), "tar backups/app-{run}.partial");
  EXPECT_EQ(shown({"echo", "⟂"}), "echo '⟂'");
  Command command{run({"pg_dump", "-Fc"}), "in file", "out/main.dump", "out/main.warnings", {0}, ""};
  command.process.cwd = "/srv/app";
  command.process.env = {{"PGPASSWORD", Text()}};
  command.process.env[0].second.pieces.emplace_back(lang::Secret{"env:PASSWORD"});
  EXPECT_EQ(
      render(Operation{command, Repeat::Safe, std::nullopt, Duration(0), std::nullopt, "prod"}),
      "on prod: cd /srv/app && PGPASSWORD=(secret env:PASSWORD) pg_dump -Fc < 'in file' > out/main.dump "
      "2> out/main.warnings");
}

TEST(Render, Edits) {
  EXPECT_EQ(render(Instruction(EditFile{".env", EditFile::EnvVariable{"NAME"}, "1.4.0", "1.5.0"})),
            ".env: NAME=1.4.0 → 1.5.0");
  EXPECT_EQ(render(Instruction(EditFile{".env", EditFile::EnvVariable{"NAME"}, "", "1.5.0"})),
            ".env: NAME (not set) → 1.5.0");
  EXPECT_EQ(render(Instruction(
                EditFile{"c.yml", EditFile::YamlScalar{{"services", "api", "image"}}, "a:1", "a:2"})),
            "c.yml: services.api.image=a:1 → a:2");
  EXPECT_EQ(render(Instruction(EditFile{"current", EditFile::SymbolicLink{}, "releases/1", "releases/2"})),
            "current → releases/2 (was releases/1)");
}

TEST(Render, Queries) {
  HttpProbe probe;
  probe.url = Text("http://a/health");
  probe.json = {{"status", Text("ok")}, {"components.*", Text("ok")}};
  EXPECT_EQ(render(Query(probe)), "GET http://a/health → 200 with status = ok, components.* = ok");
  probe.json.clear();
  probe.header = {{"Authorization", Text()}};
  probe.header[0].second.pieces.emplace_back(lang::Secret{"env:TOKEN"});
  EXPECT_EQ(render(Query(probe)), "GET http://a/health → 200 (header Authorization: (secret env:TOKEN))");
  EXPECT_EQ(render(Query(TcpProbe{Text("db:5432")})), "connect to db:5432");
  EXPECT_EQ(render(Query(DiskSpace{{"a", "b c"}, "backups"})), "size of a 'b c' and free space of backups");
}

TEST(Render, TheRest) {
  Await await;
  await.condition = {TcpProbe{Text("db:1")}, {}, "the database answers"};
  await.within = Duration(180'000);
  await.stay = Duration(10'000);
  EXPECT_EQ(render(Instruction(await)),
            "wait until the database answers: connect to db:1; within 3m, for 10s");
  EXPECT_EQ(render(Instruction(Wait{Duration(10'000), "pause"})), "wait 10s: pause");
  EXPECT_EQ(render(Instruction(Ask{"Sure?\nReally?", Text("example.org"), "gate"})),
            "ask gate: Sure? Really? (type example.org)");
  EXPECT_EQ(render(Instruction(SignalProcess{"run/proxy.pid", 1})),
            "send HUP to the process of run/proxy.pid");
  EXPECT_EQ(render(Instruction(SignalProcess{"run/proxy.pid", 40})),
            "send signal 40 to the process of run/proxy.pid");
  EXPECT_EQ(render(Instruction(StopProcess{"run/a.pid", Duration(30'000)})),
            "stop the process of run/a.pid, killed after 30s");
  EXPECT_EQ(render(Instruction(LogWatch{std::string("run/a.log"), "ready", "fatal", Duration(5'000)})),
            "watch run/a.log until /ready/, failing on /fatal/; within 5s");
}

TEST(Render, Durations) {
  const auto shown_as = [](std::int64_t ms) { return render_duration(Duration(ms)); };
  EXPECT_EQ(shown_as(0), "0s");
  EXPECT_EQ(shown_as(100), "100ms");
  EXPECT_EQ(shown_as(1'500), "1.5s");
  EXPECT_EQ(shown_as(10'900), "10s");
  EXPECT_EQ(shown_as(130'000), "2m10s");
  EXPECT_EQ(shown_as(180'000), "3m");
  EXPECT_EQ(shown_as(5'400'000), "1h30m");
  EXPECT_EQ(shown_as(86'400'000), "24h");
}

Plan wide_plan() {
  Plan plan;
  plan.stack = "app";
  plan.from = "1.4.0";
  plan.to = "1.5.0";
  plan.hop = "minor";
  plan.engine = "docker compose, 2 services";
  plan.target_source = "--to";
  plan.provenance.commit = "3f2a91c0000000000000000000000000000000aa";
  plan.provenance.clean = false;
  plan.notices = {
      {"a notice that is long enough to be broken over two lines when the terminal is only sixty columns "
       "wide",
       {"stack.pawl", 7}}};
  Step step;
  step.kind = StepKind::Replace;
  step.subject = "api ⟂ main";
  step.summary =
      "docker compose -f docker-compose.yml up -d --no-deps --force-recreate api; healthy within 3m";
  step.recovery.kind = RecoveryKind::Restore;
  step.recovery.also_switch_back = true;
  step.effects.services = {{.service = "api", .moves = true}};
  step.estimate = Duration(4'000);
  plan.steps = {step};
  plan.total = plan.critical_path = plan.unavailable = Duration(4'000);
  plan.point_of_no_return = StepId{0};
  return plan;
}

TEST(RenderText, FitsTheWidth) {
  for (const int width : {60, 80, 120, 200}) {
    RenderOptions options;
    options.width = width;
    const std::string text = render_text(wide_plan(), options);
    std::size_t begin = text.find("\n\n") + 2;  // the header may be longer
    while (begin < text.size()) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string line = text.substr(begin, end - begin);
      const auto columns = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
      if (!line.starts_with("Run it")) {
        EXPECT_LE(columns, width) << line;
      }
      begin = end + 1;
    }
    EXPECT_NE(text.find("point of no return"), std::string::npos);
    EXPECT_NE(text.find("manifest 3f2a91c (changed since)"), std::string::npos);
  }
}

TEST(RenderText, ColourAddsEscapesOnly) {
  RenderOptions colour;
  colour.colour = true;
  std::string text = render_text(wide_plan(), colour);
  EXPECT_NE(text.find("\x1b["), std::string::npos);
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b'))
    text.erase(at, text.find('m', at) - at + 1);
  EXPECT_EQ(text, render_text(wide_plan(), {}));
}

TEST(RenderText, NamesTheSavedPlan) {
  RenderOptions options;
  options.plan_file = "plan.pawlplan";
  EXPECT_NE(render_text(wide_plan(), options)
                .find("Run it: pawl apply plan.pawlplan        See one step in full: pawl show plan.pawlplan "
                      "--step 1"),
            std::string::npos);
}

}  // namespace
}  // namespace pawl::planner
