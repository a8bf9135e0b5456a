#include "tests/demo/harness.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "examples/demo/migrations.h"
#include "examples/demo/settings.h"

extern char** environ;

namespace piprio::test {
namespace {

std::vector<std::string> merged_environment(const Environment& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    const std::string line = *entry;
    if (!line.starts_with("PIPRIO_") && !more.contains(line.substr(0, line.find('=')))) all.push_back(line);
  }
  for (const auto& [name, value] : more) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const std::string& string : strings) out.push_back(const_cast<char*>(string.c_str()));
  out.push_back(nullptr);
  return out;
}

std::string role_of(const std::string& instance) {
  return instance.substr(0, instance.find('-'));
}

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

int free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(probe, reinterpret_cast<sockaddr*>(&address), size) != 0) throw std::runtime_error("no free port");
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  close(probe);
  return ntohs(address.sin_port);
}

Process::Process(const std::vector<std::string>& argv, const Environment& environment,
                 const std::string& folder, const std::string& log) {
  const auto all = merged_environment(environment);
  const auto argument_pointers = pointers(argv), environment_pointers = pointers(all);
  pid_ = fork();
  if (pid_ != 0) return;
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(output, 1);
  dup2(output, 2);
  if (chdir(folder.c_str()) == 0)
    execve(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
  _exit(127);
}

Process::~Process() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  kill(pid_, SIGCONT);
  waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const {
  kill(pid_, number);
}

int Process::wait() {
  int status = 0;
  const bool ended = eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; });
  if (!ended) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int Process::stop() {
  signal(SIGTERM);
  return wait();
}

Deployment::Deployment(const std::string& database_url)
    : database_url_(database_url), api_port_(free_port()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "pawl-demo-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  if (database_url_.empty()) database_url_ = "sqlite:" + folder_ + "/data/piprio.db";
}

Deployment::~Deployment() {
  if (testing::Test::HasFailure())
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      if (entry.path().extension() == ".log") std::cout << log(entry.path().stem().string());
  std::filesystem::remove_all(folder_);
}

std::unique_ptr<Process> Deployment::start_program(const std::string& program, const std::string& instance,
                                                   Environment more) {
  more.insert({{"DATABASE_URL", database_url_},
               {"PIPRIO_EVENTS", folder_ + "/events.jsonl"},
               {"PIPRIO_INSTANCE", instance},
               {"PIPRIO_API_PORT", std::to_string(api_port_)},
               {"PIPRIO_MIGRATION_MS", "0"},
               {"PIPRIO_JOB_MS_MIN", "1"},
               {"PIPRIO_JOB_MS_MAX", "5"},
               {"PIPRIO_POLL_MS", "10"}});
  return std::make_unique<Process>(std::vector<std::string>{program, role_of(instance)}, more, folder_,
                                   folder_ + "/" + instance + ".log");
}

std::unique_ptr<Process> Deployment::start(const std::string& version, const std::string& instance,
                                           Environment more) {
  return start_program(std::string(PIPRIO_RELEASES) + "/" + version + "/piprio", instance, std::move(more));
}

std::unique_ptr<Process> Deployment::start_api(const std::string& version, Environment more) {
  auto api = start(version, "api", std::move(more));
  EXPECT_TRUE(eventually([&] { return get("/version").status == 200; })) << log("api");
  return api;
}

int Deployment::run_api(const std::string& version) {
  return start(version, "api")->wait();
}

Response Deployment::get(const std::string& path) const {
  return send_request({"127.0.0.1", api_port_}, "GET", path, "", std::chrono::seconds(5));
}

void Deployment::post_jobs(int count, const std::string& prefix) const {
  for (int i = 1; i <= count; ++i) {
    const std::string target = "/jobs?id=" + prefix + "-" + std::to_string(i);
    EXPECT_EQ(202,
              send_request({"127.0.0.1", api_port_}, "POST", target, "x", std::chrono::seconds(5)).status);
  }
}

std::vector<Event> Deployment::events() const {
  const std::string path = folder_ + "/events.jsonl";
  return std::filesystem::exists(path) ? read_events(path) : std::vector<Event>{};
}

std::vector<Event> Deployment::events(const std::string& event, const std::string& instance) const {
  std::vector<Event> chosen;
  for (Event& one : events())
    if (one.event == event && (instance.empty() || one.instance == instance))
      chosen.push_back(std::move(one));
  return chosen;
}

bool Deployment::await_event(const std::string& event, const std::string& instance, std::size_t times) const {
  return eventually([&] { return events(event, instance).size() >= times; });
}

std::unique_ptr<Database> Deployment::database() const {
  Settings settings;
  settings.database_url = database_url_;
  return open_database(settings);
}

std::vector<std::string> Deployment::ledger() const {
  return applied_migrations(*database());
}

bool Deployment::await_all_done() const {
  const auto connection = database();
  return eventually([&] { return connection->query("SELECT id FROM jobs WHERE state <> 'done'").empty(); });
}

std::string Deployment::log(const std::string& instance) const {
  std::ifstream file(folder_ + "/" + instance + ".log");
  std::stringstream text;
  text << "--- " << instance << "\n" << file.rdbuf();
  return text.str();
}

}  // namespace piprio::test
