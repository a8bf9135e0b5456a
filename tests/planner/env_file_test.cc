#include "planner/engine/env_file.h"

#include <gtest/gtest.h>

namespace pawl::planner {
namespace {

std::string value(std::string_view text, std::string_view name = "A") {
  return env_value(text, name).value_or("(none)");
}

TEST(EnvFile, ReadsWhatComposeReads) {
  EXPECT_EQ(value("A=1\n"), "1");
  EXPECT_EQ(value("A=1"), "1");
  EXPECT_EQ(value("  export A = 1  \n"), "1");
  EXPECT_EQ(value("A: 1\n"), "1");
  EXPECT_EQ(value("A=\n"), "");
  EXPECT_EQ(value("A=a b # note\n"), "a b");
  EXPECT_EQ(value("A=a#b\n"), "a#b");
  EXPECT_EQ(value("A= # note\n"), "# note");
  EXPECT_EQ(value("A=#fff\n"), "#fff");
  EXPECT_EQ(value("A=1\t# note\n"), "1\t# note");
  EXPECT_EQ(value("A='it\\'s'\n"), "it's");
  EXPECT_EQ(value("A=\"a\\tb\\$c\\0101\"\n"), "a\tb$cA");
  EXPECT_EQ(value("A='x' y\nB=2\n", "B"), "2");
  EXPECT_EQ(value("A='x' B=2\n", "B"), "2");
  EXPECT_EQ(value("1A=b\n", "1A"), "b");
  EXPECT_EQ(value("A='x # $y'\n"), "x # $y");
  EXPECT_EQ(value("A=\"x\\n\\\"y\\\" \\\\\" # note\n"), "x\n\"y\" \\");
  EXPECT_EQ(value("A=1\r\nB=2\r\n", "A"), "1");
  EXPECT_EQ(value("A='one\ntwo'\nB=3\n", "B"), "3");
  EXPECT_EQ(value("A=1\nA=2\n"), "2");
  EXPECT_EQ(value("\xEF\xBB\xBF"
                  "A=1\n"),
            "1");
  EXPECT_EQ(value("A\nB=1\n"), "(none)");
  EXPECT_EQ(value("", "A"), "(none)");
}

TEST(EnvFile, TellsLinesAndQuotes) {
  const auto entries = parse_env_file("# top\n\nA='$x'\nB=\"$x\"\nC=$x\n");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ((*entries)[0].line, 3u);
  EXPECT_FALSE((*entries)[0].interpolate);
  EXPECT_TRUE((*entries)[1].interpolate);
  EXPECT_EQ((*entries)[2].line, 5u);
}

TEST(EnvFile, TemplatesHaveBareNamesAndDollarSignsToFillIn) {
  const auto entries = parse_env_template("A\nB=\"\\$x\"\nlast");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_TRUE((*entries)[0].bare);
  EXPECT_EQ((*entries)[0].name, "A");
  EXPECT_EQ((*entries)[1].value, "$$x");
  EXPECT_EQ((*entries)[2].name, "");
  EXPECT_EQ((*entries)[2].value, "last");
  EXPECT_EQ(parse_env_file("A\nB=1\nlast")->size(), 1u);
}

TEST(EnvFile, NamesTheLineThatIsWrong) {
  const auto wrong = [](std::string_view text) {
    const auto entries = parse_env_file(text);
    return entries ? std::string("(fine)") : entries.error().what;
  };
  EXPECT_EQ(wrong("A=1\n%%%\n"), "line 2: this is not NAME=value");
  EXPECT_EQ(wrong("A=1\n\nB='x\n"), "line 3: the quote of `B` is not closed");
  EXPECT_EQ(wrong("A='x' y z\n"), "line 1: `y` is not followed by `=`");
  EXPECT_EQ(wrong("A b\n"), "line 1: `A` is not followed by `=`");
}

std::string set(std::string_view text, std::string_view to, std::string_view name = "A") {
  const auto out = set_env_value(text, name, to);
  return out ? *out : "error: " + out.error().what;
}

TEST(EnvFile, SetsInPlaceAndKeepsEveryOtherByte) {
  EXPECT_EQ(set("# c\nA=1.4.0 # pinned\nB=2\n", "1.5.0"), "# c\nA=1.5.0 # pinned\nB=2\n");
  EXPECT_EQ(set("A=\"1\"\r\nB=2\r\n", "2"), "A=\"2\"\r\nB=2\r\n");
  EXPECT_EQ(set("  export A = '1'  # n\n", "2"), "  export A = '2'  # n\n");
  EXPECT_EQ(set("A=1\nA=2\n", "3"), "A=1\nA=3\n");
  EXPECT_EQ(set("A=1", "2"), "A=2");
  EXPECT_EQ(set("A=# note\n", "2"), "A=2\n");
  EXPECT_EQ(set("A=1 # note\n", ""), "A='' # note\n");
}

TEST(EnvFile, AddsAMissingVariableAtTheEnd) {
  EXPECT_EQ(set("", "1"), "A=1\n");
  EXPECT_EQ(set("B=2", "1"), "B=2\nA=1\n");
  EXPECT_EQ(set("B=2\r\n", "1"), "B=2\r\nA=1\r\n");
  EXPECT_EQ(set("A\n", "1"), "A\nA=1\n");
}

TEST(EnvFile, WhatIsSetReadsBack) {
  for (const std::string_view before : {"A=x\n", "A='x'\n", "A=\"x\"\n", "A= # c\n", "B=1\n"}) {
    for (const std::string_view to : {"", "1.5.0", "a b", " a ", "a#b", "a # b", "it's", "say \"x\"",
                                      "back\\slash", "ends\\", "$x", "two\nlines"}) {
      EXPECT_EQ(value(set(before, to)), to) << before << to;
    }
  }
}

TEST(EnvFile, RefusesWhatCannotBeWritten) {
  EXPECT_TRUE(set("A=1\n", std::string_view("a\0b", 3)).starts_with("error: "));
  EXPECT_TRUE(set("A=1\n", "x", "not a name").starts_with("error: "));
  EXPECT_TRUE(set("A='\n", "x").starts_with("error: line 1"));
}

}  // namespace
}  // namespace pawl::planner
