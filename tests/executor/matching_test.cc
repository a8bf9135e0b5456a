// What an answer must be: paths into JSON, expectations, silence.
#include "executor/instructions/matching.h"

#include "executor/instructions/told.h"
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
    return unmet(planner::QueryCommand{testing::process({"docker", "ps", "-a"}), 5s}, expect, answer)
        .value_or("holds");
  };
  planner::Expectation expect;
  EXPECT_EQ(why(expect, ""), "holds");
  EXPECT_EQ(why(expect, "", 1), "`docker ps` exited with 1");
  EXPECT_EQ(why(expect, "checking\nthe queue is closed\n", 1),
            "the queue is closed (`docker ps` exited with 1)");
  expect.equals = "up";
  EXPECT_EQ(why(expect, "up \n\n"), "holds");
  EXPECT_EQ(why(expect, "down"), "the answer is `down`, not `up`");
  expect = {};
  expect.contains = lang::Text("0 running\n");
  EXPECT_EQ(why(expect, "12 done, 0 running  \n"), "holds") << "white space at either end does not count";
  EXPECT_EQ(why(expect, "3 running"), "the answer is `3 running`");
  EXPECT_EQ(why(expect, ""), "the answer is empty");
  expect.exit_codes = {5};
  EXPECT_EQ(why(expect, "0 running", 5), "holds");
  EXPECT_EQ(why(expect, "0 running", 0), "0 running (`docker ps` exited with 0)");
  expect = {};
  expect.lines = 2;
  EXPECT_EQ(why(expect, "a\n\n  \nb"), "holds");
  EXPECT_EQ(why(expect, "a"), "there is one, a");
  expect = {};
  expect.matches = "^b$";
  expect.lacks = "panic";
  EXPECT_EQ(why(expect, "a\nb\nc"), "holds");
  EXPECT_EQ(why(expect, "b\npanic: x"), "the answer has 2 lines and ends with `panic: x`");
  EXPECT_EQ(why(expect, std::string(1'000'000, 'x')), "the answer is `" + std::string(200, 'x') + "…`");
  EXPECT_EQ(why(expect, ""), "the answer is empty");
  expect.matches = "(";
  EXPECT_EQ(why(expect, "a"), "`(` is not a regular expression");
}

TEST(Matching, NumbersThatMustNotBeSmaller) {
  const auto why = [](const std::string& output) {
    planner::Answer answer;
    answer.ok = true;
    answer.output = output;
    planner::Expectation expect;
    expect.at_least = {{"disk.free", 1000}};
    return unmet(planner::DiskSpace{}, expect, answer).value_or("holds");
  };
  EXPECT_EQ(why(R"({"disk":{"free":1000}})"), "holds");
  EXPECT_EQ(why(R"({"disk":{"free":18446744073709551615}})"), "holds");
  EXPECT_EQ(why(R"({"disk":{"free":999}})"), "disk.free is 999, which is less than 1000");
  EXPECT_EQ(why(R"({"disk":{"free":-5}})"), "disk.free is -5, which is less than 1000");
  EXPECT_EQ(why(R"({"disk":{"free":"1000"}})"), "disk.free is not a number in the answer");
  EXPECT_EQ(why(R"({"disk":{}})"), "disk.free is not a number in the answer");
  EXPECT_EQ(why("nothing"), "the answer is not JSON");
}

