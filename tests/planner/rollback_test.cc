// Every manifest in back/ with the way back from a run that did not end well. Lines `#: now …` say what has
// changed since the run's plan was made; `#: reached N` how many steps had begun, the last of them
// unfinished.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "fake.h"
#include "planner/file/plan_file.h"
#include "planner/plan/render.h"
#include "planner/plans/rollback_notices.h"

namespace pawl::planner {
namespace {

using namespace testing;

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PAWL_TEST_DATA "/back")) {
    if (entry.path().extension() == ".pawl") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The two worlds of a case, and how far the run got.
struct Story {
  std::string before, now;
  std::size_t reached = 0;
  bool lossy = false;
};

Story read_story(const std::string& text) {
  Story story;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#: reached ")) {
      story.reached = std::stoul(line.substr(11));
    } else if (line == "#: lossy-down") {
      story.lossy = true;
    } else if (line.starts_with("#: now ")) {
      story.now += "#: " + line.substr(7) + "\n";
      story.before += "#\n";  // the lines of the manifest keep their numbers
      continue;
    } else {
      story.now += line + "\n";
      story.before += line + "\n";
      continue;
    }
    story.now += "#\n";
    story.before += "#\n";
  }
  return story;
}

PastRun past_of(const Plan& plan, std::size_t reached) {
  PastRun past;
  past.number = 3;
  past.plan = &plan;
  past.stamp = "20261121-143005";
  past.steps.assign(plan.steps.size(), PastRun::Step::NotBegun);
  for (std::size_t i = 0; i < std::min(reached, past.steps.size()); ++i)
    past.steps[i] = PastRun::Step::Finished;
  if (reached > 0 && reached <= past.steps.size()) past.steps[reached - 1] = PastRun::Step::Begun;
  return past;
}

class RollbackGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(RollbackGolden, Plan) {
  const std::string base = PAWL_TEST_DATA "/back/" + GetParam();
  const Story story = read_story(read_file(base + ".pawl"));
  const Case before(story.before), now(story.now);
  ASSERT_TRUE(before.loaded.stack && now.loaded.stack);
  const auto upgrade = before.compile();
  ASSERT_TRUE(upgrade) << show(upgrade.error(), before.loaded.sources);
  ASSERT_LE(story.reached, upgrade->steps.size() + 1);
  const PastRun past = past_of(*upgrade, story.reached);
  const auto back = compile_rollback(now.input, past, story.lossy);
  std::string shown;
  if (back) {
    shown = render_text(*back, {});
    for (std::uint32_t i = 0; i < back->steps.size(); ++i) shown += "\n" + render_step(*back, StepId{i}, {});
    const auto again = read_plan(write_plan(*back));
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(*again, *back);
    EXPECT_EQ(back->purpose, Purpose::Rollback);
  } else {
    shown = show(back.error(), now.loaded.sources);
  }
  expect_golden(base + ".txt", shown);
}

INSTANTIATE_TEST_SUITE_P(Back, RollbackGolden, ::testing::ValuesIn(case_names()), [](const auto& name) {
  std::string out = name.param;
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return out;
});

TEST(ImagesThatRan, AreThoseOfTheVersionThatTheRunStartedFrom) {
  Plan plan;
  plan.from = "1.4.0";
  plan.to = "1.6.0";
  ServiceState worker;
  worker.service = "worker";
  Instance moved, stayed;  // an upgrade to 1.5.0 stopped between the two
  moved.version = "1.5.0";
  moved.image_id = "sha256:new";
  stayed.version = "1.4.0";
  stayed.image_id = "sha256:old";
  worker.instances = {moved, stayed};
  ServiceState proxy;
  proxy.service = "proxy";
  Instance own;  // has a version of its own
  own.image_id = "sha256:proxy";
  proxy.instances = {own};
  ServiceState api;
  api.service = "api";
  api.instances = {moved};
  plan.snapshot.services = {worker, proxy, api};
  PastRun past;
  past.plan = &plan;
  EXPECT_EQ(images_that_ran(past),
            (std::map<std::string, std::string>{{"worker", "sha256:old"}, {"proxy", "sha256:proxy"}}));
}

}  // namespace
}  // namespace pawl::planner
