// What moving the pin of a compose deployment becomes, and what is refused before anything is planned.
#include <gtest/gtest.h>

#include "compose_support.h"
#include "lang/load.h"
#include "providers/compose/compose.h"
#include "providers/compose/pin.h"
#include "tests/support/memory_reader.h"

namespace pawl::providers::compose::test {
namespace {

/// A manifest with one compose block and its files.
class Stage {
 public:
  Stage(const std::string& pin, std::map<std::string, std::string> files) {
    loaded_ = lang::load(support::MemoryReader("stack d { version = 1.1.0 }\ncompose { pin = " + pin +
                                               " }\nservice a { role = api }\nservice b { role = worker }\n"),
                         {});
    EXPECT_TRUE(loaded_.stack) << lang::render(loaded_.diagnostics, loaded_.sources, false);
    for (int round = 0; round < 10; ++round) {
      for (const planner::Query& query : ComposeProvider().configuration(view())) {
        const auto& file = std::get<planner::ReadFile>(query);
        const auto found = files.find(file.path);
        answers_.add(query, found == files.end()
                                ? planner::Answer{file.optional, 0, "", "there is no such file"}
                                : planner::Answer{true, 0, found->second, ""});
      }
    }
  }

  planner::DeploymentView view() const { return {*loaded_.stack, lang::DeploymentId{0}, answers_}; }

  /// "PATH=FROM → TO" of each edit, or why there is none.
  std::string moved(const std::string& from = "1.0.0") const {
    const planner::DeploymentView seen = view();
    planner::Snapshot snapshot;
    note_pin(Deployment(seen), snapshot.engines.emplace_back());
    const auto lowered = ComposeProvider().lower(planner::WritePin{from, "1.1.0"}, seen, snapshot);
    if (!lowered) return lowered.error().what;
    std::string out;
    for (const planner::Operation& operation : lowered->operations)
      out += planner::render(operation.instruction) + "\n";
    return out;
  }
  std::string checked() const {
    const planner::DeploymentView seen = view();
    const Deployment deployment(seen);
    const auto fits = check_pin(deployment, *deployment.patterns());
    return fits ? "fits" : fits.error().what + "\n" + fits.error().fix;
  }
  std::string running() const {
    const planner::DeploymentView seen = view();
    return Deployment(seen).pin_state().value;
  }
  std::map<std::string, ImagePattern> patterns() const { return *Deployment(view()).patterns(); }