TEST(Matching, WhatWasSeenIsToldInWordsAndNeverByAPattern) {
  planner::Expectation images;
  images.lines = 2;
  images.lacks = R"re((^|\n)(?!bugs-app:1\.1\.0( |\n|$))[^\n])re";
  const auto why = [&](const std::string& output) {
    planner::Answer answer{true, 0, output, ""};
    return unmet(planner::QueryCommand{testing::process({"docker", "ps"}), 5s}, images, answer)
        .value_or("holds");
  };
  EXPECT_EQ(why("bugs-app:1.1.0\nbugs-app:1.1.0\n"), "holds");
  EXPECT_EQ(why(""), "there is none");
  EXPECT_EQ(why("bugs-app:1.1.0 Up 2 hours\n"), "there is one, bugs-app:1.1.0 Up 2 hours");
  EXPECT_EQ(why("bugs-app:1.0.0\nbugs-app:1.0.0\n"), "there are two of bugs-app:1.0.0");
  EXPECT_EQ(why("bugs-app:1.0.0\nbugs-app:1.1.0\nbugs-app:1.0.0\n"),
            "there are three, two of bugs-app:1.0.0, one of bugs-app:1.1.0");
  planner::Expectation runs;
  runs.matches = R"re("state":"running".*"fingerprint":"1\.1\.0:)re";
  const auto process = [&](const std::string& output) {
    planner::Answer answer{true, 0, output, ""};
    return unmet(planner::InspectProcess{"run/api.pid"}, runs, answer).value_or("holds");
  };
  EXPECT_EQ(process(R"({"state":"running","pid":71,"started":5,"fingerprint":"1.1.0:ab"})"), "holds");
  EXPECT_EQ(process(R"({"state":"running","pid":71,"started":5,"fingerprint":"1.0.0:ab"})"),
            "process 71 runs, started in 1.0.0");
  EXPECT_EQ(process(R"({"state":"stopped","pid":0,"started":0,"fingerprint":""})"), "no process runs");
  EXPECT_EQ(process(R"({"state":"foreign","pid":71,"started":5,"fingerprint":""})"),
            "its process has ended, and pid 71 belongs to another program now");
}

TEST(Matching, DurationsAreTold) {
  EXPECT_EQ(in_words(3min), "3 minutes");
  EXPECT_EQ(in_words(90s), "1 minute 30 seconds");
  EXPECT_EQ(in_words(Duration(20'400)), "20 seconds");
  EXPECT_EQ(in_words(2h), "2 hours");
  EXPECT_EQ(in_words(Duration(250)), "250 milliseconds");
}

TEST(Matching, SilenceIsTheProbeThatDoesNotPass) {
  const planner::Query probe = planner::TcpProbe{lang::Text("127.0.0.1:8000"), {}};
  planner::Expectation silence;
  silence.silent = true;
  planner::Answer answer;
  EXPECT_EQ(unmet(probe, silence, answer), std::nullopt);
  answer.ok = true;
  EXPECT_EQ(unmet(probe, silence, answer), "another process listens there; `ss -ltnp` shows which");
}

TEST(Matching, AConditionHoldsWhenAllItsQuestionsSaySo) {
  planner::Condition both{planner::ReadFile{"a"}, {}, "both are there"};
  both.also.push_back({planner::Question(planner::ReadFile{"b"}, "web"), {}});
  std::vector<std::string> asked;
  std::string missing;
  const auto ask = [&](const planner::Question& question) {
    asked.push_back(planner::render(question));
    return planner::Answer{asked.back() != missing, 0, asked.back(), asked.back() + " failed"};
  };
  EXPECT_TRUE(judge(both, ask).holds());
  EXPECT_EQ(asked, (std::vector<std::string>{"read a", "on web: read b"}));
  missing = "on web: read b";
  EXPECT_EQ(judge(both, ask).unmet, "on web: read b failed");
  missing = "read a";
  asked.clear();
  const Verdict verdict = judge(both, ask);
  EXPECT_EQ(verdict.unmet, "read a failed");
  EXPECT_EQ(verdict.answer.output, "read a");
  EXPECT_FALSE(verdict.unknown()) << "a file that is not there is an answer";
  EXPECT_EQ(asked.size(), 1u) << "nothing is asked after a no";
}

TEST(Matching, AProgramThatCannotBeAskedSaysNeitherYesNorNo) {
  planner::Condition condition{planner::ReadFile{"a"}, {}, "it is there"};
  condition.also.push_back({planner::QueryCommand{}, {}});
  bool reached = false;
  const auto ask = [&](const planner::Question& question) {
    return planner::Answer{reached || !std::holds_alternative<planner::QueryCommand>(question.query), 1, "",
                           ""};
  };
  EXPECT_TRUE(judge(condition, ask).unknown());
  reached = true;
  EXPECT_FALSE(judge(condition, ask).unknown()) << "an exit code is an answer";
  EXPECT_FALSE(judge(condition, ask).holds());
}

}  // namespace
}  // namespace pawl::executor
