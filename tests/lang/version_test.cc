// Versions: parsing, order, ranges, classes of hops.
#include "lang/version.h"

#include <gtest/gtest.h>

namespace pawl::lang {
namespace {

Version v(std::string_view text) {
  const auto version = Version::parse(text);
  EXPECT_TRUE(version) << text;
  return version.value_or(Version{});
}

TEST(Version, Parses) {
  EXPECT_EQ(v("v2026.05.01").numbers, (std::vector<std::uint64_t>{2026, 5, 1}));
  EXPECT_EQ(v("2.0.0-rc.1+build.5").prerelease, (std::vector<std::string>{"rc", "1"}));
  EXPECT_EQ(v("2.0.0-rc.1").text, "2.0.0-rc.1");
  for (const char* wrong : {"", "v", "1.", ".1", "1..2", "1.2.3.4.5", "a", "1.x", "1.0-", "1.0+", "1.0-a..b",
                            "-1", "1 ", "1234567890123456", "1.0-\xc3\xa9"}) {
    EXPECT_FALSE(Version::parse(wrong)) << wrong;
  }
}

// The example of semver.org 2.0.0, item 11, and what is ours beyond it.
TEST(Version, IsOrdered) {
  const char* ascending[] = {
      "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
      "1.0.0-rc.1",  "1.0.0",         "1.0.0.1",          "1.2",        "1.10",         "2",
      "v2026.05.01"};
  for (std::size_t i = 1; i < std::size(ascending); ++i)
    EXPECT_LT(v(ascending[i - 1]), v(ascending[i])) << ascending[i];
  EXPECT_EQ(v("1.5"), v("v1.5.0+build"));
}

TEST(Version, Ranges) {
  const auto contains = [](std::string_view range, std::string_view version) {
    const auto parsed = VersionRange::parse(range);
    EXPECT_TRUE(parsed) << range;
    return parsed && parsed->contains(v(version));
  };
  EXPECT_TRUE(contains(">= 0.5.0", "0.5.0"));
  EXPECT_FALSE(contains("> 0.5.0", "0.5.0"));
  EXPECT_TRUE(contains(">= 0.5 < 0.7", "0.6.9"));
  EXPECT_TRUE(contains(">=0.5,<0.7", "0.6.9"));
  EXPECT_FALSE(contains(">= 0.5 < 0.7", "0.7.0"));
  EXPECT_TRUE(contains("1.4.x", "1.4.0"));
  EXPECT_TRUE(contains("1.4.x", "1.4.99"));
  EXPECT_FALSE(contains("1.4.x", "1.5.0-rc.1"));
  EXPECT_TRUE(contains("", "9.9"));
  EXPECT_TRUE(contains("1.5.0", "1.5"));
  for (const char* wrong : {">=", "> = 1", "~> 2", "1.x.4", ">= 1.x", "latest"})
    EXPECT_FALSE(VersionRange::parse(wrong)) << wrong;
}

TEST(Version, Classes) {
  const auto hop = [](const char* from, const char* to, VersionScheme scheme = VersionScheme::Semver) {
    return classify(v(from), v(to), scheme, {v("1"), v("3"), v("2")});
  };
  EXPECT_EQ(hop("1.4.0", "1.4.1"), HopClass::Patch);
  EXPECT_EQ(hop("1.4.0", "1.5.0"), HopClass::Minor);
  EXPECT_EQ(hop("1.4.0", "2.0.0"), HopClass::Major);
  EXPECT_EQ(hop("1.4.0", "v1.4"), HopClass::Same);
  EXPECT_EQ(hop("1.4.0", "1.3.9"), HopClass::Downgrade);
  EXPECT_EQ(hop("1.4.0-rc.1", "1.4.0"), HopClass::Patch);
  EXPECT_EQ(hop("2026.04.20", "2026.05.01", VersionScheme::Calver), HopClass::Calendar);
  EXPECT_EQ(hop("3", "2", VersionScheme::List), HopClass::Minor);
  EXPECT_EQ(hop("2", "1", VersionScheme::List), HopClass::Downgrade);
}

}  // namespace
}  // namespace pawl::lang
