// Which secrets a written plan needs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/file/plan_file.h"

namespace pawl::planner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Operation command(lang::Text word) {
  Command command;
  command.process.argv = {lang::Text("tool"), std::move(word)};
  Operation operation;
  operation.instruction = std::move(command);
  return operation;
}

lang::Text secret(std::string source) {
  lang::Text text;
  text.pieces = {lang::Literal{"--key="}, lang::Secret{std::move(source)}};
  return text;
}

TEST(PlanSecrets, EachOnceSorted) {
  Plan plan;
  plan.steps.resize(2);
  plan.steps[0].operations = {command(secret("var:word")), command(secret("env:KEY"))};
  plan.steps[1].operations = {command(secret("env:KEY")), command(lang::Text("plain"))};
  EXPECT_THAT(secret_sources(write_plan(plan)), ElementsAre("env:KEY", "var:word"));
}

TEST(PlanSecrets, SourcesWithQuotesAreReadBack) {
  Plan plan;
  plan.steps.resize(1);
  plan.steps[0].operations = {command(secret(R"(file:odd "name\".txt)"))};
  EXPECT_THAT(secret_sources(write_plan(plan)), ElementsAre(R"(file:odd "name\".txt)"));
}

TEST(PlanSecrets, TextThatLooksLikeOneIsNone) {
  Plan plan;
  plan.steps.resize(1);
  plan.steps[0].operations = {command(lang::Text(R"({"secret":"env:KEY"})"))};
  EXPECT_THAT(secret_sources(write_plan(plan)), IsEmpty());
}

}  // namespace
}  // namespace pawl::planner
