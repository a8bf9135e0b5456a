// pawl's reading against another one: no difference where there is none, and each one told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose_conformance.h"
#include "providers/compose/cross_check.h"

namespace pawl::providers::compose {
namespace {

using test::Conformance;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What Compose v2 really said to hundreds of cases; both readings are one wherever the conformance test says
/// so.
TEST(ComposeCrossCheck, FindsNoDifferenceWhereThereIsNone) {
  int compared = 0;
  for (const Conformance& one : test::conformance_cases()) {
    if (one.refused || !one.differs.empty()) continue;
    const auto own = test::read_files(one.files, one.request());
    EXPECT_TRUE(own) << one.name << ": " << (own ? "" : own.error().what);
    if (!own) continue;
    std::string answer = one.answer;
    test::replace_all(answer, "/above/", "/");
    const auto other = other_reading(Form::DockerComposeV2, answer, own->profiles);
    EXPECT_TRUE(other) << one.name << ": " << (other ? "" : other.error().what);
    if (!other) continue;
    const Roots roots{"/elsewhere", join("/project", one.directory())};
    EXPECT_THAT(differences(*own, *other, "docker compose", roots), IsEmpty()) << one.name;
    ++compared;
  }
  EXPECT_GT(compared, 200);
}

std::vector<std::string> between(const std::string& own, const std::string& other) {
  const auto ours = test::read_files({{"compose.yml", own}});
  const auto theirs = other_reading(Form::DockerCompose, other, {});
  EXPECT_TRUE(ours && theirs);
  return differences(*ours, *theirs, "docker compose", {"/srv/app"});
}

TEST(ComposeCrossCheck, TellsEachDifferenceOnce) {
  EXPECT_THAT(between("services: { api: { image: 'a:1' } }", "services: { api: { image: 'a:2' } }"),
              ElementsAre("service api: pawl reads image a:1, docker compose says a:2"));
  EXPECT_THAT(
      between("services: { api: { image: a, command: [a, 'b c'] } }",
              "services: { api: { image: a, command: [a, b, c] } }"),
      ElementsAre(R"(service api: pawl reads command ["a","b c"], docker compose says ["a","b","c"])"));
  EXPECT_THAT(between("services: { api: { image: a, ports: ['80:80', '127.0.0.1:443:443'] } }",
                      "services: { api: { image: a, ports: ['80:80', '443:443'] } }"),
              ElementsAre("service api: pawl reads ports 127.0.0.1:443 → 443/tcp, docker compose says 443 → "
                          "443/tcp"));
  EXPECT_THAT(
      between("services: { api: { image: a, volumes: ['./data:/data', './b:/b'] } }",
              "services: { api: { image: a, volumes: ['/srv/app/data:/data:ro', '/srv/app/b:/b'] } }"),
      ElementsAre("service api: pawl reads mounts ./data:/data, docker compose says /srv/app/data:/data:ro"));
  EXPECT_THAT(
      between("services: { api: { image: a, volumes: ['./data:/data'] } }",
              "services: { api: { image: a, volumes: ['/srv/other/data:/data'] } }"),
      ElementsAre("service api: pawl reads mounts ./data:/data, docker compose says /srv/other/data:/data"));
  EXPECT_THAT(between("services: { api: { image: a, scale: 2 }, web: { image: w } }",
                      "services: { api: { image: a }, mail: { image: m } }"),
              ElementsAre("service api: pawl reads replicas 2, docker compose says 1",
                          "service web: pawl reads it, docker compose has no such service",
                          "service mail: docker compose has it, pawl reads no such service"));
}

TEST(ComposeCrossCheck, DoesNotTellValuesOfVariables) {
  EXPECT_THAT(
      between("services: { api: { image: a, environment: { A: '1', B: hidden } } }",
              "services: { api: { image: a, environment: { A: secret, C: '3' } } }"),
      ElementsAre("service api: pawl and docker compose read different values of A in its environment",
                  "service api: pawl sets B in its environment, docker compose does not",
                  "service api: docker compose sets C in its environment, pawl does not"));
}

}  // namespace
}  // namespace pawl::providers::compose
