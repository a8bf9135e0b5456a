// Every manifest in cases/ with the plan (or the refusal) it gives. `name.pawl` is the case, `name.txt` what
// is shown.
#include "planner/plans/compile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "fake.h"
#include "planner/file/plan_file.h"
#include "planner/plan/render.h"

namespace pawl::planner {
namespace {

using namespace testing;

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PAWL_TEST_DATA "/cases")) {
    if (entry.path().extension() == ".pawl") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, Plan) {
  const std::string base = PAWL_TEST_DATA "/cases/" + GetParam();
  const std::string manifest = read_file(base + ".pawl");
  const Case world(manifest);
  ASSERT_TRUE(world.loaded.stack);
  const auto plan = world.compile();
  std::string shown;
  if (plan) {
    shown = render_text(*plan, {});
    const auto again = world.compile();
    ASSERT_TRUE(again);
    EXPECT_EQ(write_plan(*plan), write_plan(*again)) << "compiling is not deterministic";
    const auto back = read_plan(write_plan(*plan));
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(*back, *plan);
    const bool whole = GetParam().starts_with("piprio");
    for (std::uint32_t i = 0; i < plan->steps.size(); ++i) {
      if (whole || manifest.find("#: every step\n") != std::string::npos)
        shown += "\n" + render_step(*plan, StepId{i}, {});
    }
    if (whole) {
      expect_golden(base + ".json", write_plan(*plan));
    }
  } else {
    shown = show(plan.error(), world.loaded.sources);
  }
  expect_golden(base + ".txt", shown);
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, ::testing::ValuesIn(case_names()), [](const auto& name) {
  std::string out = name.param;
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return out;
});

}  // namespace
}  // namespace pawl::planner
