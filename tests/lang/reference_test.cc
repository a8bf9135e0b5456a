// docs/language.md is true: its reference is what the checker knows, and its examples load.
#include "reference.h"

#include <gtest/gtest.h>

#include <algorithm>
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

/// What the schema marks as not built, as a diagnostic names it: "`stop` of release `", "`strategy = surge`".
std::vector<std::string> unbuilt_marks() {
  std::vector<std::string> out;
  for (const BlockSchema& block : block_schemas()) {
    const std::string keyword(block.keyword);
    if (!block.built) out.push_back("`" + keyword + "` is not");
    for (const Row& row : block.rows) {
      if (!row.built) out.push_back("`" + std::string(row.name) + "` of " + keyword + " `");
      for (std::string_view word : row.unbuilt)
        out.push_back("`" + std::string(row.name) + " = " + std::string(word) + "`");
    }
  }
  for (const Function& function : functions()) {
    if (!function.built) out.push_back(" = " + std::string(function.name) + "(…)`");
  }
  return out;
}

TEST(LanguageReference, EveryMarkIsReportedAndNothingElse) {
  LoadOptions options;
  options.manifest = "not-supported-yet.pawl";
  std::vector<std::string> said;
  const Loaded loaded = load(DiskReader(std::string(PAWL_TEST_DATA) + "/wrong"), options);
  for (const Diagnostic& one : loaded.diagnostics.sorted()) {
    EXPECT_EQ(one.kind, DiagnosticKind::NotSupportedYet) << one.detail;
    said.push_back(one.detail);
  }
  const std::vector<std::string> marks = unbuilt_marks();
  const auto names = [](const std::string& detail, const std::string& mark) {
    return detail.find(mark) != std::string::npos;
  };
  for (const std::string& mark : marks) {
    EXPECT_TRUE(std::any_of(said.begin(), said.end(), [&](const auto& one) { return names(one, mark); }))
        << mark << " has no line in " << options.manifest;
  }
  // Depends on more than a word, so that it has no mark.
  const std::string combination = "a probe of `downtime`";
  for (const std::string& one : said) {
    EXPECT_TRUE(one.starts_with(combination) ||
                std::any_of(marks.begin(), marks.end(), [&](const auto& mark) { return names(one, mark); }))
        << one << " has no mark in the schema, so the reference does not say it";
  }
}

TEST(LanguageReference, WhoOnlyReadsAManifestNeedNotMindTheMarks) {
  LoadOptions options;
  options.manifest = "not-supported-yet.pawl";
  options.unbuilt = Unbuilt::Accept;
  EXPECT_TRUE(load(DiskReader(std::string(PAWL_TEST_DATA) + "/wrong"), options).stack);
}

TEST(LanguageReference, ItsExamplesAreOneManifest) {
  std::string all;
  for (const std::string& example : examples(test::read_file(kPage), "pawl")) all += example;
  const Loaded loaded = test::load_text(all, {}, Unbuilt::Accept);
  EXPECT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
}

TEST(LanguageReference, ItsOtherExamplesLoadAlone) {
  const auto alone = examples(test::read_file(kPage), "pawl alone");
  EXPECT_GE(alone.size(), 5u);
  for (const std::string& example : alone) {
    const Loaded loaded = test::load_text("stack notes {}\n" + example, {}, Unbuilt::Accept);
    EXPECT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
  }
}

}  // namespace
}  // namespace pawl::lang
