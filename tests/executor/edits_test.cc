// Files that are edited in place, for real in a temporary folder.
#include <sys/stat.h>

#include "executor/instructions/yaml_edit.h"
#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;
using planner::EditFile;

class Edits : public RealWorldTest {};

EditFile env_edit(const std::string& from, const std::string& to) {
  return {".env", EditFile::EnvVariable{"PIPRIO_VERSION"}, from, to};
}

TEST_F(Edits, AnEnvVariableKeepsEverythingElse) {
  write(folder.path(".env"), "# comment\r\nA=1\nexport PIPRIO_VERSION=\"1.4.0\" # pinned\nB=2");
  ::chmod(folder.path(".env").c_str(), 0640);
  ::chown(folder.path(".env").c_str(), 1234, 1234);
  const Outcome outcome = perform(env_edit("1.4.0", "1.5.0"));
  EXPECT_TRUE(outcome.ok) << outcome.error;
  EXPECT_EQ(read(folder.path(".env")), "# comment\r\nA=1\nexport PIPRIO_VERSION=\"1.5.0\" # pinned\nB=2");
  struct stat info {};
  ::stat(folder.path(".env").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
  EXPECT_EQ(info.st_uid, ::getuid() == 0 ? 1234u : ::getuid());
  EXPECT_NE(read(folder.path(".pawl/runs/7/saved/.env")).find("1.4.0"), std::string::npos);
}

TEST_F(Edits, AgainIsFineAndAnotherValueIsNot) {
  write(folder.path(".env"), "PIPRIO_VERSION=1.4.0\n");
  EXPECT_TRUE(perform(env_edit("1.4.0", "1.5.0")).ok);
  EXPECT_TRUE(perform(env_edit("1.4.0", "1.5.0")).ok) << "already so";
  EXPECT_EQ(read(folder.path(".pawl/runs/7/saved/.env")), "PIPRIO_VERSION=1.4.0\n")
      << "the first original stays";
  EXPECT_EQ(perform(env_edit("1.3.0", "1.6.0")).error, ".env has changed: the value is `1.5.0`, not `1.3.0`");
  EXPECT_EQ(read(folder.path(".env")), "PIPRIO_VERSION=1.5.0\n");
  fs::remove(folder.path(".env"));
  EXPECT_EQ(perform(env_edit("1.4.0", "1.5.0")).error, ".env does not exist");
}

TEST_F(Edits, AFileBehindALinkIsEditedAndTheLinkStays) {
  write(folder.path("shared/env"), "PIPRIO_VERSION=1.4.0\n");
  fs::create_symlink("shared/env", folder.path(".env"));
  EXPECT_TRUE(perform(env_edit("1.4.0", "1.5.0")).ok);
  EXPECT_TRUE(fs::is_symlink(folder.path(".env")));
  EXPECT_EQ(read(folder.path("shared/env")), "PIPRIO_VERSION=1.5.0\n");
}

TEST_F(Edits, SymbolicLinks) {
  const EditFile it{"current", EditFile::SymbolicLink{}, "releases/1.4.0", "releases/1.5.0"};
  EXPECT_EQ(perform(it).error, "current has changed: the value is not set, not `releases/1.4.0`");
  fs::create_symlink("releases/1.4.0", folder.path("current"));
  EXPECT_TRUE(perform(it).ok);
  EXPECT_TRUE(perform(it).ok);
  EXPECT_EQ(fs::read_symlink(folder.path("current")), "releases/1.5.0");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 2) << "the link and .pawl";
}

constexpr const char* kCompose = R"(# top
services:
  api:
    image: piprio/api:1.4.0   # pinned
    labels: {version: "1.4.0", other: 'it''s'}
  worker:
    image: "piprio/api:1.4.0"
  web: &web
    image: 'web:1.4.0'
  copy: *web
  block:
    image: >-
      folded
  list:
    - one
    - {image: flow:1.4.0}
)";

