// Runs Piprio's parts as processes in a folder of their own, and waits for what they say.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "examples/demo/database.h"
#include "examples/demo/http.h"
#include "examples/demo/report_facts.h"

namespace piprio::test {

using Environment = std::map<std::string, std::string>;

/// Whether `condition` came to hold within `within`; asked each 10 ms.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds within = std::chrono::seconds(20));

int free_port();

/// A child process; killed when it is still there at the end.
class Process {
 public:
  Process(const std::vector<std::string>& argv, const Environment& environment, const std::string& folder,
          const std::string& log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  /// The exit code, 128 + N for a signal N; -1 when it does not end within 20 s.
  int wait();
  /// SIGTERM, then wait().
  int stop();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

/// One deployment: a folder, a database, an events file.
class Deployment {
 public:
  /// `database_url` empty: SQLite in the folder.
  explicit Deployment(const std::string& database_url = "");
  ~Deployment();
  Deployment(const Deployment&) = delete;
  Deployment& operator=(const Deployment&) = delete;

  /// `instance` "worker-2" runs the role "worker".
  std::unique_ptr<Process> start(const std::string& version, const std::string& instance,
                                 Environment more = {});
  std::unique_ptr<Process> start_program(const std::string& program, const std::string& instance,
                                         Environment more = {});
  /// Starts an api and waits until it serves.
  std::unique_ptr<Process> start_api(const std::string& version, Environment more = {});
  /// Runs an api whose start must fail, and returns its exit code.
  int run_api(const std::string& version);

  Response get(const std::string& path) const;
  void post_jobs(int count, const std::string& prefix = "job") const;
  std::vector<Event> events() const;
  std::vector<Event> events(const std::string& event, const std::string& instance = "") const;
  bool await_event(const std::string& event, const std::string& instance = "", std::size_t times = 1) const;
  std::unique_ptr<Database> database() const;
  std::vector<std::string> ledger() const;
  bool await_all_done() const;

  const std::string& folder() const { return folder_; }
  std::string log(const std::string& instance) const;
  int api_port() const { return api_port_; }

 private:
  std::string folder_, database_url_;
  int api_port_;
};

/// The part of a test that needs a database, run on both.
struct Engine {
  std::string name;  // "sqlite", "postgres"
};

}  // namespace piprio::test
