// Reading what was written, and refusing what was not.
#include "planner/file/plan_file.h"

#include <gtest/gtest.h>

#include <set>

#include "planner/engine/answers.h"
#include "planner/file/plan_text.h"

namespace pawl::planner {
namespace {

Text with_secret() {
  Text text("Bearer ");
  text.pieces.emplace_back(lang::Secret{"env:TOKEN"});
  text.pieces.emplace_back(lang::Reference{"ledger.before"});
  return text;
}

Condition condition(Query query) {
  Condition out;
  out.question = {std::move(query), "prod"};
  out.expect = {{0, 3}, "x", "y", "z", 2, {{"a.*", "b"}}, {{"free", 1u << 20}}};
  out.means = "it holds";
  out.also.push_back({Question(ReadLink{"too"}, "prod"), out.expect});
  return out;
}

/// One operation of every kind, with every field set to something.
std::vector<Operation> all_operations() {
  Process process{{Text("a b"), with_secret()}, {{"NAME", with_secret()}}, "dir", ".env"};
  HttpProbe probe{
      with_secret(), 204, {{"status", Text("ok")}}, {{"Authorization", with_secret()}}, Duration(1)};
  Await await{condition(QueryCommand{process, Duration(2)}),
              Duration(3),
              Duration(4),
              Duration(5),
              Question(ReadLink{"l"}, "prod"),
              Duration(6),
              condition(InspectProcess{"p.pid"})};
  std::vector<Instruction> all{
      await,
      Await{condition(ReadFile{"f", true, 7}), {}, {}, {}, {}, {}, {}},
      Await{condition(ListFolder{"d"}), {}, {}, {}, {}, {}, {}},
      Await{condition(DiskSpace{{"a", "b"}, "c"}), {}, {}, {}, {}, {}, {}},
      Await{condition(probe), {}, {}, {}, {}, {}, {}},
      Await{condition(TcpProbe{Text("h:1"), Duration(8)}), {}, {}, {}, {}, {}, {}},
      LogWatch{std::string("log"), "until", "fail", Duration(9)},
      LogWatch{process, "until", "", Duration(9)},
      Wait{Duration(10), "why"},
      Ask{"Sure?", with_secret(), "gate"},
      Command{process, "in", "out", "err", {0, 1}, "captured", "noise", "last"},
      EditFile{".env", EditFile::EnvVariable{"V"}, "1", "2"},
      EditFile{"c.yml", EditFile::YamlScalar{{"services", "api"}}, "1", "2"},
      EditFile{"current", EditFile::SymbolicLink{}, "", "releases/2"},
      StartProcess{process, "pid", "log", ".env", "abc"},
      StopProcess{"pid", Duration(11)},
      SignalProcess{"pid", 1},
      MakeFolder{"d"},
      Archive{{"a"}, "b"},
      Unarchive{"a", "b", "c"},
      SealBundle{"a", "b", "{}", {"c"}},
      PruneBundles{"a", 3, "b", {"c"}},
      Await{condition(InspectBundle{"a", "app", {"main.dump"}, false}), {}, {}, {}, {}, {}, {}},
      CompareCensus{"tables of main", QueryCommand{process, Duration(2)}, "a", "b"},
      ExchangePaths{"a", "b", true, {"a-wal"}},
      GitCheckout{"a", with_secret()},
      Notify{"team", "hello", true, with_secret(), {Text("mail")}},
  };
  std::get<Await>(all[0]).condition.expect.contains = Text("0 running");
  std::get<Await>(all[0]).condition.expect.failed_codes = {3, 4};
  std::vector<Operation> out;
  for (Instruction& each : all)
    out.push_back({std::move(each), Repeat::IfNotDone, condition(ListFolder{"x"}), Duration(12)});
  out.push_back({Wait{}, Repeat::Never, {}, Duration(0)});
  out.push_back(
      {Wait{}, Repeat::Safe, {}, Duration(0), HalfDone{condition(ListFolder{"half"}), MakeFolder{"a"}}});
  return out;
}

Plan sample() {
  Plan plan;
  plan.stack = "app";
  plan.from = "1.4.0";
  plan.to = "1.5.0";
  plan.hop = "minor";
  plan.target_source = "--to";
  plan.engine = "fake";
  plan.notices = {{"look \"here\"\n\x01 ⟂", {"stack.pawl", 3}}};
  Step step;
  step.kind = StepKind::Replace;
  step.subject = "api ⟂ main";
  step.effects.writes_pin = true;
  step.effects.services = {{"api", 1, true, true, true, true}, {"worker", 2, true}};
  step.effects.migrates = step.effects.backs_up = {"main"};
  step.effects.restores = {"objects"};
  step.effects.touches = {"uploads"};
  step.effects.one_way = step.effects.has_undo = true;
  step.effects.unknown = "nothing says who migrates main";
  step.operations = all_operations();
  step.diagnose = {ListFolder{"logs"}};
  step.recovery = {RecoveryKind::Restore, true, "because", "pawl apply --resume",
                   "nothing says who migrates main"};
  step.estimate = Duration(5);
  step.origin = {"stack.pawl", 7};
  plan.steps = {step, step};
  plan.steps[1].needs = {StepId{0}};
  plan.snapshot.stack = "app";
  plan.snapshot.engines = {{"label",
                            "compose",
                            "tool",
                            {{"fact", "1"}},
                            {".env: V", "1"},
                            {"1.4.0"},
                            {{"uploads", "/v"}},
                            {{"app:1", "sha256:1"}}}};
  plan.snapshot.services = {{"api",
                             2,
                             {{"id",
                               "api_1",
                               1,
                               "1.4.0",
                               "app:1",
                               "f",
                               "sha256:1",
                               "as",
                               "not as",
                               {{"restart", "no"}},
                               {{"user", "app"}},
                               Health::Unhealthy,
                               "exited (1)"}},
                             Health::Starting,
                             "x"}};
  plan.snapshot.databases = {{"main", true, "", {"0001"}, UINT64_MAX, "15", "too old"}};
  plan.snapshot.bundles = {{"b", "1.4.0", "2026-11-21T00:00:00Z"}};
  plan.snapshot.free_bytes = 1;
  plan.snapshot.files_bytes = 2;
  plan.availability = Availability{"api", {}, Duration(100), Duration(30'000)};
  plan.notifications = {{{"failed"}, {"team", "", true, {}, {}}}};
  plan.hosts = {{"prod", Text("a@b"), Text("/srv")}};
  plan.parallelism = 4;
  plan.point_of_no_return = StepId{1};
  plan.proved = 2;
  plan.unfinished = 7;
  plan.provenance = {"stack.pawl", "abc", "def", false, {{"f", "1"}}, "0.1.0"};
  plan.id = plan_id(plan);
  return plan;
}

TEST(PlanFile, ReadsBackWhatWasWritten) {
  const Plan plan = sample();
  const auto back = read_plan(write_plan(plan));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, plan);
  EXPECT_EQ(write_plan(*back), write_plan(plan));
}

TEST(PlanFile, EveryKindOfOperationAppears) {
  std::set<std::string_view> kinds;
  for (const Operation& operation : all_operations()) kinds.insert(kind(operation.instruction));
  EXPECT_EQ(kinds.size(), std::variant_size_v<Instruction>);
}

TEST(PlanFile, TextThatIsNotUtf8IsStillReadable) {
  Plan plan = sample();
  plan.notices[0].text = "bad \xff\xc3 \xe2\x82 end";
  plan.id = plan_id(plan);
  const auto back = read_plan(write_plan(plan));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->notices[0].text, "bad \xEF\xBF\xBD\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD end");
}

std::string refusal(std::string_view text) {
  const auto plan = read_plan(text);
  return plan ? "(read)" : plan.error().what;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(PlanFile, SaysWhatIsWrong) {
  const std::string good = write_plan(sample());
  EXPECT_EQ(refusal(""), "This is not a plan file: it is not JSON.");
  EXPECT_EQ(refusal("{"), "This is not a plan file: it is not JSON.");
  EXPECT_EQ(refusal(good.substr(0, good.size() / 2)), "This is not a plan file: it is not JSON.");
  EXPECT_EQ(refusal("[1]"), "This is not a plan file: it does not begin with \"format\": \"pawl-plan\".");
  EXPECT_EQ(refusal(write_snapshot(sample().snapshot)),
            "This is not a plan file: it does not begin with \"format\": \"pawl-plan\".");
  EXPECT_EQ(refusal(replaced(good, "\"version\":2", "\"version\":1")),
            "This plan file has format 1, this pawl reads format 2.");
  EXPECT_EQ(refusal(replaced(good, "\"version\":2", "\"version\":3")),
            "This plan file has format 3, this pawl reads format 2.");
  EXPECT_EQ(refusal(replaced(good, "\"version\":2", "\"version\":\"1\"")),
            "This is not a plan file: it does not say the version of its format.");
  EXPECT_EQ(refusal(replaced(good, "\"hop\":\"minor\",", "")),
            "This plan file is damaged: `hop` is missing.");
  EXPECT_EQ(refusal(replaced(good, "\"hop\":\"minor\"", "\"hop\":7")),
            "This plan file is damaged: `hop` is not a string.");
  EXPECT_EQ(refusal(replaced(good, "\"kind\":\"replace\"", "\"kind\":\"explode\"")),
            "This plan file is damaged: `steps[1].kind` is \"explode\", which this pawl does not know.");
  EXPECT_EQ(refusal(replaced(good, "\"op\":\"wait\"", "\"op\":\"erase\"")),
            "This plan file is damaged: `steps[1].operations[9].do.op` is \"erase\", which this pawl does "
            "not know.");
  EXPECT_EQ(refusal(replaced(good, "\"reason\":\"why\"", "\"raeson\":\"why\"")),
            "This plan file is damaged: `steps[1].operations[9].do.raeson` is not a field of this format.");
  EXPECT_EQ(refusal(replaced(good, "\"duration_ms\":10", "\"duration_ms\":-10")),
            "This plan file is damaged: `steps[1].operations[9].do.duration_ms` is a negative time.");
  EXPECT_EQ(refusal(replaced(good, "\"duration_ms\":10", "\"duration_ms\":1e3")),
            "This plan file is damaged: `steps[1].operations[9].do.duration_ms` is not a whole number.");
  EXPECT_EQ(refusal(replaced(good, "\"needs\":[1]", "\"needs\":[2]")),
            "This plan file is damaged: step 2 needs step 2, which does not come before it.");
  EXPECT_EQ(refusal(replaced(good, "\"needs\":[1]", "\"needs\":[1,1]")),
            "This plan file is damaged: step 2 needs step 1 out of order or twice.");
  EXPECT_EQ(refusal(replaced(good, "\"needs\":[1]", "\"needs\":[0]")),
            "This plan file is damaged: `steps[2].needs[1]` is 0; steps count from 1.");
  EXPECT_EQ(refusal(replaced(good, "\"point_of_no_return\":2", "\"point_of_no_return\":3")),
            "This plan file is damaged: its point of no return is step 3, which it does not have.");
  EXPECT_EQ(refusal(replaced(good, "a b", "a c")),
            "This plan file was changed after it was made: its content does not have the id " +
                sample().id.substr(0, 12) + ".");
}

TEST(PlanFile, NoSecretIsResolvedInAPlan) {
  const std::string text = write_plan(sample());
  EXPECT_NE(text.find(R"({"secret":"env:TOKEN"})"), std::string::npos);
}

TEST(SnapshotFile, ReadsBackAndRefuses) {
  const Snapshot snapshot = sample().snapshot;
  const std::string text = write_snapshot(snapshot);
  const auto back = read_snapshot(text);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, snapshot);
  const auto wrong = read_snapshot(replaced(text, "\"health\":\"unhealthy\"", "\"health\":\"sick\""));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().what,
            "This snapshot is damaged: `services[1].instances[1].health` is \"sick\", which this pawl does "
            "not know.");
  EXPECT_EQ(wrong.error().fix, "Take it again: pawl observe --out FILE");
}

TEST(PlanFile, AHostWithoutATargetIsRefused) {
  for (const bool asked : {false, true}) {
    Plan plan = sample();
    Operation& first = plan.steps[0].operations[0];
    (asked ? std::get<Await>(first.instruction).condition.also[0].question.host : first.host) = "nowhere";
    plan.id = plan_id(plan);
    const auto back = read_plan(write_plan(plan));
    ASSERT_FALSE(back) << asked;
    EXPECT_EQ(back.error().what,
              "This plan file is damaged: it names host nowhere, which is not among its `hosts`.");
  }
}

TEST(Answers, AreFoundByTheQuestionAndByNothingElse) {
  Answers answers;
  answers.add(ReadFile{"a"}, {true, 0, "text", ""});
  EXPECT_EQ(answers.find(ReadFile{"a"})->output, "text");
  EXPECT_EQ(answers.find(ReadFile{"a", true}), nullptr);
  EXPECT_EQ(answers.find(ReadFile{"b"}), nullptr);
  EXPECT_EQ(answers.find(ListFolder{"a"}), nullptr);
  EXPECT_EQ(answers.find({ReadFile{"a"}, "web"}), nullptr);
}

TEST(Answers, AnEngineSeesThoseOfItsOwnMachine) {
  Answers answers;
  answers.add({ReadFile{"a"}, "web"}, {true, 0, "there", ""});
  answers.add(ReadFile{"b"}, {true, 0, "here", ""});
  EXPECT_EQ(HostAnswers(answers, "web").find(ReadFile{"a"})->output, "there");
  EXPECT_EQ(HostAnswers(answers, "web").find(ReadFile{"b"}), nullptr);
  EXPECT_EQ(HostAnswers(answers).find(ReadFile{"b"})->output, "here");
  EXPECT_EQ(HostAnswers(answers).find(ReadFile{"a"}), nullptr);
}

}  // namespace
}  // namespace pawl::planner
