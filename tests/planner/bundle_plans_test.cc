// The plans around bundles: what is shown of a backup, a drill and a restore, and why there is none.
#include <gtest/gtest.h>

#include "fake.h"
#include "planner/file/plan_file.h"
#include "planner/plan/render.h"
#include "planner/plans/backup_plans.h"

namespace pawl::planner {
namespace {

using namespace testing;

constexpr const char* kBundle = "piprio-1.4.0-20261121-143005";

/// The manifest of the goldens with `more` at its end, in a world where 1.5.0 runs and a bundle of 1.4.0 is
/// there.
std::string manifest(const std::string& more = "") {
  return "#: running 1.5.0\n#: bundle " + std::string(kBundle) + " 1.4.0 2026-11-21T14:30:05Z\n" +
         read_file(PAWL_TEST_DATA "/cases/piprio.pawl").substr(sizeof("#: running 1.4.0")) + more;
}
std::string with_drill() {
  std::string text = manifest();
  const std::string keep = "keep = 7";
  return text.replace(text.find(keep), keep.size(), keep + "\n  drill = true");
}

std::string shown(const tl::expected<Plan, Refusal>& plan, const Case& world) {
  if (!plan) return show(plan.error(), world.loaded.sources);
  const auto back = read_plan(write_plan(*plan));
  EXPECT_TRUE(back && *back == *plan) << "the plan file holds all of it";
  std::string out = render_text(*plan, {});
  for (std::uint32_t i = 0; i < plan->steps.size(); ++i) out += "\n" + render_step(*plan, StepId{i}, {});
  return out;
}

void expect_shown(const std::string& name, const std::string& text) {
  expect_golden(PAWL_TEST_DATA "/bundles/" + name + ".txt", text);
}

TEST(BundlePlansGolden, Backup) {
  const Case world(manifest());
  expect_shown("backup", shown(compile_backup(world.input), world));
}

TEST(BundlePlansGolden, BackupWithDrill) {
  const Case world(with_drill());
  expect_shown("backup-with-drill", shown(compile_backup(world.input), world));
}

TEST(BundlePlansGolden, Drill) {
  const Case world(manifest());
  expect_shown("drill", shown(compile_drill(world.input, kBundle), world));
}

TEST(BundlePlansGolden, Restore) {
  const Case world(manifest("\nrestore { confirm = \"piprio.example\" }\n"));
  expect_shown("restore", shown(compile_restore(world.input, kBundle), world));
}

/// A manifest whose backup has a database and what `of` and `more` say; `world`: more about the world.
std::string with_actions(const std::string& of, const std::string& more, const std::string& world = "") {
  return "#: running 1.4.0\n#: bundle app-1.4.0-20261121-143005 1.4.0 2026-11-21T14:30:05Z\n" + world +
         "stack app { version = 1.4.0 }\ncompose { pin = env(\".env\", \"APP_VERSION\") }\n"
         "service api { role = api, migrates = database.main }\n"
         "service db { role = datastore }\n"
         "database main { engine = postgres, service = service.db, name = \"app\" }\n"
         "backup { of = [" +
         of + "], " + more + " }\n";
}
constexpr const char* kOwnBundle = "app-1.4.0-20261121-143005";
constexpr const char* kSave = R"(command("./save", "--tag", "${bundle}"))";
constexpr const char* kLoad =
    R"(restore = command("./load", "${captured}", "of", "${bundle}", "in", "${run}"))";

TEST(BundlePlansGolden, BackupWithAnAction) {
  const Case world(with_actions(std::string("database.main, ") + kSave, kLoad));
  expect_shown("backup-with-an-action", shown(compile_backup(world.input), world));
}

TEST(BundlePlansGolden, BackupByAnActionAlone) {
  const Case world(with_actions(kSave, "keep = 3"));
  expect_shown("backup-by-an-action-alone", shown(compile_backup(world.input), world));
}

TEST(BundlePlansGolden, RestoreByAnAction) {
  const Case world(with_actions(std::string("database.main, ") + kSave, kLoad, "#: captured 4fa2 b1\n"));
  expect_shown("restore-by-an-action", shown(compile_restore(world.input, kOwnBundle), world));
}

TEST(BundlePlansGolden, RestoreOfABundleThatCapturedNothing) {
  const Case world(with_actions(std::string("database.main, ") + kSave, kLoad));
  expect_shown("restore-without-what-was-captured", shown(compile_restore(world.input, kOwnBundle), world));
}

TEST(BundlePlansGolden, DrillOfABundleWithAnAction) {
  const Case world(with_actions(std::string("database.main, ") + kSave, kLoad));
  expect_shown("drill-with-an-action", shown(compile_drill(world.input, kOwnBundle), world));
}

TEST(BundlePlansGolden, DrillOfABundleByAnActionAlone) {
  const Case world(with_actions(kSave, kLoad));
  expect_shown("drill-by-an-action-alone", shown(compile_drill(world.input, kOwnBundle), world));
}

/// Only what was restored once is drilled: what the action saves stays an undrilled backup.
TEST(BundlePlans, ADrillTakesOverOnlyWhatItTries) {
  std::string text =
      with_actions(std::string("files.config, ") + kSave, std::string(kLoad) + ", drill = true") +
      "files config { paths = [\".env\"] }\nrelease 1.5.0 { migrates = false }\n";
  text.replace(text.find("version = 1.4.0"), 15, "version = 1.5.0");
  const Case world(text);
  const auto plan = world.compile();
  ASSERT_TRUE(plan) << show(plan.error(), world.loaded.sources);
  std::map<StepKind, std::vector<std::string>> saved;
  for (const Step& step : plan->steps) {
    if (!step.effects.backs_up.empty()) saved[step.kind] = step.effects.backs_up;
  }
  EXPECT_EQ(saved[StepKind::Backup], std::vector<std::string>{"main"});
  EXPECT_EQ(saved[StepKind::Drill], std::vector<std::string>{"config"});
}

TEST(BundlePlans, APersonIsToldTheNameOfTheBundle) {
  const Case world(with_actions("database.main, manual(\"Save the index as ${bundle}\")", "keep = 3"));
  const auto plan = compile_backup(world.input);
  ASSERT_TRUE(plan) << show(plan.error(), world.loaded.sources);
  std::vector<std::string> asked;
  for (const Operation& each : plan->steps.back().operations) {
    if (const auto* ask = std::get_if<Ask>(&each.instruction)) asked.push_back(ask->prompt);
  }
  EXPECT_EQ(asked, std::vector<std::string>{"Save the index as app-1.4.0-{run}"});
}

/// The drill stands between the backup and everything that waited for it, and it alone is the way back.
TEST(BundlePlans, AnUpgradeWithDrillsCountsOnDrilledBundlesOnly) {
  std::string text = with_drill();
  text.replace(text.find("running 1.5.0"), 13, "running 1.4.0");
  const Case world(text);
  const auto plan = world.compile();
  ASSERT_TRUE(plan) << show(plan.error(), world.loaded.sources);
  std::size_t backup = 0;
  while (plan->steps[backup].kind != StepKind::Backup) ++backup;
  const Step& drill = plan->steps[backup + 1];
  EXPECT_EQ(drill.kind, StepKind::Drill);
  EXPECT_EQ(drill.needs, std::vector<StepId>{StepId{static_cast<std::uint32_t>(backup)}});
  EXPECT_EQ(drill.effects.backs_up, (std::vector<std::string>{"main", "objects", "config"}));
  EXPECT_TRUE(plan->steps[backup].effects.backs_up.empty());
  for (std::size_t i = backup + 2; i < plan->steps.size(); ++i) {
    for (const StepId need : plan->steps[i].needs) {
      EXPECT_LT(need.value, i);
      EXPECT_NE(need.value, backup) << "step " << i + 1 << " does not wait for the drill";
    }
  }
}

TEST(BundlePlans, WithoutABackupBlockThereIsNothingToTakeOrRestore) {
  const Case world(
      "#: running 1.4.0\nstack piprio { version = 1.4.0 }\nlocal { pin = env(\".env\", \"VERSION\") }\n"
      "service api { role = api, command = [\"x\"] }\n");
  for (const auto& plan : {compile_backup(world.input), compile_drill(world.input, kBundle),
                           compile_restore(world.input, kBundle)}) {
    ASSERT_FALSE(plan);
    EXPECT_NE(plan.error().reasons[0].what.find("no backup block"), std::string::npos);
  }
}

TEST(BundlePlans, ARestoreAsksForTheVersionThatItBringsBack) {
  std::string text = manifest();
  const std::string health = "health   = http(\"http://127.0.0.1:8000/health\"";
  ASSERT_NE(text.find(health), std::string::npos);
  const Case world(
      text.replace(text.find(health), health.size(), health + ", json = { \"version\" = \"${version}\" }"));
  const auto plan = compile_restore(world.input, kBundle);
  ASSERT_TRUE(plan);
  for (std::uint32_t i = 0; i < plan->steps.size(); ++i) {
    if (plan->steps[i].kind != StepKind::Smoke && plan->steps[i].kind != StepKind::Start) continue;
    const std::string step = render_step(*plan, StepId{i}, {});
    EXPECT_EQ(step.find("1.5.0"), std::string::npos) << step;
    if (plan->steps[i].kind == StepKind::Smoke) {
      EXPECT_NE(step.find("version = 1.4.0"), std::string::npos) << step;
    }
  }
}

TEST(BundlePlans, AnUnknownBundleIsRefused) {
  const Case world(manifest());
  const auto plan = compile_restore(world.input, "piprio-1.3.0-20250101-000000");
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().reasons[0].what.find("no complete bundle piprio-1.3.0"), std::string::npos);
}

TEST(BundlePlans, AFolderThatHoldsTheBundlesCannotBeExchanged) {
  std::string text = manifest();
  const std::string path = "\"data/objects\"";
  const Case world(text.replace(text.find(path), path.size(), "\".\""));
  const auto plan = compile_restore(world.input, kBundle);
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().reasons[0].what.find("bundles or pawl's own files"), std::string::npos);
}

TEST(BundlePlans, ADatabaseThatIsAwayIsNotBackedUp) {
  const Case world("#: unreachable main\n" + manifest());
  const auto plan = compile_backup(world.input);
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().reasons[0].what.find("main cannot be reached"), std::string::npos);
}

}  // namespace
}  // namespace pawl::planner
