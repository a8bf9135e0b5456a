// What an answer must be: paths into JSON, expectations, silence.
#include "executor/instructions/matching.h"

#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;

TEST(Matching, JsonPaths) {
  const std::string body =
      R"({"status":"ok","n":1,"t":true,"z":null,"list":[{"a":"x"},{"a":"y"}],"components":{"db":"ok","queue":"slow"},"none":{}})";
  const auto why = [&](const std::string& path, const std::string& value) {
    return json_mismatch(body, {{path, value}}).value_or("holds");
  };
  EXPECT_EQ(why("status", "ok"), "holds");
  EXPECT_EQ(why("n", "1"), "holds");
  EXPECT_EQ(why("t", "true"), "holds");
  EXPECT_EQ(why("z", "null"), "holds");
  EXPECT_EQ(why("list.1.a", "y"), "holds");
  EXPECT_EQ(why("components.*", "ok"), "components.queue is slow, not ok");
  EXPECT_EQ(why("list.*.a", "x"), "list.1.a is y, not x");
  EXPECT_EQ(why("list.2.a", "x"), "list.2 is not in the answer");
  EXPECT_EQ(why("none.*", "ok"), "none has no members");
  EXPECT_EQ(why("status.deep", "ok"), "status.deep is not in the answer");
  EXPECT_EQ(json_mismatch("<html>", {{"a", "b"}}), "the answer is not JSON");
}

TEST(Matching, Expectations) {
  const auto why = [](planner::Expectation expect, const std::string& output, int code = 0) {
    planner::Answer answer;
    answer.ok = true;
    answer.output = output;
    answer.exit_code = code;
    return unmet({planner::QueryCommand{}, std::move(expect), "it"}, answer).value_or("holds");
  };
  planner::Expectation expect;
  EXPECT_EQ(why(expect, ""), "holds");
  EXPECT_EQ(why(expect, "", 1), "it exited with 1");
  expect.equals = "up";
  EXPECT_EQ(why(expect, "up \n\n"), "holds");
  EXPECT_EQ(why(expect, "down"), "the answer is `down`, not `up`");
  expect = {};
  expect.lines = 2;
  EXPECT_EQ(why(expect, "a\n\n  \nb"), "holds");
  EXPECT_EQ(why(expect, "a"), "there are 1, not 2");
  expect = {};
  expect.matches = "^b$";
  expect.lacks = "panic";
  EXPECT_EQ(why(expect, "a\nb\nc"), "holds");
  EXPECT_EQ(why(expect, "b\npanic: x"), "the answer contains `panic`");
  EXPECT_EQ(why(expect, std::string(1'000'000, 'x')), "the answer does not contain `^b$`");
  expect.matches = "(";
  EXPECT_EQ(why(expect, "a"), "`(` is not a regular expression");
}

TEST(Matching, SilenceIsTheProbeThatDoesNotPass) {
  planner::Condition silence{planner::TcpProbe{lang::Text("127.0.0.1:8000"), {}}, {}, "nobody answers"};
  silence.expect.silent = true;
  planner::Answer answer;
  EXPECT_EQ(unmet(silence, answer), std::nullopt);
  answer.ok = true;
  EXPECT_EQ(unmet(silence, answer), "another process listens there; `ss -ltnp` shows which");
}

}  // namespace
}  // namespace pawl::executor
