// The checker is only worth its name if it finds what is wrong: plans that are proved are broken on purpose,
// one edge, flag or backup at a time.
#include "planner/proof/prove.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "fake.h"
#include "planner/pass/data_use.h"
#include "planner/pass/tracks.h"

namespace pawl::planner {
namespace {

using namespace testing;

const char* const kDeployment = R"(#: instances worker=3
stack app { version = 1.5.0 }
compose { pin = env(".env", "APP_VERSION") }
service api { role = api, migrates = database.main }
service worker { role = worker }
service cron { role = scheduler }
service web { role = frontend }
service db { role = datastore }
database main { engine = postgres, service = service.db, name = "app", down = never }
backup { of = [database.main], to = "backups" }
step tidy { run = command("./tidy.sh"), after = pin, idempotent = true, touches = [] }
)";
const char* const kOneWay = "release 1.5.0 { one_way = true }\n";

/// A plan to be broken, and what prove() says about it.
struct Proof {
  explicit Proof(const std::string& manifest) : world(manifest), plan(*world.compile()) {
    target = *choose_target(world.input);
    policy = *decide_policy(world.input, target);
  }
  Step& step(StepKind kind, const std::string& subject) {
    for (Step& each : plan.steps) {
      if (each.kind == kind && each.subject.starts_with(subject)) return each;
    }
    ADD_FAILURE() << "no step " << name(kind) << " " << subject;
    return plan.steps.front();
  }
  StepId id(const Step& step) const { return {static_cast<std::uint32_t>(&step - plan.steps.data())}; }
  Pass<std::uint32_t> prove() const { return planner::prove(world.input, target, policy, plan, ahead); }
  /// The code of what is wrong, or "proved".
  std::string verdict() const {
    const auto proved = prove();
    if (proved) return "proved";
    const auto found = proved.error().diagnostics.sorted();
    return found.empty() ? proved.error().reasons.front().what : std::string(code(found.front().kind));
  }
  std::string story() const {
    const auto proved = prove();
    return proved ? "proved" : proved.error().diagnostics.sorted().front().detail;
  }

