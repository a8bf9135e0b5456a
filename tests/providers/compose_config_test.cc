// The reader against the programs it stands in for: for every folder of compose/config, what `docker-compose
// config` (1.29) and `docker compose config` (v2) print must mean the same services as the reader makes of
// the same files. What they print is a Compose file again, so it is read by the same reader and compared in
// canonical form. Goldens pin that form.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>

#include "compose_support.h"

namespace pawl::providers::compose::test {
namespace {

/// What a program printed, read back: absolute paths made relative again, nothing left to interpolate.
std::string meaning_of(std::string printed, const Case& one) {
  replace_all(printed, one.folder, ".");
  const std::string folder =
      std::filesystem::temp_directory_path() / ("pawl-compose-config-" + std::to_string(getpid()));
  support::write_file(folder + "/printed.yml", printed);
  ProjectRequest request;
  request.files = {"printed.yml"};
  request.profiles = one.request.profiles;
  const auto project = read_from(folder, request);
  std::filesystem::remove_all(folder);
  if (!project) return "cannot be read back: " + project.error().what + "\n" + printed;
  return describe(*project);
}

std::string ours(const Case& one) {
  const auto project = read_from(one.folder, one.request);
  return project ? describe(*project) : project.error().what;
}

class ComposeConfig : public testing::TestWithParam<Case> {};

TEST_P(ComposeConfig, MeansWhatDockerCompose129Says) {
  const Case& one = GetParam();
  if (one.skips("1.29")) GTEST_SKIP() << "uses what docker-compose 1.29 does not know";
  std::vector<std::string> argv{"docker-compose"};
  for (const std::string& option : one.options()) argv.push_back(option);
  argv.emplace_back("config");
  const Ran ran = run(argv, one.folder);
  if (ran.exit_code == 127 && !std::getenv("CI"))
    GTEST_SKIP() << "docker-compose is not here; install it: apt-get install docker-compose";
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  // What 1.29 prints for `volumes_from: [cache]` is a form of its own, which Compose v2 does not read.
  EXPECT_EQ(ours(one), meaning_of(std::regex_replace(ran.out, std::regex("- service:"), "- "), one))
      << ran.out;
}

TEST_P(ComposeConfig, MeansWhatComposeV2Says) {
  const Case& one = GetParam();
  const std::string program = std::string(PAWL_TEST_DATA) + "/../../build/tools/docker-compose-v2";
  if (!std::filesystem::exists(program))
    GTEST_SKIP() << "Compose v2 is not built; build it: scripts/compose-v2";
  if (one.skips("v2")) GTEST_SKIP() << "Compose v2 says otherwise";
  std::vector<std::string> argv{program};
  for (const std::string& option : one.options()) argv.push_back(option);
  argv.insert(argv.end(), {"config", "--format", "json"});
  const Ran ran = run(argv, one.folder);
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ours(one), meaning_of(ran.out, one)) << ran.out;
}

TEST_P(ComposeConfig, GoldenRendering) {
  const Case& one = GetParam();
  const std::string golden = std::string(PAWL_TEST_DATA) + "/compose/rendered/" + one.name + ".txt";
  const std::string text = ours(one);
  if (std::getenv("PAWL_ACCEPT")) support::write_file(golden, text);
  EXPECT_EQ(text, support::read_file(golden)) << "refresh with PAWL_ACCEPT=1";
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, ComposeConfig, testing::ValuesIn(all_cases()), case_name);

}  // namespace
}  // namespace pawl::providers::compose::test
