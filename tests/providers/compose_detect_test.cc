// Which Compose program is chosen on which machine, and what is said where there is none to use.
#include <gtest/gtest.h>

#include <functional>

#include "providers/compose/engine.h"

namespace pawl::providers::compose::test {
namespace {

using Wanted = lang::ComposeSettings::Engine;
using planner::Answer;

const Answer kMissing{false, 127, "", "the program `x` was not found in PATH"};
const Answer kNothing{true, 0, "", ""};
const std::string kDown =
    "Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?";
const std::string kDenied =
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
    "Get "
    "\"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version\": dial unix /var/run/docker.sock: connect: "
    "permission denied";

/// A machine, by the programs that are on it.
struct Machine {
  std::function<Answer(const std::string& command)> says;
  std::vector<std::string> asked{};

  lang::Result<Engine> detect(Wanted wanted = Wanted::Detect) {
    planner::Answers answers;
    for (int round = 0; round < 10; ++round) {
      const auto questions = detection(wanted, "", "shop", planner::HostAnswers(answers));
      if (questions.empty()) return detected(wanted, "", "shop", planner::HostAnswers(answers));
      for (const planner::Query& question : questions) {
        asked.push_back(planner::render(question));
        answers.add(planner::Question(question), says(asked.back()));
      }
    }
    return lang::failure("the questions do not come to an end");
  }
  std::string command(Wanted wanted = Wanted::Detect) {
    const auto engine = detect(wanted);
    return engine ? std::string(engine->command()) : engine.error().what + " / " + engine.error().fix;
  }
};

bool begins(const std::string& text, std::string_view with) {
  return text.starts_with(with);
}

/// Docker as `docker` answers, docker-compose 1.29, podman and podman-compose; `containers` are podman's of
/// the project.
Machine with_everything(const Answer& docker, const std::string& containers = "") {
  return {[=](const std::string& command) -> Answer {
    if (begins(command, "docker version")) return docker;
    if (command == "docker --version") return {true, 0, "Docker version 20.10.24, build 297e128\n", ""};
    if (begins(command, "docker compose")) return {true, 1, "", "docker: 'compose' is not a docker command."};
    if (begins(command, "docker-compose")) return {true, 0, "1.29.2\n", ""};
    if (begins(command, "podman-compose")) return {true, 0, "podman-compose version 1.0.3\n", ""};
    if (begins(command, "podman ps")) return {true, 0, containers, ""};
    if (begins(command, "docker ps")) return kNothing;
    return kMissing;
  }};
}
const Answer kAnswers{true, 0, "20.10.24\n", ""};

TEST(ComposeDetection, ADockerThatAnswersIsTaken) {
  EXPECT_EQ(with_everything(kAnswers).command(), "docker-compose");
  EXPECT_EQ(with_everything(kAnswers).command(Wanted::Docker), "docker-compose");
  EXPECT_EQ(with_everything(kAnswers).command(Wanted::Podman), "podman-compose");
}

TEST(ComposeDetection, ADockerThatRefusesIsTheErrorInItsOwnWords) {
  for (const Wanted wanted : {Wanted::Detect, Wanted::Docker}) {
    const std::string down = with_everything({true, 1, "\n", kDown + "\n"}).command(wanted);
    EXPECT_TRUE(begins(down, "Docker is installed and cannot be used: " + kDown + " / ")) << down;
    EXPECT_NE(down.find("DOCKER_HOST"), std::string::npos) << down;
    const std::string denied = with_everything({true, 1, "", kDenied}).command(wanted);
    EXPECT_TRUE(begins(denied, "Docker is installed and cannot be used: " + kDenied)) << denied;
    EXPECT_NE(denied.find("usermod -aG docker"), std::string::npos) << denied;
    EXPECT_NE(denied.find("engine = podman"), std::string::npos) << denied;
    const std::string hangs =
        with_everything({false, 15, "", "`docker version` did not end within 30s and was stopped"})
            .command(wanted);
    EXPECT_NE(hangs.find("did not end within 30s"), std::string::npos) << hangs;
  }
  EXPECT_EQ(with_everything({true, 1, "", kDown}).command(Wanted::Podman), "podman-compose")
      << "nobody asks docker";
}

TEST(ComposeDetection, PodmanIsTakenWhereThereIsNoDocker) {
  EXPECT_EQ(with_everything(kMissing).command(), "podman-compose");
  EXPECT_EQ(with_everything({true, 127, "", "sh: docker: not found"}).command(), "podman-compose")
      << "over SSH";
  EXPECT_EQ(with_everything(kMissing).command(Wanted::Docker),
            "Docker is not installed: there is no program `docker`. / Install it: apt-get install docker.io "
            "docker-compose");
  Machine imitation = with_everything({true, 125, "", "Error: template: version:1:2: nil pointer"});
  imitation.says = [says = imitation.says](const std::string& command) -> Answer {
    return command == "docker --version" ? Answer{true, 0, "podman version 4.3.1\n", ""} : says(command);
  };
  EXPECT_EQ(imitation.command(), "podman-compose") << "podman's imitation of docker has no server";
  Machine bare{[](const std::string&) { return kMissing; }};
  EXPECT_TRUE(begins(bare.command(), "Neither Docker nor podman-compose is installed.")) << bare.command();
}

TEST(ComposeDetection, PodmanIsTakenWhereTheContainersArePodmans) {
  EXPECT_EQ(with_everything({true, 1, "", kDown}, "4f5e\n").command(), "podman-compose");
  EXPECT_EQ(with_everything(kAnswers, "4f5e\n").command(), "podman-compose")
      << "docker has none of this project";
  EXPECT_EQ(with_everything(kAnswers, "4f5e\n").command(Wanted::Docker), "docker-compose");
  Machine both = with_everything(kAnswers, "4f5e\n");
  both.says = [says = both.says](const std::string& command) -> Answer {
    return begins(command, "docker ps") ? Answer{true, 0, "77aa\n", ""} : says(command);
  };
  EXPECT_EQ(both.command(), "docker-compose");
  for (const std::string& command : both.asked) EXPECT_FALSE(begins(command, "podman")) << command;
}

TEST(ComposeDetection, DockerWithoutComposeIsNoReasonForPodman) {
  Machine machine = with_everything(kAnswers);
  machine.says = [says = machine.says](const std::string& command) -> Answer {
    return begins(command, "docker-compose") ? kMissing : says(command);
  };
  EXPECT_TRUE(
      begins(machine.command(), "Docker is there, but neither `docker compose` nor `docker-compose` is."))
      << machine.command();
}

}  // namespace
}  // namespace pawl::providers::compose::test
