// Wrong manifests and what is said about them: wrong/NAME.pawl beside wrong/NAME.txt. PAWL_ACCEPT=1 writes
// the texts. A first line `# with --var a=1 --var b=2` gives variables.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "lang/load.h"
#include "support.h"

namespace pawl::lang {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(PAWL_TEST_DATA) / "wrong";

std::vector<std::string> wrong_manifests() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".pawl") out.push_back(entry.path().stem());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Loaded load_wrong(const std::string& name) {
  LoadOptions options;
  options.manifest = name + ".pawl";
  std::istringstream text(test::read_file(kFolder / options.manifest));
  for (std::string word; text >> word && word != "\n";) {
    if (word != "--var") continue;
    text >> word;
    options.variables[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
  return load(DiskReader(kFolder), options);
}

class Wrong : public testing::TestWithParam<std::string> {};

TEST_P(Wrong, IsExplained) {
  const Loaded loaded = load_wrong(GetParam());
  EXPECT_FALSE(loaded.stack);
  const std::string said = render(loaded.diagnostics, loaded.sources, false);
  const std::filesystem::path golden = kFolder / (GetParam() + ".txt");
  if (std::getenv("PAWL_ACCEPT")) std::ofstream(golden) << said;
  EXPECT_EQ(said, test::read_file(golden));
}

TEST_P(Wrong, IsExplainedInTheWordsOfTheLanguage) {
  const Loaded loaded = load_wrong(GetParam());
  const std::string said = render(loaded.diagnostics, loaded.sources, false);
  for (const char* jargon :
       {"mismatched", "extraneous", "viable", "EOF", "NEWLINE", "token", "WORD", "antlr", "parser"}) {
    EXPECT_EQ(said.find(jargon), std::string::npos) << jargon << " in\n" << said;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Wrong, testing::ValuesIn(wrong_manifests()), [](const auto& case_) {
  std::string name = case_.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Diagnostics, EveryKindHasAGolden) {
  std::set<DiagnosticKind> seen;
  for (const std::string& name : wrong_manifests()) {
    const Loaded loaded = load_wrong(name);
    for (const Diagnostic& one : loaded.diagnostics.sorted()) seen.insert(one.kind);
  }
  // These need inputs that are too large for a repository; hostile_test.cc makes them.
  for (const DiagnosticKind elsewhere :
       {DiagnosticKind::FileTooLarge, DiagnosticKind::TooManyFiles, DiagnosticKind::IncludeTooDeep,
        // And these are told by the planner.
        DiagnosticKind::StepTooEarly, DiagnosticKind::ChangeBeforeChecks, DiagnosticKind::SchemaWithoutBackup,
        DiagnosticKind::UnreadableData, DiagnosticKind::TooMuchOut, DiagnosticKind::SchedulerRuns,
        DiagnosticKind::NoWayBack, DiagnosticKind::NotRepeatable,
        // These by `pawl validate --cross-check`, and tests/cli has them.
        DiagnosticKind::NotCrossChecked, DiagnosticKind::ReadDifferently}) {
    seen.insert(elsewhere);
  }
  for (const DiagnosticKind kind : all_diagnostic_kinds()) EXPECT_TRUE(seen.contains(kind)) << code(kind);
}

TEST(Diagnostics, AtLeastEightyWrongManifests) {
  EXPECT_GE(wrong_manifests().size(), 80u);
}

TEST(Diagnostics, NearestFindsSlipsAndNothingElse) {
  const std::vector<std::string_view> names{"service", "source", "stack", "step"};
  EXPECT_EQ(nearest("servce", names), "service");
  EXPECT_EQ(nearest("sevrice", names), "service");
  EXPECT_EQ(nearest("stpe", names), "step");
  EXPECT_EQ(nearest("kubernetes", names), "");
  EXPECT_EQ(nearest("", names), "");
}

TEST(Diagnostics, ColourIsAddedOnlyWhenAsked) {
  const Loaded loaded = load_wrong("unknown-block");
  EXPECT_EQ(render(loaded.diagnostics, loaded.sources, false).find('\x1b'), std::string::npos);
  EXPECT_NE(render(loaded.diagnostics, loaded.sources, true).find("\x1b[1;31merror"), std::string::npos);
}

TEST(Diagnostics, AfterAHundredTheRestIsCounted) {
  std::string text = "stack demo { version = 1.0.0 }\n";
  for (int i = 0; i < 150; ++i) text += "service s" + std::to_string(i) + " { rol = api }\n";
  const Loaded loaded = test::load_text(text);
  EXPECT_EQ(loaded.diagnostics.errors(), 150u);
  EXPECT_EQ(loaded.diagnostics.sorted().size(), 100u);
  EXPECT_NE(render(loaded.diagnostics, loaded.sources, false).find("150 errors, the first 100 of them shown"),
            std::string::npos);
}

}  // namespace
}  // namespace pawl::lang