  Case world;
  Plan plan;
  Target target;
  PolicyDecision policy;
  std::vector<std::string> ahead;
};

TEST(Prove, EveryStepOfASafePlanIsCounted) {
  for (const std::string& manifest : {std::string(kDeployment), std::string(kDeployment) + kOneWay}) {
    const Proof proof(manifest);
    const auto proved = proof.prove();
    ASSERT_TRUE(proved);
    EXPECT_EQ(*proved, proof.plan.steps.size());
    EXPECT_EQ(proof.plan.proved, proof.plan.steps.size());
  }
}

TEST(Prove, ChangeThatDoesNotWaitForTheChecks) {
  Proof proof(kDeployment);
  proof.step(StepKind::Pin, "").needs.clear();
  EXPECT_EQ(proof.verdict(), "change-before-checks");
}

TEST(Prove, OwnStepThatDoesNotWaitForTheChecks) {
  Proof proof(kDeployment);
  proof.step(StepKind::Custom, "tidy").needs.clear();
  EXPECT_EQ(proof.verdict(), "change-before-checks");
}

TEST(Prove, SchemaChangeWithoutItsBackup) {
  Proof proof(kDeployment);
  proof.step(StepKind::Backup, "").effects.backs_up.clear();
  EXPECT_EQ(proof.verdict(), "schema-without-backup");
}

TEST(Prove, SchemaChangeThatDoesNotWaitForTheBackup) {
  Proof proof(kDeployment);
  const StepId backup = proof.id(proof.step(StepKind::Backup, ""));
  proof.step(StepKind::Backup, "").recovery.kind =
      RecoveryKind::SwitchBack;  // what it would be beside the pin
  for (Step& step : proof.plan.steps) std::erase(step.needs, backup);
  proof.step(StepKind::Pin, "").needs.insert(proof.step(StepKind::Pin, "").needs.begin(), StepId{0});
  EXPECT_EQ(proof.verdict(), "schema-without-backup");
  EXPECT_NE(proof.story().find("step 2 (backup main) is not finished"), std::string::npos) << proof.story();
}

TEST(Prove, BackupThatWasNeverDrilled) {
  Proof proof(kDeployment);
  lang::Stack stack = proof.world.stack();
  stack.backup->drill = true;
  proof.world.input.stack = &stack;
  EXPECT_EQ(proof.verdict(), "schema-without-backup");
  // In the place of the fetching, for which everything else waits.
  Step& fetch = proof.step(StepKind::Fetch, "");
  fetch.kind = StepKind::Drill;
  fetch.recovery.kind = RecoveryKind::SwitchBack;
  EXPECT_EQ(proof.verdict(), "proved") << proof.story();
  std::erase(proof.step(StepKind::Pin, "").needs, proof.id(fetch));
  EXPECT_EQ(proof.verdict(), "schema-without-backup");
  proof.world.input.stack = &*proof.world.loaded.stack;
}

TEST(Prove, ReaderThatIsNotStopped) {
  Proof proof(std::string(kDeployment) + kOneWay);
  proof.step(StepKind::Stop, "worker").effects = {};
  EXPECT_EQ(proof.verdict(), "unreadable-data");
  EXPECT_NE(proof.story().find("worker 1, 2 and 3 still run 1.4.0"), std::string::npos) << proof.story();
}

TEST(Prove, SchedulerThatIsNotStopped) {
  Proof proof(kDeployment);
  proof.step(StepKind::Stop, "cron").effects = {};
  EXPECT_EQ(proof.verdict(), "scheduler-runs");
}

TEST(Prove, SchedulerThatStartsBesideTheMigration) {
  Proof proof(kDeployment);
  proof.step(StepKind::Start, "cron").needs = {proof.id(proof.step(StepKind::Stop, "cron"))};
  EXPECT_EQ(proof.verdict(), "scheduler-runs");
}

TEST(Prove, TwoInstancesOutAtOnce) {
  Proof proof(kDeployment);
  proof.step(StepKind::Replace, "worker 3").needs = proof.step(StepKind::Replace, "worker 2").needs;
  EXPECT_EQ(proof.verdict(), "too-much-out");
  Proof both(kDeployment);
  both.step(StepKind::Replace, "worker 2").effects.services.at(0).down = 2;
  EXPECT_EQ(both.verdict(), "too-much-out");
}

TEST(Prove, ApiThatIsOutLongerThanItsStep) {
  Proof proof(kDeployment);
  Step& pin = proof.step(StepKind::Pin, "");
  pin.effects.services = {{.service = "api", .down = 1, .stops = true}};
  EXPECT_EQ(proof.verdict(), "too-much-out");
}

TEST(Prove, RecoveryThatDoesNotLeadBack) {
  const auto broken = [](StepKind kind, const std::string& subject, Recovery recovery) {
    Proof proof(kDeployment);
    proof.step(kind, subject).recovery = std::move(recovery);
    return proof.verdict();
  };
  EXPECT_EQ(broken(StepKind::Smoke, "", {RecoveryKind::SwitchBack, false, "", ""}), "no-way-back");
  EXPECT_EQ(broken(StepKind::Replace, "api", {RecoveryKind::SwitchBack, false, "", ""}), "no-way-back");
  EXPECT_EQ(broken(StepKind::Replace, "worker 1", {RecoveryKind::ForwardOnly, false, "", ""}), "no-way-back");
  EXPECT_EQ(broken(StepKind::Replace, "worker 1", {RecoveryKind::Restore, false, "", ""}), "no-way-back");
  EXPECT_EQ(broken(StepKind::Replace, "worker 1", {RecoveryKind::Downgrade, false, "", ""}), "no-way-back");
  EXPECT_EQ(broken(StepKind::Pin, "", {RecoveryKind::NothingToUndo, false, "", ""}), "no-way-back");
  EXPECT_EQ(broken(StepKind::Custom, "tidy", {RecoveryKind::SwitchBack, false, "", ""}), "no-way-back")
      << "it may still run when the api has migrated";
}

TEST(Prove, OperationThatMayNotRunTwice) {
  Proof proof(kDeployment);
  Operation& operation = proof.step(StepKind::Replace, "web").operations.front();
  operation.repeat = Repeat::Never;
  EXPECT_EQ(proof.verdict(), "not-repeatable");
  operation.done_when = Condition{ReadFile{"done"}, {}, "it is done"};
  EXPECT_EQ(proof.verdict(), "proved");
  operation.done_when.reset();
  operation.instruction = Ask{"Sure?", {}, "sure"};
  EXPECT_EQ(proof.verdict(), "proved");
}

TEST(Prove, TooManyChangesSideBySide) {
  Proof proof(kDeployment);
  const StepId pin = proof.id(proof.step(StepKind::Pin, ""));
  for (int i = 0; i < 20; ++i) {
    Step step = proof.plan.steps[pin.value];
    step.needs = {pin};
    proof.plan.steps.push_back(step);
  }
  EXPECT_EQ(proof.verdict().substr(0, 23), "The plan has too many s");
}

// ---------------------------------------------------------------- rollbacks

Step made(StepKind kind, const std::string& subject, Effects effects, std::vector<StepId> needs) {
  Step step;
  step.kind = kind;
  step.subject = subject;
  step.effects = std::move(effects);
  step.needs = std::move(needs);
  step.recovery = {step.effects.changes_anything() || !step.needs.empty() ? RecoveryKind::ForwardOnly
                                                                          : RecoveryKind::NothingToUndo,
                   false, "", ""};
  return step;
}

/// api and worker run 1.5.0; both are stopped, the database is restored, both start in 1.4.0.
struct Back : Proof {
  Back() : Proof(std::string(kDeployment) + kOneWay) {
    plan.purpose = Purpose::Rollback;
    std::swap(target.from, target.to);
    std::swap(target.from_version, target.to_version);
    ahead = {"main"};
    Effects stop_api, stop_worker, stop_cron, restore, start_api, start_worker;
    stop_api.services = {{.service = "api", .down = 1, .stops = true}};
    stop_worker.services = {{.service = "worker", .down = 1, .stops = true}};
    stop_cron.services = {{.service = "cron", .down = 1, .stops = true}};
    restore.restores = {"main"};
    start_api.services = {{.service = "api", .moves = true, .starts = true}};
    start_worker.services = {{.service = "worker", .moves = true, .starts = true}};
    plan.steps = {
        made(StepKind::Stop, "cron", stop_cron, {}),    made(StepKind::Stop, "worker", stop_worker, {{0}}),
        made(StepKind::Stop, "api", stop_api, {{1}}),   made(StepKind::Restore, "main", restore, {{2}}),
        made(StepKind::Start, "api", start_api, {{3}}), made(StepKind::Start, "worker", start_worker, {{4}})};
  }
};

TEST(Prove, RollbackThatRestores) {
  EXPECT_EQ(Back().verdict(), "proved") << Back().story();
}
TEST(Prove, RestoreUnderARunningService) {
  Back back;
  back.plan.steps[1].effects = {};
  EXPECT_EQ(back.verdict(), "unreadable-data");
  EXPECT_NE(back.story().find("while worker may still run"), std::string::npos) << back.story();
}
TEST(Prove, RestoreBesideTheScheduler) {
  Back back;
  back.plan.steps[0].effects = {};
  EXPECT_NE(back.verdict(), "proved");
}
TEST(Prove, OldVersionBeforeTheRestore) {
  Back back;
  back.plan.steps[4].needs = {{2}};
  EXPECT_EQ(back.verdict(), "unreadable-data");
}
TEST(Prove, SwitchingBackAfterARestore) {
  Back back;
  back.plan.steps[5].recovery.kind = RecoveryKind::SwitchBack;
  EXPECT_EQ(back.verdict(), "no-way-back");
}

// ---------------------------------------------------------------- properties

/// Any graph: what must come before and what may run beside are those of the transitive closure.
TEST(Prove, TracksAgreeWithTheClosure) {
  EXPECT_TRUE(rc::check([] {
    const auto count = static_cast<std::size_t>(*rc::gen::inRange(1, 14));
    std::vector<Step> steps(count);
    std::vector<bool> matters(count);
    std::vector<std::vector<bool>> before(count, std::vector<bool>(count));
    for (std::uint32_t i = 0; i < count; ++i) {
      matters[i] = *rc::gen::inRange(0, 3) > 0;
      for (std::uint32_t j = 0; j < i; ++j) {
        if (*rc::gen::inRange(0, 4) > 0) continue;
        steps[i].needs.push_back({j});
        before[i][j] = true;
        for (std::uint32_t k = 0; k < j; ++k) before[i][k] = before[i][k] || before[j][k];
      }
    }
    const Tracks tracks(steps, matters);
    RC_ASSERT(!tracks.too_wide());
    for (std::uint32_t i = 0; i < count; ++i) {
      RC_ASSERT(tracks.stands(i) == matters[i]);
      for (std::uint32_t j = 0; j < count; ++j) {
        if (!matters[j]) continue;
        const std::size_t track = tracks.track_of(j);
        RC_ASSERT((tracks.place_of(j) < tracks.before(i, track)) == before[i][j]);
        RC_ASSERT((tracks.place_of(j) < tracks.beside(i, track)) == !before[j][i]);
      }
    }
  }));
}

/// Whatever a safe plan is, taking away what a step waits for, its backup or its recovery is noticed.
TEST(Prove, BrokenPlansAreFound) {
  EXPECT_TRUE(rc::check([] {
    std::string manifest(kDeployment);
    if (*rc::gen::arbitrary<bool>()) manifest += kOneWay;
    const int more = *rc::gen::inRange(0, 4);
    for (int i = 0; i < more; ++i) {
      const std::string index = std::to_string(i);
      manifest += "service extra" + index +
                  " { role = " + *rc::gen::element<std::string>("worker", "api", "job") + " }\n";
      manifest += "step own" + index + " { run = command(\"x\"), idempotent = true, after = " +
                  *rc::gen::element<std::string>("backup", "pin", "replaced", "service.api") + " }\n";
    }
    Proof proof(manifest);
    RC_ASSERT(proof.verdict() == "proved");
    std::vector<std::uint32_t> changing, beyond, switching;
    for (std::uint32_t i = 0; i < proof.plan.steps.size(); ++i) {
      const Step& step = proof.plan.steps[i];
      if (step.effects.changes_anything()) changing.push_back(i);
      if (step.recovery.kind == RecoveryKind::Restore) beyond.push_back(i);
      if (step.recovery.kind == RecoveryKind::SwitchBack) switching.push_back(i);
    }
    const int how = *rc::gen::inRange(0, 4);
    if (how == 0) {
      proof.plan.steps[*rc::gen::elementOf(changing)].needs.clear();
    } else if (how == 1) {
      for (Step& step : proof.plan.steps) step.effects.backs_up.clear();
    } else if (how == 2) {
      proof.plan.steps[*rc::gen::elementOf(beyond)].recovery.kind = RecoveryKind::SwitchBack;
    } else {
      proof.plan.steps[*rc::gen::elementOf(switching)].recovery.kind = RecoveryKind::NothingToUndo;
    }
    RC_ASSERT(proof.verdict() != "proved");
  }));
}

}  // namespace
}  // namespace pawl::planner