TEST_F(Edits, YamlScalarsInPlace) {
  const auto changed = [](std::vector<std::string> path, const std::string& to) {
    auto text = set_yaml_value(kCompose, path, to);
    return text ? *text : "error: " + text.error().what;
  };
  const auto expected = [](const std::string& from, const std::string& to) {
    std::string text = kCompose;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(changed({"services", "api", "image"}, "piprio/api:1.5.0"),
            expected("image: piprio/api:1.4.0   #", "image: piprio/api:1.5.0   #"));
  EXPECT_EQ(changed({"services", "api", "labels", "version"}, "1.5.0"),
            expected("version: \"1.4.0\"", "version: \"1.5.0\""));
  EXPECT_EQ(changed({"services", "api", "labels", "other"}, "isn't"), expected("'it''s'", "'isn''t'"));
  EXPECT_EQ(changed({"services", "worker", "image"}, "a\"b"),
            expected("image: \"piprio/api:1.4.0\"", "image: \"a\\\"b\""));
  EXPECT_EQ(changed({"services", "list", "1", "image"}, "flow:1.5.0"), expected("flow:1.4.0", "flow:1.5.0"));
  EXPECT_EQ(changed({"services", "api", "image"}, "a: b # c"),
            expected("image: piprio/api:1.4.0", "image: \"a: b # c\""))
      << "quoted when it would read as something else";
}

TEST_F(Edits, AnAliasIsChangedWhereItsAnchorIsWritten) {
  const std::string text = "x-c: &c\n  image: r/x:1.0.0 # pinned\nservices:\n  a: {<<: *c}\n  b: *c\n";
  const std::string moved = "x-c: &c\n  image: r/x:1.1.0 # pinned\nservices:\n  a: {<<: *c}\n  b: *c\n";
  EXPECT_EQ(*set_yaml_value(text, {"x-c", "image"}, "r/x:1.1.0"), moved);
  EXPECT_EQ(*set_yaml_value(text, {"services", "b", "image"}, "r/x:1.1.0"), moved);
  EXPECT_EQ(*yaml_value(moved, {"services", "b", "image"}), "r/x:1.1.0");
}

TEST_F(Edits, AnEnvFileThatIsNotThereIsMadeForItsFirstVariable) {
  EXPECT_TRUE(perform(env_edit("", "1.5.0")).ok);
  EXPECT_EQ(read(folder.path(".env")), "PIPRIO_VERSION=1.5.0\n");
  EXPECT_TRUE(perform(env_edit("", "1.5.0")).ok) << "again, after a crash";
  fs::remove(folder.path(".env"));
  EXPECT_FALSE(perform(env_edit("1.4.0", "1.5.0")).ok) << "somebody took it away";
}

TEST_F(Edits, YamlThatCannotBeEditedIsRefused) {
  const auto error = [](const std::string& text, std::vector<std::string> path) {
    auto changed = set_yaml_value(text, path, "new");
    return changed ? "changed: " + *changed : changed.error().what;
  };
  EXPECT_EQ(error(kCompose, {"services", "block", "image"}),
            "services.block.image: a block scalar cannot be changed in place");
  EXPECT_EQ(error(kCompose, {"services", "nope", "image"}),
            "there is no `nope` (looking for services.nope.image)");
  EXPECT_EQ(error(kCompose, {"services", "api"}), "services.api is not a single value");
  EXPECT_EQ(error("a: 1\na: 2\n", {"a"}), "`a` appears twice (looking for a)");
  EXPECT_EQ(error("a: [1\n", {"a"}).substr(0, 20), "it is not valid YAML");
  EXPECT_EQ(error("a: one\n  two\n", {"a"}), "a: a value over several lines cannot be changed in place");
  EXPECT_EQ(error("a: \"one\n  two\"\n", {"a"}),
            "a: the value runs over several lines, which cannot be changed in place");
  EXPECT_EQ(error("a:\n", {"a"}), "a is not a single value");
}

TEST_F(Edits, YamlWithByteOrderMarkTagsAndMultiByteText) {
  EXPECT_EQ(*set_yaml_value("\xEF\xBB\xBFé: ü # ö\nimage: x\n", {"image"}, "y"),
            "\xEF\xBB\xBFé: ü # ö\nimage: y\n");
  EXPECT_EQ(*set_yaml_value("a: !!str x\n", {"a"}, "y"), "a: !!str y\n");
  EXPECT_EQ(*set_yaml_value("a: &n x\n", {"a"}, "y"), "a: &n y\n");
  EXPECT_EQ(*set_yaml_value("a: x\r\nb: z\r\n", {"a"}, "y"), "a: y\r\nb: z\r\n");
}

TEST_F(Edits, AYamlScalarOfAFile) {
  write(folder.path("compose.yml"), kCompose);
  const EditFile it{"compose.yml", EditFile::YamlScalar{{"services", "api", "image"}}, "piprio/api:1.4.0",
                    "piprio/api:1.5.0"};
  EXPECT_TRUE(perform(it).ok);
  EXPECT_TRUE(perform(it).ok);
  EXPECT_EQ(*yaml_value(read(folder.path("compose.yml")), {"services", "api", "image"}), "piprio/api:1.5.0");
  EXPECT_EQ(read(folder.path(".pawl/runs/7/saved/compose.yml")), kCompose);
}

}  // namespace
}  // namespace pawl::executor
