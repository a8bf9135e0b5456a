// Input that is broken, huge or meant to hurt: one clear diagnostic, soon, and no crash.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>

#include "lang/format.h"
#include "lang/load.h"
#include "support.h"

namespace pawl::lang {
namespace {

std::vector<DiagnosticKind> kinds(const Loaded& loaded) {
  std::vector<DiagnosticKind> out;
  for (const Diagnostic& one : loaded.diagnostics.sorted()) out.push_back(one.kind);
  return out;
}

using Kinds = std::vector<DiagnosticKind>;

TEST(Hostile, MissingFile) {
  EXPECT_EQ(kinds(load(DiskReader("/nonexistent"), {})), Kinds{DiagnosticKind::FileMissing});
}

TEST(Hostile, Folder) {
  LoadOptions options;
  options.manifest = "stacks";
  EXPECT_EQ(kinds(load(DiskReader(PAWL_TEST_DATA), options)), Kinds{DiagnosticKind::FileUnreadable});
}

TEST(Hostile, ManifestOutsideTheRoot) {
  LoadOptions options;
  options.manifest = "../lang/stacks/piprio.pawl";
  EXPECT_EQ(kinds(load(DiskReader(PAWL_TEST_DATA), options)), Kinds{DiagnosticKind::FileUnreadable});
}

TEST(Hostile, AHundredThousandBrackets) {
  for (const char bracket : {'[', '(', '{'}) {
    const std::string text = "stack x { version = " + std::string(100'000, bracket);
    EXPECT_EQ(kinds(test::load_text(text)), Kinds{DiagnosticKind::TooDeep});
    Sources sources;
    Diagnostics diagnostics;
    EXPECT_FALSE(format(sources, sources.add("stack.pawl", text), diagnostics));
  }
}

TEST(Hostile, NestingUpToTheLimitIsFine) {
  const std::string text =
      "stack x { version = " + std::string(199, '(') + "1.0.0" + std::string(199, ')') + " }\n";
  EXPECT_TRUE(test::load_text(text).stack);
}

TEST(Hostile, FiftyMegabytes) {
  std::string text(50u << 20, '#');
  EXPECT_EQ(kinds(test::load_text(text)), Kinds{DiagnosticKind::FileTooLarge});
  const auto folder = std::filesystem::temp_directory_path() / "pawl-lang-large";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "stack.pawl") << text;
  EXPECT_EQ(kinds(load(DiskReader(folder), {})), Kinds{DiagnosticKind::FileUnreadable});
  std::filesystem::remove_all(folder);
}

TEST(Hostile, OneHugeBlock) {
  std::string text = "stack x {}\nfiles data { paths = [";
  for (int i = 0; i < 300'000; ++i) text += "1,";
  EXPECT_EQ(kinds(test::load_text(text + "\"x\"] }\nservice y { rol = api }\n")),
            (Kinds{DiagnosticKind::FileTooLarge, DiagnosticKind::UnknownAttribute}));
}

TEST(Hostile, TooManyBlocks) {
  std::string text = "stack x {}\n";
  for (int i = 0; i < 300'000; ++i) text += "a{}\n";
  EXPECT_EQ(kinds(test::load_text(text)), Kinds{DiagnosticKind::FileTooLarge});
}

TEST(Hostile, TotalOfManyFiles) {
  std::map<std::string, std::string> files;
  for (int i = 0; i < 10; ++i) {
    files["stack.pawl"] += "include \"" + std::to_string(i) + ".pawl\"\n";
    files[std::to_string(i) + ".pawl"] = std::string(1000, '#');
  }
  LoadOptions options;
  options.limits.total_bytes = 5000;
  const auto found = kinds(load(test::MemoryReader(files), options));
  EXPECT_NE(std::find(found.begin(), found.end(), DiagnosticKind::FileTooLarge), found.end());
}

TEST(Hostile, ManyFiles) {
  std::map<std::string, std::string> files{{"stack.pawl", "stack x {}\n"}};
  for (int i = 0; i < 300; ++i) {
    files["stack.pawl"] += "include \"" + std::to_string(i) + ".pawl\"\n";
    files[std::to_string(i) + ".pawl"] = "";
  }
  EXPECT_EQ(kinds(load(test::MemoryReader(files), {})), Kinds{DiagnosticKind::TooManyFiles});
}

TEST(Hostile, DeepIncludes) {
  std::map<std::string, std::string> files{{"stack.pawl", "stack x {}\ninclude \"0.pawl\"\n"}};
  for (int i = 0; i < 100; ++i)
    files[std::to_string(i) + ".pawl"] = "include \"" + std::to_string(i + 1) + ".pawl\"\n";
  EXPECT_EQ(kinds(load(test::MemoryReader(files), {})), Kinds{DiagnosticKind::IncludeTooDeep});
}

TEST(Hostile, CarriageReturnsAndByteOrderMarkAreAccepted) {
  const Loaded loaded =
      test::load_text("\xEF\xBB\xBFstack x {\r\n  version = 1.0.0\r\n  description = \"y\"\r\n}\r\n");
  ASSERT_TRUE(loaded.stack) << render(loaded.diagnostics, loaded.sources, false);
  EXPECT_EQ(loaded.stack->description, "y");
}

TEST(Hostile, ReferencesToAFileThatIsMissingAreNotReportedToo) {
  const Loaded loaded = test::load_text(
      "stack x {}\ninclude \"data.pawl\"\nbackup { of = [database.main], to = var.folder }\n");
  EXPECT_EQ(kinds(loaded), Kinds{DiagnosticKind::FileMissing});
}

TEST(Hostile, LongChainsDoNotOverflow) {
  std::string text = "stack x {}\nnotify a { log = true, when = downtime > 0s";
  for (int i = 0; i < 20'000; ++i) text += i % 2 ? " && class == major" : " || class == minor";
  EXPECT_TRUE(test::load_text(text + " }\n", {}, Unbuilt::Accept).stack);
  text = "stack x {}\nnotify a { log = true, when = " + std::string(100'000, '!') + "(class == major) }\n";
  EXPECT_TRUE(test::load_text(text, {}, Unbuilt::Accept).stack);
}

TEST(Hostile, AChainOfServicesDoesNotOverflow) {
  std::string text = "stack x {}\nservice s0 {}\n";
  for (int i = 1; i < 20'000; ++i)
    text += "service s" + std::to_string(i) + " { after = service.s" + std::to_string(i - 1) + " }\n";
  EXPECT_TRUE(test::load_text(text).stack);
}

TEST(Hostile, SecretsOfVariablesStayOut) {
  const Loaded loaded = test::load_text(
      "stack x {}\nvariable key { secret = true }\nnotify a { webhook = \"https://hook/${var.key}\" }\n",
      {{"key", "hunter2"}});
  ASSERT_TRUE(loaded.stack);
  EXPECT_FALSE(loaded.stack->variables[0].value);
  EXPECT_EQ(loaded.stack->notifications[0].webhook.shown(), "https://hook/(secret var:key)");
}

}  // namespace
}  // namespace pawl::lang
