#include "compose_support.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

extern char** environ;

namespace pawl::providers::compose::test {
namespace fs = std::filesystem;

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

Ran run(const std::vector<std::string>& argv, const std::string& folder,
        const std::vector<std::string>& environment) {
  std::vector<char*> words, variables;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  for (const std::string& variable : environment) variables.push_back(const_cast<char*>(variable.c_str()));
  for (char** variable = environ; *variable; ++variable) variables.push_back(*variable);
  variables.push_back(nullptr);
  char out_name[] = "/tmp/pawl-compose-out-XXXXXX";
  char err_name[] = "/tmp/pawl-compose-err-XXXXXX";
  const int out = mkstemp(out_name);
  const int err = mkstemp(err_name);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  Ran ran;
  pid_t child = 0;
  if (posix_spawnp(&child, words[0], &actions, nullptr, words.data(), variables.data()) == 0) {
    int status = 0;
    waitpid(child, &status, 0);
    ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  } else {
    ran.exit_code = 127;
  }
  posix_spawn_file_actions_destroy(&actions);
  close(out);
  close(err);
  ran.out = support::read_file(out_name);
  ran.err = support::read_file(err_name);
  unlink(out_name);
  unlink(err_name);
  return ran;
}

planner::Answer answer_file(const planner::ReadFile& query, const std::string& folder) {
  const fs::path path = fs::path(folder) / query.path;
  if (fs::is_directory(path)) return {false, 0, "", "it is a folder"};
  if (!fs::is_regular_file(path))
    return {query.optional, 0, "", query.optional ? "" : "there is no such file"};
  return {true, 0, support::read_file(path), ""};
}

bool Case::skips(const std::string& program) const {
  return std::find(skipped.begin(), skipped.end(), program) != skipped.end();
}

std::vector<std::string> Case::options() const {
  std::vector<std::string> options;
  for (const std::string& file : request.files) options.insert(options.end(), {"-f", file});
  for (const std::string& profile : request.profiles) options.insert(options.end(), {"--profile", profile});
  return options;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto& entry : fs::directory_iterator(PAWL_TEST_DATA "/compose/config")) {
    Case one;
    one.name = entry.path().filename().string();
    one.folder = entry.path().string();
    std::istringstream lines(support::read_file(one.folder + "/case"));
    std::string line;
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::string verb, word;
      words >> verb;
      auto& into = verb == "files"      ? one.request.files
                   : verb == "profiles" ? one.request.profiles
                                        : one.skipped;
      while (words >> word) into.push_back(word);
    }
    cases.push_back(std::move(one));
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return a.name < b.name; });
  return cases;
}

namespace {

template <class Answering>
Result<Project> read_asking(const ProjectRequest& request, const Answering& answer) {
  planner::Answers answers;
  const planner::HostAnswers here(answers);
  for (int round = 0; round < 20; ++round) {
    Files files(here);
    auto project = read_project(request, files);
    if (files.wanted().empty()) return project;
    for (const planner::Query& query : files.wanted())
      answers.add(query, answer(std::get<planner::ReadFile>(query)));
  }
  return failure("the reader asks without end");
}

}  // namespace

Result<Project> read_from(const std::string& folder, const ProjectRequest& request) {
  return read_asking(request, [&](const planner::ReadFile& file) { return answer_file(file, folder); });
}

Result<Project> read_files(const std::map<std::string, std::string>& texts, ProjectRequest request) {
  if (request.files.empty() && !texts.contains("docker-compose.yml") && !texts.contains(".env"))
    request.files = {"compose.yml"};
  return read_asking(request, [&](const planner::ReadFile& file) -> planner::Answer {
    const auto found = texts.find(file.path);
    const auto below = texts.lower_bound(file.path + "/");
    if (below != texts.end() && below->first.starts_with(file.path + "/"))
      return {false, 0, "", "it is a folder"};
    if (found == texts.end()) return {file.optional, 0, "", "there is no such file"};
    return {true, 0, found->second, ""};
  });
}

std::string describe(const Project& project) {
  std::vector<std::string> lines;
  for (const ComposeService& service : project.services) {
    if (service.enabled) lines.push_back(service.name + " " + canonical_json(service.config) + "\n");
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace pawl::providers::compose::test
