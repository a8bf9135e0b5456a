// What the files ask for and what `inspect` tells, in one form: equal where a container was started as the
// files say.
#include <gtest/gtest.h>

#include "compose_support.h"
#include "planner/engine/drift.h"
#include "providers/compose/properties.h"

namespace pawl::providers::compose::test {
namespace {

constexpr const char* kImage = R"({"env":["PATH=/usr/bin","LANG=C"],"cmd":["serve"],"entrypoint":null,)"
                               R"("user":"app","dir":"/srv"})";

std::string drift_of(const std::string& service, const std::string& container,
                     const std::string& extra = "") {
  const auto project = read_files({{"compose.yml", "services:\n  a:\n    image: a:1\n" + service + extra}});
  EXPECT_TRUE(project) << (project ? "" : project.error().what);
  if (!project) return "";
  Engine engine;
  engine.project = "shop";
  planner::RenderedService wanted;
  wanted.properties = wanted_properties(*project->service("a"), *project, engine, "/opt/shop");
  planner::Instance runs;
  Inspected seen = read_properties(container, kImage, "/opt/shop");
  runs.properties = std::move(seen.own);
  runs.image_properties = std::move(seen.from_image);
  return planner::describe(planner::drift(runs, wanted));
}

std::string container(const std::string& members) {
  return R"({"env":["PATH=/usr/bin","LANG=C"],"cmd":["serve"],"entrypoint":null,"user":"app","dir":"/srv")" +
         (members.empty() ? "" : "," + members) + "}";
}

TEST(ComposeProperties, WhatTheImageGivesIsNoDrift) {
  EXPECT_EQ(drift_of("", container("")), "");
}

TEST(ComposeProperties, Environment) {
  const std::string files = "    environment: {A: one, PATH: /usr/bin, FROM_SHELL: }\n";
  const auto runs = [](const std::string& list) { return R"({"env":[)" + list + "]}"; };
  EXPECT_EQ(drift_of(files, runs(R"("A=one","PATH=/usr/bin","LANG=C","HOSTNAME=x","affinity:container==1")")),
            "");
  EXPECT_EQ(drift_of(files, runs(R"("A=two","PATH=/usr/bin","OLD=1","FROM_SHELL=x")")),
            "environment A changed, environment OLD removed");
  EXPECT_EQ(drift_of(files, runs(R"("PATH=/opt")")), "environment A added, environment PATH changed");
}

TEST(ComposeProperties, CommandAndEntrypoint) {
  EXPECT_EQ(drift_of("    command: work --fast\n", R"({"cmd":["work","--fast"]})"), "");
  EXPECT_EQ(drift_of("    command: work --fast\n", R"({"cmd":["work --fast"]})"), "command changed");
  EXPECT_EQ(drift_of("    command: work\n", container("")), "command changed");
  EXPECT_EQ(drift_of("", R"({"cmd":["work"],"entrypoint":["/bin/sh"]})"),
            "command removed, entrypoint removed");
}

TEST(ComposeProperties, Mounts) {
  const std::string files =
      "    volumes: [\"./data:/data:ro\", \"named:/named\", \"ours:/ours\", \"/anonymous\", \"/etc/x:/x\"]\n"
      "    secrets: [key]\n    tmpfs: /tmp\n";
  const std::string top = "volumes: {named: , ours: {name: theirs}}\nsecrets: {key: {file: ./key}}\n";
  const auto mounts = [](const std::string& more) {
    const std::string anonymous(64, 'a');
    return R"({"mounts":[{"Type":"bind","Source":"/opt/shop/data","Destination":"/data","RW":false},)"
           R"({"Type":"volume","Name":"shop_named","Source":"/var","Destination":"/named","RW":true},)"
           R"({"Type":"volume","Name":"theirs","Source":"/var","Destination":"/ours","RW":true},)"
           R"({"Type":"volume","Name":")" +
           anonymous +
           R"(","Destination":"/anonymous","RW":true},)"
           R"({"Type":"bind","Source":"/opt/shop/key","Destination":"/run/secrets/key","RW":false},)"
           R"({"Type":"bind","Source":"/etc/x","Destination":"/x","RW":true})" +
           more + "]}";
  };
  EXPECT_EQ(drift_of(files, mounts(""), top), "");
  EXPECT_EQ(
      drift_of(files, mounts(R"(,{"Type":"bind","Source":"/media","Destination":"/media","RW":true})"), top),
      "mount /media removed");
  EXPECT_EQ(
      drift_of("    volumes: [\"./other:/data\", \"new:/new\"]\n",
               R"({"mounts":[{"Type":"bind","Source":"/opt/shop/data","Destination":"/data","RW":true}]})",
               "volumes: {new: }\n"),
      "mount /data ./data → ./other, mount /new added");
}

