#include "planner/engine/drift.h"

#include <gtest/gtest.h>

#include "fake.h"
#include "planner/plans/drift.h"

namespace pawl::planner {
namespace {

Instance started(Properties properties, std::string image = "app:1") {
  Instance out;
  out.image = std::move(image);
  out.properties = std::move(properties);
  return out;
}

RenderedService wanted(Properties properties, std::string image = "app:1") {
  RenderedService out;
  out.image = std::move(image);
  out.fingerprint = "as wanted";
  out.properties = std::move(properties);
  return out;
}

std::string said(const Instance& runs, const RenderedService& files) {
  return describe(drift(runs, files));
}

TEST(Drift, NamesEachPropertyThatDiffers) {
  EXPECT_EQ(said(started({{"port 80/tcp", "8080"}, {"restart", "always"}}),
                 wanted({{"port 80/tcp", "8081"}, {"mount /data", "./data"}})),
            "mount /data added, port 80/tcp 8080 → 8081, restart removed");
  EXPECT_EQ(said(started({{"restart", "always"}}), wanted({{"restart", "always"}})), "");
}

TEST(Drift, ASecretIsNotShownAndADigestDoesNotGiveItAway) {
  const std::string one = digest("hunter2"), other = digest("hunter3");
  EXPECT_NE(one, other);
  EXPECT_EQ(one.size(), 5u) << "65,536 values: nobody can tell which of all passwords it is of";
  EXPECT_EQ(said(started({{"environment PASSWORD", one}}), wanted({{"environment PASSWORD", other}})),
            "environment PASSWORD changed");
}

TEST(Drift, WhatTheImageSaysIsNoDifferenceUntilTheFilesSayOtherwise) {
  Instance runs = started({{"restart", "always"}});
  runs.image_properties = {{"user", "app"}, {"command", "#aaaa"}};
  EXPECT_EQ(said(runs, wanted({{"restart", "always"}})), "");
  EXPECT_EQ(said(runs, wanted({{"restart", "always"}, {"user", "app"}})), "");
  EXPECT_EQ(said(runs, wanted({{"restart", "always"}, {"user", "root"}})), "user app → root");
}

TEST(Drift, WhateverIsNoDifference) {
  const Properties any{{"port 80/tcp", std::string(kWhatever)}, {"mount *", std::string(kWhatever)}};
  EXPECT_EQ(said(started({{"port 80/tcp", "32768"}, {"mount /x", "y"}}), wanted(any)), "");
  EXPECT_EQ(said(started({{"restart", "always"}}), wanted(any)), "restart removed");
}

TEST(Drift, AnImageIsItsNameAndWhatTheNameMeans) {
  EXPECT_EQ(said(started({}, "db:16.4"), wanted({}, "db:17.2")), "image db:16.4 → db:17.2");
  Instance runs = started({});
  RenderedService files = wanted({});
  runs.image_id = "sha256:aaaaaaaaaaaaaaaa";
  EXPECT_EQ(said(runs, files), "") << "what the name means now is not known";
  files.image_id = "sha256:bbbbbbbbbbbbbbbb";
  EXPECT_EQ(said(runs, files), "the image aaaaaaaaaaaa is not the one its name means now, bbbbbbbbbbbb");
  EXPECT_TRUE(is_code(drift(runs, files).at(0)));
}

TEST(Drift, TheEnginesWordSettlesWhatIsNotCompared) {
  Instance runs = started({{"restart", "always"}});
  const RenderedService files = wanted({{"restart", "no"}});
  runs.started_as = files.fingerprint;
  EXPECT_EQ(said(runs, files), "") << "the engine knows better than a comparison of ours";
  runs.started_as = "otherwise";
  EXPECT_EQ(said(runs, files), "restart always → no");
  runs.properties = files.properties;
  EXPECT_EQ(said(runs, files), "something else in its configuration changed");
  runs.started_as.clear();
  EXPECT_EQ(said(runs, files), "");
  runs.not_started_as = files.fingerprint;
  EXPECT_EQ(said(runs, files), "something else in its configuration changed");
  runs.properties.clear();
  EXPECT_EQ(said(runs, files), "its configuration changed");
}

TEST(Drift, NothingKnownIsNotTheSameAsNoDifference) {
  EXPECT_FALSE(is_known(started({}), wanted({{"restart", "no"}})));
  EXPECT_TRUE(is_known(started({{"restart", "no"}}), wanted({{"restart", "no"}})));
  Instance told = started({});
  told.started_as = "as wanted";
  EXPECT_TRUE(is_known(told, wanted({})));
}

TEST(Drift, TheSameDifferenceOfSeveralInstancesIsSaidOnce) {
  const std::vector<Difference> twice{{"restart", "always", "no"}, {"restart", "always", "no"}};
  EXPECT_EQ(describe(twice), "restart always → no");
}

/// "service: what differs", a line each, of a manifest with a situation in its comments.
std::string reported(const std::string& manifest) {
  const testing::Case world(manifest + R"(
stack app { version = 1.5.0 }
compose { pin = env(".env", "APP_VERSION") }
service api { role = api }
service worker { role = worker, instances = 2 }
service nightly { role = job }
)");
  const auto report = find_drift(world.input);
  if (!report) return testing::show(report.error(), world.loaded.sources);
  std::string out;
  for (const Difference& pin : report->pins) out += "pin " + pin.runs + " → " + pin.wanted + "\n";
  for (const ServiceDrift& each : report->services)
    out += each.service + ": " + describe(each.differences) + (each.unknown ? "unknown" : "") + "\n";
  for (const Notice& notice : report->notices) out += "! " + notice.text + "\n";
  return out;
}

constexpr const char* kRuns = "#: running 1.5.0\n#: instances worker=2\n";

TEST(DriftReport, NothingToSay) {
  EXPECT_EQ(reported(kRuns), "");
}

TEST(DriftReport, WhatDoesNotRunIsNotWhatTheFilesAskFor) {
  EXPECT_EQ(reported(std::string(kRuns) + "#: stopped api"), "api: instances that run 0 → 1\n");
  EXPECT_EQ(reported(std::string(kRuns) + "#: there worker=1"), "worker: instances 1 → 2\n");
  EXPECT_EQ(reported(std::string(kRuns) + "#: there api=0"), "api: instances 0 → 1\n");
  EXPECT_EQ(reported(std::string(kRuns) + "#: there api=0 worker=0 nightly=0"),
            "api: instances that run 0 → 1\nworker: instances that run 0 → 2\n");
  EXPECT_EQ(reported(std::string(kRuns) + "#: stopped nightly"), "") << "a job that has ended is done";
}

TEST(DriftReport, APinThatSaysAnotherVersionThanRuns) {
  EXPECT_EQ(reported(std::string(kRuns) + "#: pin 1.4.0"), "pin 1.5.0 → 1.4.0\n");
}

TEST(DriftReport, WhatNobodyKnowsIsCountedApart) {
  EXPECT_EQ(
      reported(std::string(kRuns) + "#: unknown api"),
      "api: unknown\n! nobody knows with which configuration these were started, so only their versions "
      "were compared: api\n");
}

TEST(DriftReport, WhatTheFilesWantNoneOfIsNamedAndStays) {
  EXPECT_EQ(reported("#: running 1.5.0\n#: instances worker=0\n#: there worker=1"),
            "worker: instances 1 → 0\n! worker is left as it is, although the files ask for something else: "
            "instances 1 → 0\n");
}

}  // namespace
}  // namespace pawl::planner
