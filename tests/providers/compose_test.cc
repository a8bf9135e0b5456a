// The compose reader's errors and bounds, and a storm of broken files: whatever the bytes, an Error in our
// own words or a project.
#include "providers/compose/compose.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "compose_support.h"
#include "providers/compose/engine.h"
#include "providers/compose/interpolate.h"
#include "providers/compose/yaml.h"

namespace pawl::providers::compose::test {
namespace {

std::string error_of(const std::string& text) {
  const auto project = read_files({{"compose.yml", text}});
  return project ? "no error" : project.error().what;
}

TEST(ComposeReader, SaysFileLineAndReason) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"services:\n  a:\n    image: x\n    image: y\n",
       "compose.yml:4: `image` appears twice in one map; first on line 3"},
      {"services:\n  a:\n    image: *x\n",
       "compose.yml:3: an alias names an anchor that is not defined before it"},
      {"services:\n  a: [1\n", "compose.yml:2: the key `1` is not text"},
      {"services:\n  a: [x\n",
       "compose.yml:3: the indentation does not fit the lines above, or a bracket is not closed"},
      {"services:\n  a:\n    image: x:${TAG:?give a tag}\n",
       "compose.yml:3: TAG is required and not set: give a tag"},
      {"services:\n  a:\n    image: ${X\n", "compose.yml:3: `${X` is not closed"},
      {"services:\n  a:\n    ports: [abc]\n", "compose.yml:3: `abc` is not a port"},
      {"services:\n  a:\n    command: run\n",
       "compose.yml:3: service `a` has neither an `image` nor a `build`"},
      {"include: x.yml\n", "compose.yml:1: `include` is not a list"},
      {"include: [{project_directory: x}]\n", "compose.yml:1: an `include` names no file"},
      {"include: [\"https://example.org/x.yml\"]\n",
       "compose.yml:1: `include` of https://example.org/x.yml would have to be fetched, which pawl does not "
       "do"},
      {"include: [compose.yml]\n", "compose.yml:1: `include` has a cycle: compose.yml → compose.yml"},
      {"include: [gone.yml]\n", "compose.yml:1: gone.yml cannot be read: there is no such file"},
      {"a:\n  image: x\n", "compose.yml:1: `a` in the top level is no key that Compose knows"},
      {"services:\n  a: {image: x, depends_on: [bb]}\n  b: {image: x}\n",
       "compose.yml:2: service `a` needs `bb`, which no file defines"},
      {"services:\n  a: {extends: a}\n", "compose.yml:2: `extends` has a cycle: a → a"},
      {"services:\n  a: {extends: {service: zz}}\n",
       "compose.yml:2: `extends` names the service `zz`, which is not there (in compose.yml)"},
      {"services:\n  a: {image: x, environment: {A: [1]}}\n",
       "compose.yml:2: `services.a.environment.A` is a list, and Compose wants text, a number or true or "
       "false"},
      // The schema allows it, and Compose v2.40.3 crashes on it.
      {"services:\n  a: {image: x, pid: null}\n",
       "compose.yml:2: `services.a.pid` is empty, and Compose wants text"},
      {"services:\n  a: {image: x, scale: many}\n",
       "compose.yml:2: `scale` is `many`, which is not a whole number"},
      {"\xff\xfe", "compose.yml is not UTF-8 text"},
      {"", "compose.yml defines no services"},
      {"[a]", "compose.yml:1: this is not a Compose file: a map with `services:` should be here"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(error_of(text), wanted) << text;
}

TEST(ComposeReader, BoundsHostileInput) {
  std::string bomb = "a: &a [1,1,1,1,1,1,1,1,1]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string before = "*" + std::string(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [" + before;
    for (int i = 0; i < 8; ++i) bomb += "," + before;
    bomb += "]\n";
  }
  EXPECT_NE(error_of(bomb).find("values once its aliases are expanded"), std::string::npos);
  EXPECT_NE(error_of(std::string(100'000, '[')).find("nested deeper"), std::string::npos);
  EXPECT_NE(error_of("services: {a: {image: x}} # " + std::string(5u << 20, 'x')).find("larger than"),
            std::string::npos);
  std::string nested = "x";
  for (int i = 0; i < 100; ++i) nested = "${A:-" + nested + "}";
  EXPECT_NE(error_of("services: {a: {image: \"" + nested + "\"}}").find("nested too deeply"),
            std::string::npos);
  EXPECT_NE(error_of("a: &a [*a]\n").find("alias"), std::string::npos);
}

TEST(ComposeReader, FingerprintChangesExactlyWithTheService) {
  const std::string text = "services:\n  a: {image: \"x:${V}\"}\n  b: {image: \"y:1\", env_file: b.env}\n";
  const auto with = [&](const std::string& env, const std::string& b) {
    return *read_files({{"compose.yml", text}, {".env", env}, {"b.env", b}});
  };
  const Project one = with("V=1\n", "B=1\n");
  const Project moved = with("V=2\n", "B=1\n");
  const Project env_changed = with("V=1\n", "B=2\n");
  const Project comment = with("# comment\nV=\"1\"\n", "B=1 # comment\n");
  EXPECT_NE(one.service("a")->fingerprint, moved.service("a")->fingerprint);
  EXPECT_EQ(one.service("b")->fingerprint, moved.service("b")->fingerprint);
  EXPECT_NE(one.service("b")->fingerprint, env_changed.service("b")->fingerprint);
  EXPECT_EQ(one.service("a")->fingerprint, comment.service("a")->fingerprint);
  EXPECT_EQ(one.service("b")->fingerprint, comment.service("b")->fingerprint);
}

TEST(ComposeReader, ListsVariables) {
  const Project project = *read_files(
      {{"compose.yml", "services: {a: {image: \"x:${V}${GONE}${D:-1}\"}}"}, {".env", "V=1\nUNUSED=2\n"}});
  EXPECT_EQ(project.variables_missing, std::set<std::string>{"GONE"});
  EXPECT_EQ(project.variables_set, (std::set<std::string>{"V", "UNUSED"}));
}

TEST(ComposeReader, IncludedFileSeesItsOwnVariablesAndThenThoseAround) {
  const auto project =
      read_files({{"compose.yml", "include: [sub/c.yml]\nservices: {a: {image: \"a:${IN}${OUT}\"}}"},
                  {".env", "OUT=1\n"},
                  {"sub/c.yml", "services: {b: {image: \"b:${IN}${OUT}${GONE}\"}}"},
                  {"sub/.env", "IN=2\nOUT=3\n"}});
  ASSERT_TRUE(project) << project.error().what;
  EXPECT_EQ(project->service("a")->image, "a:1");
  EXPECT_EQ(project->service("b")->image, "b:21");
  EXPECT_EQ(project->variables_missing, (std::set<std::string>{"GONE", "IN"}));
  EXPECT_EQ(project->variables_set, (std::set<std::string>{"IN", "OUT"}));
}

TEST(ComposeReader, IncludedServiceMayBeTheSameButNotAnother) {
  const auto with = [](const std::string& image) {
    return read_files({{"compose.yml", "include: [c.yml]\nservices: {a: {image: \"a:1\"}}"},
                       {"c.yml", "services: {a: {image: \"" + image + "\"}}"}});
  };
  EXPECT_TRUE(with("a:1"));
  const auto other = with("a:2");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().what,
            "compose.yml:1: the included service `a` (c.yml:1) is defined differently in compose.yml:2");
}

TEST(ComposeReader, ALaterFileChangesAnIncludedService) {
  ProjectRequest request;
  request.files = {"compose.yml", "more.yml"};
  const auto project = read_files({{"compose.yml", "include: [c.yml]"},
                                   {"c.yml", "services: {a: {image: \"a:1\"}}"},
                                   {"more.yml", "services: {a: {image: \"a:2\"}}"}},
                                  request);
  ASSERT_TRUE(project) << project.error().what;
  EXPECT_EQ(project->service("a")->image, "a:2");
}

TEST(ComposeReader, MovesTheTagInAnIncludedFile) {
  ProjectRequest request;
  request.tag_change = TagChange{"sub/c.yml", {}, "1.0", "2.0"};
  const auto project = read_files({{"compose.yml", "include: [sub/c.yml]\nservices: {a: {image: \"a:1.0\"}}"},
                                   {"sub/c.yml", "services: {b: {image: \"b:1.0\"}}"}},
                                  request);
  ASSERT_TRUE(project) << project.error().what;
  EXPECT_EQ(project->service("a")->image, "a:1.0");
  EXPECT_EQ(project->service("b")->image, "b:2.0");
}

TEST(ComposeReader, RefusesKeysThatComposeDoesNotKnow) {
  const auto project = read_files({{"compose.yml",
                                    "services:\n  a:\n    image: a:1\n    x-note: ours\n    heathcheck:\n"
                                    "      test: [NONE]\n"}});
  ASSERT_FALSE(project);
  EXPECT_EQ(project.error().what, "compose.yml:5: `heathcheck` in `services.a` is no key that Compose knows");
  EXPECT_EQ(project.error().fix, "did you mean `healthcheck`? A key of your own begins with x-");
}

TEST(ComposeReader, MovesTagsInMemory) {
  ProjectRequest request;
  request.tag_change = TagChange{"compose.yml", {}, "1.0", "2.0"};
  const Project project = *read_files(
      {{"compose.yml", "services: {a: {image: \"r:5000/x:1.0\"}, b: {image: \"y:16\"}}"}}, request);
  EXPECT_EQ(project.service("a")->image, "r:5000/x:2.0");
  EXPECT_EQ(project.service("b")->image, "y:16");
}

TEST(ComposeReader, SurvivesBrokenFiles) {
  std::mt19937 random(20261121);
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  const std::string alphabet = "{}[]:,-&*!|>'\"%@#$ \n\tab01~<?\\";
  for (const Case& one : all_cases()) {
    const std::string file =
        one.folder + "/" + (one.request.files.empty() ? "docker-compose.yml" : one.request.files[0]);
    const std::string original = support::read_file(file);
    for (int i = 0; i < 60; ++i) {
      std::string text = original;
      for (std::size_t edits = 1 + below(6); edits > 0 && !text.empty(); --edits) {
        const std::size_t at = below(text.size());
        switch (below(4)) {
          case 0:
            text[at] = alphabet[below(alphabet.size())];
            break;
          case 1:
            text.erase(at, 1 + below(20));
            break;
          case 2:
            text.insert(at, text.substr(below(text.size()), below(40)));
            break;
          default:
            text.insert(at, 1, alphabet[below(alphabet.size())]);
            break;
        }
      }
      const auto project = read_files({{"compose.yml", text}});
      if (project) continue;
      EXPECT_FALSE(project.error().what.empty());
      EXPECT_EQ(project.error().what.find("yaml-cpp"), std::string::npos);
    }
  }
}

TEST(ComposeEngine, KnowsWhatComposeSaysItself) {
  lang::Stack stack;
  stack.deployments.emplace_back();
  const planner::Answers answers;
  const std::regex noise(ComposeProvider().traits({stack, lang::DeploymentId{0}, answers}).noise);
  for (const char* line : {"time=\"2026-11-26T07:00:00Z\" level=warning msg=\"compose.yml: the attribute "
                           "`version` is obsolete\"",
                           "WARNING: The REGION variable is not set. Defaulting to a blank string.",
                           "WARNING: Some services (worker) use the 'deploy' key, which will be ignored."})
    EXPECT_TRUE(std::regex_search(line, noise)) << line;
  for (const char* line :
       {"pg_dump: warning: there are circular foreign-key constraints on this table", "WARNING:  terminating",
        "mysqldump: [Warning] Using a password on the command line interface can be insecure."})
    EXPECT_FALSE(std::regex_search(line, noise)) << line;
}

TEST(ComposeEngine, NamesProjectsAsComposeDoes) {
  EXPECT_EQ(project_of_folder("/srv/Piprio.On-Prem/"), "piprioon-prem");
  EXPECT_EQ(project_of_folder("/srv/_x_1"), "x_1");
}

}  // namespace
}  // namespace pawl::providers::compose::test