TEST(ComposeProperties, Ports) {
  const std::string files =
      "    ports: [\"8080:80\", \"127.0.0.1:9000:9000/udp\", \"443\", \"8000-8010:70\"]\n";
  const auto ports = [](const std::string& eighty) {
    return R"({"ports":{"80/tcp":[)" + eighty +
           R"(],"9000/udp":[{"HostIp":"127.0.0.1","HostPort":"9000"}],)" +
           R"("443/tcp":[{"HostIp":"","HostPort":"0"}],"70/tcp":[{"HostIp":"","HostPort":"8003"}]}})";
  };
  EXPECT_EQ(drift_of(files, ports(R"({"HostIp":"0.0.0.0","HostPort":"8080"})")), "");
  EXPECT_EQ(drift_of(files, ports(R"({"HostIp":"","HostPort":"8081"})")), "port 80/tcp 8081 → 8080");
  EXPECT_EQ(drift_of("", R"({"ports":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]}})"), "port 80/tcp removed");
}

TEST(ComposeProperties, UserFolderAndRestart) {
  EXPECT_EQ(drift_of("    user: app\n    working_dir: /srv\n", container("")), "");
  EXPECT_EQ(drift_of("    user: root\n    working_dir: /\n", container("")),
            "user app → root, working_dir /srv → /");
  EXPECT_EQ(drift_of("    restart: on-failure:3\n",
                     container(R"("restart":{"Name":"on-failure","MaximumRetryCount":3})")),
            "");
  EXPECT_EQ(drift_of("    restart: unless-stopped\n",
                     container(R"("restart":{"Name":"always","MaximumRetryCount":0})")),
            "restart always → unless-stopped");
}

TEST(ComposeProperties, TheSameSpeltOtherwiseIsTheSame) {
  EXPECT_EQ(drift_of("    working_dir: /srv/\n", container("")), "");
  EXPECT_EQ(drift_of("    restart: on-failure:0\n",
                     container(R"("restart":{"Name":"on-failure","MaximumRetryCount":0})")),
            "");
  EXPECT_EQ(
      drift_of("    volumes: [\"/opt/shop/./data/:/data\"]\n",
               R"({"mounts":[{"Type":"bind","Source":"/opt/shop/data","Destination":"/data","RW":true}]})"),
      "");
}

TEST(ComposeProperties, WithoutTheImageNothingIsKnown) {
  const Inspected seen = read_properties(container(""), "", "");
  EXPECT_TRUE(seen.own.empty() && seen.from_image.empty());
}

TEST(ComposeProperties, HostileTextIsNothingKnown) {
  for (const char* text : {"", "[]", "{", "null", R"({"env":3,"mounts":{"a":1},"ports":[],"cmd":{}})"}) {
    const Inspected seen = read_properties(text, kImage, "");
    EXPECT_LE(seen.own.size(), 1u) << text << ": the default of `restart` at most";
    EXPECT_TRUE(seen.from_image.empty()) << text;
  }
}

}  // namespace
}  // namespace pawl::providers::compose::test
