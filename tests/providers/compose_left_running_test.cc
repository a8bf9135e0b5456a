// What a command that was stopped may have left at work, read off the command.
#include <gtest/gtest.h>

#include "providers/compose/left_running.h"

namespace pawl::providers::compose::test {
namespace {

planner::Process process(const std::vector<std::string>& argv) {
  planner::Process made;
  for (const std::string& word : argv) made.argv.emplace_back(word);
  return made;
}

TEST(ComposeLeftRunning, AContainerOfItsOwnIsFoundByItsLabels) {
  for (const auto& program : {std::vector<std::string>{"docker", "compose"}, {"docker-compose"}}) {
    std::vector<std::string> argv = program;
    argv.insert(argv.end(), {"-p", "shop", "-f", "a.yml", "--env-file", ".env", "run", "--rm", "--no-deps",
                             "-T", "migrate", "rake", "-p", "x"});
    const auto left = left_running(process(argv));
    ASSERT_TRUE(left);
    EXPECT_EQ(left->what, "a container of migrate");
    EXPECT_EQ(left->command, "docker stop");
    EXPECT_EQ(
        planner::render(*left->names),
        "docker ps --filter label=com.docker.compose.project=shop --filter "
        "label=com.docker.compose.service=migrate --filter label=com.docker.compose.oneoff=True --format "
        "'{{.Names}}'");
  }
  const auto podman =
      left_running(process({"podman-compose", "-p", "shop", "run", "--rm", "--no-deps", "-T", "migrate"}));
  ASSERT_TRUE(podman);
  EXPECT_EQ(
      planner::render(*podman->names),
      "podman ps --filter label=com.docker.compose.project=shop --filter name=shop_migrate_tmp --format "
      "'{{.Names}}'");
}

TEST(ComposeLeftRunning, WhatWasBegunInAContainerCanOnlyBeLookedFor) {
  const auto engine = left_running(process({"docker", "exec", "-i", "shop_api_1", "rake", "db:migrate"}));
  ASSERT_TRUE(engine);
  EXPECT_FALSE(engine->names);
  EXPECT_EQ(engine->what + ": " + engine->command, "what was begun in shop_api_1: docker top shop_api_1");
  const auto compose =
      left_running(process({"docker-compose", "-p", "shop", "exec", "-T", "--index=2", "api", "rake"}));
  ASSERT_TRUE(compose);
  EXPECT_EQ(compose->command, "docker-compose -p shop top api");
}

TEST(ComposeLeftRunning, OtherCommandsLeaveNothing) {
  EXPECT_FALSE(left_running(process({"docker", "compose", "-p", "shop", "up", "-d", "api"})));
  EXPECT_FALSE(left_running(process({"docker", "pull", "shop:1"})));
  EXPECT_FALSE(left_running(process({"pg_dump", "run", "exec"})));
  EXPECT_FALSE(left_running(process({"docker"})));
  EXPECT_FALSE(left_running(process({})));
}

}  // namespace
}  // namespace pawl::providers::compose::test
