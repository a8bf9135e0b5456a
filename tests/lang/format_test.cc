// The formatter: what it writes, and the properties that hold for every text.
#include "lang/format.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "lang/parse.h"
#include "support.h"
#include "tree.h"

namespace pawl::lang {
namespace {

std::string formatted(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  const SourceId id = sources.add("stack.pawl", text);
  const auto out = format(sources, id, diagnostics);
  return out ? *out : render(diagnostics, sources, false);
}

TEST(Format, IndentsAndSpaces) {
  EXPECT_EQ(formatted("service   api{role=api,pause=10s}"), "service api { role = api, pause = 10s }\n");
  EXPECT_EQ(formatted("stack x {\nversion=1.5.0\n}\n"), "stack x {\n  version = 1.5.0\n}\n");
  EXPECT_EQ(formatted("a {\n x = [ 1,2 ,3 ]\n y = f( \"a\" , b=1 )\n}"),
            "a {\n  x = [1, 2, 3]\n  y = f(\"a\", b = 1)\n}\n");
  EXPECT_EQ(formatted("a { x = !b&&c==d }"), "a { x = !b && c == d }\n");
  EXPECT_EQ(formatted("a { x = {\"k\"=1} }"), "a { x = { \"k\" = 1 } }\n");
}

TEST(Format, ABlockIsOnOneLineOrHasOneItemALine) {
  EXPECT_EQ(formatted("a { x = 1,\n y = 2 }"), "a {\n  x = 1\n  y = 2\n}\n");
  EXPECT_EQ(formatted("a {\n x = 1, y = 2\n}"), "a {\n  x = 1\n  y = 2\n}\n");
  EXPECT_EQ(formatted("a {\n\n}"), "a {}\n");
}

TEST(Format, AlignsNeighbours) {
  EXPECT_EQ(formatted("a {\nx = 1\nlong = 2\n\ny = 3\n}"), "a {\n  x    = 1\n  long = 2\n\n  y = 3\n}\n");
  EXPECT_EQ(formatted("release 1.0.0 {\nfrom = 1\nenv { remove A }\n}"),
            "release 1.0.0 {\n  from = 1\n  env  { remove A }\n}\n");
  EXPECT_EQ(formatted("gate one {a=1}\ngate three {b=1}\ncheck x {c=1}"),
            "gate one   { a = 1 }\ngate three { b = 1 }\ncheck x { c = 1 }\n");
}

TEST(Format, KeepsEveryComment) {
  EXPECT_EQ(
      formatted("# top\n\n\n\na {# open\n# own line\nx = 1 # first\nlong = 2   # second\n# last\n}\n# end"),
      "# top\n\na {  # open\n  # own line\n  x    = 1  # first\n  long = 2  # second\n  # last\n}\n# end\n");
  EXPECT_EQ(formatted("a { x = [\n1, # one\n2 # two\n] }"),
            "a {\n  x = [\n    1  # one\n    2  # two\n  ]\n}\n");
}

TEST(Format, BreaksABlockThatDoesNotFit) {
  const std::string long_value(90, 'x');
  EXPECT_EQ(formatted("service api { role = api, image = \"" + long_value + "\", pause = 3s }"),
            "service api {\n  role  = api\n  image = \"" + long_value + "\"\n  pause = 3s\n}\n");
}

TEST(Format, HeredocsStayAsTheyAre) {
  EXPECT_EQ(formatted("a {\n     x = <<END\n   keep  this\nEND\n y = 1\n}"),
            "a {\n  x = <<END\n   keep  this\nEND\n  y = 1\n}\n");
}

TEST(Format, CarriageReturnsGo) {
  EXPECT_EQ(formatted("a {\r\n  x = 1\r\n}\r\n"), "a {\n  x = 1\n}\n");
}

TEST(Format, RefusesWhatDoesNotParse) {
  Sources sources;
  Diagnostics diagnostics;
  const SourceId id = sources.add("stack.pawl", "service {{");
  EXPECT_FALSE(format(sources, id, diagnostics));
  EXPECT_TRUE(diagnostics.has_errors());
}

/// Every text of the tests that parses.
std::vector<std::string> texts() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PAWL_TEST_DATA)) {
    if (entry.path().extension() == ".pawl") out.push_back(test::read_file(entry.path()));
  }
  return out;
}

TEST(Format, TwiceIsOnceAndTheMeaningStays) {
  int checked = 0;
  for (const std::string& text : texts()) {
    Sources sources;
    Diagnostics diagnostics;
    const SourceId id = sources.add("stack.pawl", text);
    const auto once = format(sources, id, diagnostics);
    if (!once) continue;
    EXPECT_EQ(formatted(*once), *once) << text;
    EXPECT_EQ(test::tree(*once), test::tree(text));
    ++checked;
  }
  EXPECT_GT(checked, 5);
}

}  // namespace
}  // namespace pawl::lang
