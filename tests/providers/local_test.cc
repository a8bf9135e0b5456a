// What the local provider sees: versions, health, fingerprints, renderings.
#include "local_support.h"
#include "planner/engine/drift.h"

namespace pawl::providers {
namespace {

using namespace local_test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ---------------------------------------------------------------- observing

TEST(LocalObserve, TellsVersionsAndHealthFromPidFiles) {
  Stage stage;
  stage.runs_old();
  stage.runs("run/worker.2.pid", 22, stage.fingerprint("worker", "1.5.0"));
  const auto snapshot = stage.snapshot();
  const auto& workers = state(snapshot, "worker");
  ASSERT_EQ(workers.instances.size(), 3u);
  EXPECT_EQ(workers.expected, 3);
  EXPECT_EQ(workers.health, Health::Healthy);
  EXPECT_EQ(workers.instances[0].version, "1.4.0");
  EXPECT_EQ(workers.instances[1].version, "1.5.0");
  EXPECT_EQ(workers.instances[1].id, "22:77");
  EXPECT_EQ(workers.instances[1].label, "worker 2");
  EXPECT_EQ(workers.instances[1].image, "releases/1.5.0/shop");
  const auto& proxy = state(snapshot, "proxy");
  ASSERT_EQ(proxy.instances.size(), 1u);
  EXPECT_EQ(proxy.instances[0].version, "") << "no part of a release";
  EXPECT_EQ(proxy.instances[0].label, "proxy");
}

TEST(LocalObserve, OffersTheVersionsThatHaveAReleaseFolderOldestFirst) {
  Stage stage;
  EXPECT_THAT(stage.snapshot().engines.at(0).available, ElementsAre("1.4.0", "1.5.0", "1.10.0"));
}

TEST(LocalObserve, FindsReleaseFoldersInTheMiddleOfAPath) {
  std::string manifest = kManifest;
  manifest.replace(manifest.find("releases/${version}\""), 20, "/opt/shop-${version}-linux/bin\"");
  Stage stage(manifest);
  stage.folders["/opt"] = "shop-1.4.0-linux/\nshop-2.0.0-mac/\nother-1.5.0-linux/\nshop-1.6.0-linux\n";
  EXPECT_THAT(stage.snapshot().engines.at(0).available, ElementsAre("1.4.0"));
}

TEST(LocalObserve, SaysThatAProcessDiedAndWhereItsLastLinesAre) {
  Stage stage;
  stage.runs_old();
  stage.runs("run/worker.3.pid", 13, stage.fingerprint("worker", "1.4.0"), "stopped");
  stage.runs("run/api.pid", 10, stage.fingerprint("api", "1.4.0"), "foreign");
  const auto snapshot = stage.snapshot();
  const auto& workers = state(snapshot, "worker");
  EXPECT_EQ(workers.health, Health::Unhealthy);
  EXPECT_EQ(workers.detail, "2 of 3 processes run");
  EXPECT_EQ(workers.instances[2].health, Health::Stopped);
  EXPECT_THAT(workers.instances[2].detail, HasSubstr("run/worker.3.log"));
  EXPECT_EQ(state(snapshot, "api").health, Health::Stopped);
  EXPECT_THAT(state(snapshot, "api").instances[0].detail, HasSubstr("another process"));
}

TEST(LocalObserve, AServiceThatNeverRanHasNoInstances) {
  Stage stage;
  const auto snapshot = stage.snapshot();
  EXPECT_THAT(state(snapshot, "api").instances, IsEmpty());
  EXPECT_EQ(state(snapshot, "api").health, Health::Stopped);
}

TEST(LocalObserve, FindsInstancesBeyondTheWantedNumber) {
  Stage stage;
  stage.runs_old();
  stage.runs("run/worker.7.pid", 17, "1.3.0:0123456789abcdef");
  const auto snapshot = stage.snapshot();
  EXPECT_EQ(stage.rounds, 2) << "the run folder is asked first";
  const auto& workers = state(snapshot, "worker");
  ASSERT_EQ(workers.instances.size(), 4u);
  EXPECT_EQ(workers.instances[3].number, 7);
  EXPECT_EQ(workers.instances[3].version, "1.3.0");
}

TEST(LocalObserve, LeavesTheHandlingOfAForeignAnswerToAnError) {
  Stage stage;
  stage.processes["run/api.pid"] = "not JSON";
  planner::Snapshot snapshot;
  planner::Answers answers;
  for (const Query& query : stage.provider.queries(stage.view()))
    answers.add(query, {true, 0, "nonsense", ""});
  const planner::DeploymentView view{stage.view().stack, {0}, answers};
  const auto read = stage.provider.read(view, snapshot);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().what, HasSubstr("run/"));
}

// ---------------------------------------------------------------- fingerprints

TEST(LocalFingerprint, CarriesTheVersionOnlyWhereItCounts) {
  Stage stage;
  EXPECT_THAT(stage.fingerprint("api", "1.4.0"), testing::StartsWith("1.4.0:"));
  EXPECT_NE(stage.fingerprint("api", "1.4.0"), stage.fingerprint("api", "1.5.0"));
  EXPECT_THAT(stage.fingerprint("proxy", "1.4.0"), testing::StartsWith("-:"));
  EXPECT_EQ(stage.fingerprint("proxy", "1.4.0"), stage.fingerprint("proxy", "1.5.0"));
}

TEST(LocalFingerprint, ChangesWithTheEnvFileButNotWithThePin) {
  Stage stage;
  const std::string before = stage.fingerprint("proxy", "1.4.0");
  stage.files[".env"] = "# moved up\nDATABASE_URL='sqlite:shop.db'\nSHOP_VERSION=1.5.0\n";
  EXPECT_EQ(stage.fingerprint("proxy", "1.4.0"), before) << "order, quotes and the pin do not count";
  stage.files[".env"] = "SHOP_VERSION=1.4.0\nDATABASE_URL=sqlite:other.db\n";
  EXPECT_NE(stage.fingerprint("proxy", "1.4.0"), before);
}

TEST(LocalFingerprint, AnEntryThatTheServiceOverridesDoesNotCount) {
  Stage stage;
  const std::string before = stage.fingerprint("api", "1.4.0");
  stage.files[".env"] = std::string(kEnv) + "PORT=9999\n";
  EXPECT_EQ(stage.fingerprint("api", "1.4.0"), before);
}

TEST(LocalFingerprint, WordsCannotRunTogether) {
  const auto manifest = [](const std::string& command) {
    return "stack s {}\nlocal {}\nservice a { command = [" + command + "] }\n";
  };
  Stage one(manifest(R"("x", "y z")")), other(manifest(R"("x", "y", "z")"));
  EXPECT_NE(one.fingerprint("a", "1.0.0"), other.fingerprint("a", "1.0.0"));
}

TEST(LocalRender, TellsWhichProcessRunsWithOtherSettings) {
  Stage stage;
  stage.runs_old();
  const auto drift = [&] {
    const planner::Snapshot now = stage.snapshot();
    std::vector<std::string> services;
    for (const planner::RenderedService& wanted : stage.render("1.4.0").services) {
      for (const planner::Instance& runs : state(now, wanted.service).instances) {
        EXPECT_TRUE(planner::is_known(runs, wanted));
        if (!planner::drift(runs, wanted).empty()) services.push_back(wanted.service);
      }
    }
    return services;
  };
  EXPECT_THAT(drift(), IsEmpty());
  stage.files[".env"] = "SHOP_VERSION=1.4.0\nDATABASE_URL=sqlite:other.db\n";
  EXPECT_THAT(drift(), ::testing::Contains("proxy"));
}

TEST(LocalRender, NamesPidFilesOfUnknownServices) {
  Stage stage;
  stage.runs("run/mailer.2.pid", 40, "1.4.0:00");
  EXPECT_THAT(stage.render("1.4.0").warnings, ElementsAre(HasSubstr("run/mailer.2.pid")));
}

TEST(LocalRender, ShowsTheProgramAndTheVersionThatItRuns) {
  Stage stage(
      "stack s {}\nlocal {}\n"
      "service a { command = [\"releases/${version}/a\"] }\n"
      "service b { command = [\"bin/b\"], env = { RELEASE = \"${version}\" } }\n"
      "service c { command = [\"bin/c\"] }\n");
  const auto services = stage.render("1.5.0").services;
  EXPECT_EQ(services[0].image, "releases/1.5.0/a");
  EXPECT_EQ(services[1].image, "bin/b (1.5.0)");
  EXPECT_EQ(services[2].image, "bin/c");
}

TEST(LocalRender, WithoutAVersionStandsForThePin) {
  Stage stage;
  EXPECT_EQ(stage.render("").services, stage.render("1.4.0").services);
}

TEST(LocalRender, AMissingEnvFileIsAnErrorThatNamesIt) {
  Stage stage;
  stage.files.clear();
  stage.snapshot();
  const auto rendering = stage.provider.render(stage.view(), {}, "1.5.0");
  ASSERT_FALSE(rendering);
  EXPECT_THAT(rendering.error().what, HasSubstr(".env"));
}

TEST(LocalRender, RefusesAHostAndNamesThatAreNoFileNames) {
  Stage host(
      "stack s {}\nhost far { ssh = \"me@far\" }\nlocal { on = host.far }\nservice a { command = [\"a\"] "
      "}\n");
  const auto there = host.provider.render(host.view(), {}, "1.0.0");
  ASSERT_FALSE(there);
  EXPECT_THAT(there.error().what, HasSubstr("far"));
  Stage named("stack s {}\nlocal {}\nservice a { name = \"../a\", command = [\"a\"] }\n");
  const auto climbing = named.provider.render(named.view(), {}, "1.0.0");
  ASSERT_FALSE(climbing);
  EXPECT_THAT(climbing.error().what, HasSubstr("../a"));
  Stage empty("stack s {}\nlocal {}\nservice a { role = api }\n");
  const auto nothing = empty.provider.render(empty.view(), {}, "1.0.0");
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().what, HasSubstr("no command"));
}

}  // namespace
}  // namespace pawl::providers