 private:
  lang::Loaded loaded_;
  planner::Answers answers_;
};

constexpr const char* kBoth = "image_tag(\"docker-compose.yml\", services = [service.a, service.b])";
constexpr const char* kOne = "image_tag(\"docker-compose.yml\", services = [service.a])";

TEST(ComposePin, AnImageBelowAnAnchorIsChangedOnce) {
  const Stage stage(kBoth,
                    {{"docker-compose.yml",
                      "x-c: &c\n  image: r/x:1.0.0\nservices:\n  a: {<<: *c}\n  b: {<<: *c, command: w}\n"}});
  EXPECT_EQ(stage.moved(), "docker-compose.yml: x-c.image=r/x:1.0.0 → r/x:1.1.0\n");
}

TEST(ComposePin, AnImageOfAnotherServiceIsChangedThere) {
  const Stage stage(kBoth, {{"docker-compose.yml", "services:\n  a: &a {image: r/x:1.0.0}\n  b: *a\n"}});
  EXPECT_EQ(stage.moved(), "docker-compose.yml: services.a.image=r/x:1.0.0 → r/x:1.1.0\n");
}

TEST(ComposePin, EachImageOfItsOwnIsChanged) {
  const Stage stage(kBoth,
                    {{"docker-compose.yml", "services: {a: {image: r/x:1.0.0}, b: {image: r/x:1.0.0}}\n"}});
  EXPECT_EQ(stage.moved(),
            "docker-compose.yml: services.a.image=r/x:1.0.0 → r/x:1.1.0\n"
            "docker-compose.yml: services.b.image=r/x:1.0.0 → r/x:1.1.0\n");
}

TEST(ComposePin, AnImageThatIsSharedWithWhatStaysIsRefused) {
  const Stage service(kOne, {{"docker-compose.yml", "services:\n  a: &a {image: r/x:1.0.0}\n  b: *a\n"}});
  EXPECT_EQ(service.moved(),
            "docker-compose.yml:2: the image of service `a` is also `services.b.image`, by way of an anchor, "
            "and that "
            "does not move");
  const Stage label(kOne, {{"docker-compose.yml",
                            "services:\n  a: {image: &i r/x:1.0.0, labels: {runs: *i}}\n  b: {image: y}\n"}});
  EXPECT_EQ(label.moved(),
            "docker-compose.yml:2: the image of service `a` is also `services.a.labels.runs`, by way of an "
            "anchor, and "
            "that does not move");
}

TEST(ComposePin, AnImageOfAnotherFileIsRefused) {
  const Stage stage(kOne, {{"docker-compose.yml", "services:\n  a: {image: r/x:1.0.0}\n  b: {image: y}\n"},
                           {"docker-compose.override.yml", "services:\n  a: {image: r/z:1.0.0}\n"}});
  EXPECT_EQ(
      stage.moved(),
      "the image of service `a` is not written in docker-compose.yml but in docker-compose.override.yml:2.");
  const Stage extends(kOne, {{"docker-compose.yml",
                              "services:\n  a: {extends: {file: c.yml, service: a}}\n  b: {image: y}\n"},
                             {"c.yml", "services: {a: {image: r/x:1.0.0}}\n"}});
  EXPECT_EQ(extends.moved(), "the image of service `a` is not written in docker-compose.yml but in c.yml:1.");
}

TEST(ComposePin, ADigestIsNamed) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const Stage tag(kOne, {{"docker-compose.yml",
                          "services:\n  a: {image: \"r/x:1.0.0@" + digest + "\"}\n  b: {image: y}\n"}});
  EXPECT_EQ(tag.moved(), "docker-compose.yml:2: the image of service `a` is pinned to a digest, " + digest +
                             ", and the one of 1.1.0 is not known");
  const Stage variable("env(\".env\", \"V\")", {{"docker-compose.yml", "services:\n  a: {image: \"r/x:${V}@" +
                                                                           digest + "\"}\n  b: {image: y}\n"},
                                                {".env", "V=1.0.0\n"}});
  EXPECT_EQ(variable.moved(), tag.moved());
}

TEST(ComposePin, AWholeImageInAVariableIsRefusedWithoutBreakingIt) {
  const Stage stage("env(\".env\", \"IMG\")",
                    {{"docker-compose.yml", "services:\n  a: {image: $IMG}\n  b: {image: y}\n"},
                     {".env", "IMG=r/x:1.0.0\n"}});
  EXPECT_EQ(
      stage.checked(),
      "The variable IMG is the whole image of service `a`, `r/x:1.0.0`, and a pin moves a version only.\n"
      "Give the tag a variable of its own: image: r/x:${TAG} in the Compose file, TAG=1.0.0 in the env file, "
      "and "
      "pin = env(…, \"TAG\"). Until then leave IMG as it is.");
}

TEST(ComposePin, WithoutAnEnvFileTheDefaultOfTheFileRuns) {
  const Stage stage(
      "env(\".env\", \"V\")",
      {{"docker-compose.yml", "services:\n  a: {image: \"r/x:${V:-1.0.0}\"}\n  b: {image: y}\n"}});
  ASSERT_TRUE(stage.patterns().contains("a"));
  EXPECT_EQ(stage.patterns().at("a").version_of("r/x:1.0.0"), "1.0.0");
  EXPECT_EQ(stage.running(), "1.0.0");
  EXPECT_EQ(stage.moved("1.0.0"), ".env: V (not set) → 1.1.0\n");
  EXPECT_EQ(stage.checked(), "fits");
}

}  // namespace
}  // namespace pawl::providers::compose::test
