// pawl's reader against Docker Compose v2, chapter by chapter of the Compose specification. What Compose said
// is stored in each case, so that the cases run everywhere; where Compose v2 is, it is asked again.
#include "compose_conformance.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "compose_support.h"

namespace pawl::providers::compose::test {
namespace {
namespace fs = std::filesystem;

struct Row {
  int same = 0, refused = 0, differs = 0;
};

void print(const std::map<std::string, Row>& rows) {
  std::cout << "chapter            same  refused as Compose  differs and documented\n";
  Row all;
  const auto line = [](const std::string& chapter, const Row& row) {
    char text[120];
    std::snprintf(text, sizeof text, "%-17s %5d  %18d  %22d\n", chapter.c_str(), row.same, row.refused,
                  row.differs);
    std::cout << text;
  };
  for (const auto& [chapter, row] : rows) {
    line(chapter, row);
    all.same += row.same, all.refused += row.refused, all.differs += row.differs;
  }
  line("all", all);
}

/// Empty: pawl and Compose agree.
std::string difference(const Conformance& one) {
  const auto ours = said_by_pawl(one);
  if (one.refused) return ours ? "Compose refuses it: " + one.answer + "pawl reads\n" + *ours : "";
  const auto theirs = said_by_compose(one.answer, one.directory());
  if (!theirs) return "what Compose said cannot be read: " + theirs.error().what;
  if (!ours) return "pawl refuses it: " + ours.error().what + "\nCompose reads\n" + *theirs;
  return *ours == *theirs ? "" : "pawl reads\n" + *ours + "Compose reads\n" + *theirs;
}

TEST(ComposeConformance, PawlSaysWhatComposeSaid) {
  const std::string documented = support::read_file(PAWL_TEST_DATA "/../../docs/providers/compose.md");
  std::map<std::string, Row> rows;
  for (const Conformance& one : conformance_cases()) {
    SCOPED_TRACE(one.name);
    const std::string found = difference(one);
    Row& row = rows[one.chapter()];
    if (one.differs.empty()) {
      EXPECT_EQ(found, "");
      ++(one.refused ? row.refused : row.same);
    } else {
      EXPECT_NE(found, "") << "they agree by now: remove `=== differs`";
      EXPECT_NE(documented.find("`" + one.differs + "`"), std::string::npos)
          << "docs/providers/compose.md does not say why";
      ++row.differs;
    }
  }
  print(rows);
}

TEST(ComposeConformance, EveryRefusalSaysWhereAndHowToMendIt) {
  for (const Conformance& one : conformance_cases()) {
    if (!one.refused) continue;
    const auto ours = said_by_pawl(one);
    if (ours) continue;
    EXPECT_FALSE(ours.error().fix.empty()) << one.name << ": " << ours.error().what;
    bool named = false;
    for (const auto& [file, text] : one.files)
      named = named || ours.error().what.find(file) != std::string::npos;
    EXPECT_TRUE(named) << one.name << ": " << ours.error().what;
  }
}

/// Runs Compose on the case in a folder below `root`; what it says goes into the case.
void ask_compose(const std::string& program, const fs::path& root, Conformance& one) {
  const fs::path folder = root / one.name;
  for (const auto& [file, text] : one.files) support::write_file((folder / file).string(), text);
  std::vector<std::string> argv{program};
  argv.insert(argv.end(), one.options.begin(), one.options.end());
  argv.insert(argv.end(), {"config", "--format", "json"});
  Ran ran = run(argv, folder.string(), {"HOME=/home", "COMPOSE_ANSI=never"});
  one.refused = ran.exit_code != 0;
  std::string& text = one.refused ? ran.err : ran.out;
  replace_all(text, folder.string(), "/project");
  replace_all(text, root.string(), "/above");
  if (!text.ends_with('\n')) text += '\n';
  std::string kept;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("time=")) kept += line + "\n";  // a warning, with the time of day
  }
  one.answer = kept;
}

TEST(ComposeConformance, ComposeStillSaysSo) {
  const std::string program = std::string(PAWL_TEST_DATA) + "/../../build/tools/docker-compose-v2";
  if (!fs::exists(program)) {
    if (std::getenv("CI")) FAIL() << "Compose v2 is not built; build it: scripts/compose-v2";
    GTEST_SKIP() << "Compose v2 is not built; build it: scripts/compose-v2";
  }
  const fs::path root = fs::temp_directory_path() / ("pawl-conformance-" + std::to_string(getpid()));
  const std::vector<Conformance> stored = conformance_cases();
  std::vector<Conformance> asked = stored;
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      for (std::size_t at = next++; at < asked.size(); at = next++) ask_compose(program, root, asked[at]);
    });
  }
  for (std::thread& worker : workers) worker.join();
  fs::remove_all(root);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (std::getenv("PAWL_ACCEPT")) {
      support::write_file(std::string(PAWL_TEST_DATA) + "/compose_conformance/" + stored[i].name + ".txt",
                          asked[i].before_answer + "=== Compose " + (asked[i].refused ? "refuses" : "says") +
                              "\n" + asked[i].answer);
      continue;
    }
    EXPECT_EQ(stored[i].refused, asked[i].refused) << stored[i].name << "\n" << asked[i].answer;
    // The words of a refusal can name one of several mistakes, now one and now another.
    if (asked[i].refused) continue;
    EXPECT_EQ(stored[i].answer, asked[i].answer) << stored[i].name << "; refresh with PAWL_ACCEPT=1";
  }
}

}  // namespace
}  // namespace pawl::providers::compose::test
