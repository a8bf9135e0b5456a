// docs/language.md is true: its reference is what the checker knows, and its examples load.
#include "reference.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "lang/load.h"
#include "support.h"

namespace pawl::lang {
namespace {

const std::string kPage = std::string(PAWL_TEST_DATA) + "/../../docs/language.md";
constexpr std::string_view kMarker = "<!-- reference -->\n";

/// The bodies of the fenced blocks that open with exactly `fence`.
std::vector<std::string> examples(const std::string& page, const std::string& fence) {
  std::vector<std::string> out;
  const std::string open = "\n```" + fence + "\n";
  for (std::size_t at = page.find(open); at != std::string::npos; at = page.find(open, at + 1)) {
    const std::size_t begin = at + open.size();
    out.push_back(page.substr(begin, page.find("\n```", begin) - begin) + "\n");
  }
  return out;
}

TEST(LanguageReference, IsWhatTheCheckerKnows) {
  const std::string page = test::read_file(kPage);
  const std::size_t marker = page.find(kMarker);
  ASSERT_NE(marker, std::string::npos);
  const std::string wanted = page.substr(0, marker + kMarker.size()) + test::reference();
  if (std::getenv("PAWL_ACCEPT")) std::ofstream(kPage) << wanted;
  EXPECT_EQ(test::read_file(kPage), wanted);
}

TEST(LanguageReference, NamesEveryBlockAndAttribute) {
  const std::string page = test::read_file(kPage);
  for (const BlockSchema& block : block_schemas()) {
    EXPECT_NE(page.find("### `" + std::string(block.keyword)), std::string::npos) << block.keyword;
    for (const Row& row : block.rows) {
      if (row.type == Type::Later) continue;
      EXPECT_NE(page.find("| `" + std::string(row.name) + "`"), std::string::npos)
          << block.keyword << "." << row.name;
    }
  }
}

TEST(LanguageReference, ItsExamplesAreOneManifest) {
  std::string all;
  for (const std::string& example : examples(test::read_file(kPage), "pawl")) all += example;
  const Loaded loaded = test::load_text(all);
  EXPECT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
}

TEST(LanguageReference, ItsOtherExamplesLoadAlone) {
  const auto alone = examples(test::read_file(kPage), "pawl alone");
  EXPECT_GE(alone.size(), 5u);
  for (const std::string& example : alone) {
    const Loaded loaded = test::load_text("stack notes {}\n" + example);
    EXPECT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
  }
}

}  // namespace
}  // namespace pawl::lang
