#include "tests/demo/private_postgres.h"

#include <pwd.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "tests/demo/harness.h"

namespace piprio::test {
namespace {

namespace fs = std::filesystem;

/// The newest /usr/lib/postgresql/N/bin; empty when there is none.
std::string server_programs() {
  std::string newest;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", missing))
    if (fs::exists(entry.path() / "bin/initdb")) newest = std::max(newest, (entry.path() / "bin").string());
  return newest;
}

/// PostgreSQL refuses to run as root.
std::vector<std::string> as_server_user(std::vector<std::string> argv) {
  if (geteuid() != 0) return argv;
  std::vector<std::string> all{"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"};
  all.insert(all.end(), argv.begin(), argv.end());
  return all;
}

class Server {
 public:
  explicit Server(const std::string& programs) : port_(free_port()) {
    std::string pattern = (fs::temp_directory_path() / "pawl-demo-postgres-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    if (const passwd* user = geteuid() == 0 ? getpwnam("postgres") : nullptr)
      if (chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("cannot chown");
    const std::string data = folder_ + "/data", log = "/dev/null";
    Process initdb(
        as_server_user({programs + "/initdb", "-D", data, "-U", "piprio", "--auth=trust", "--no-sync"}), {},
        folder_, log);
    if (initdb.wait() != 0) throw std::runtime_error("initdb failed");
    server_ = std::make_unique<Process>(
        as_server_user({programs + "/postgres", "-D", data, "-p", std::to_string(port_), "-k", folder_, "-c",
                        "listen_addresses=127.0.0.1", "-c", "fsync=off"}),
        Environment{}, folder_, log);
    if (!eventually([&] { return try_connect(); })) throw std::runtime_error("the server does not answer");
  }
  ~Server() {
    server_->signal(SIGINT);
    server_->wait();
    fs::remove_all(folder_);
  }

  std::string create_database() {
    const std::string name = "demo" + std::to_string(++databases_);
    open_postgres(url("postgres"))->script("CREATE DATABASE " + name);
    return url(name);
  }

 private:
  bool try_connect() const {
    try {
      return open_postgres(url("postgres")) != nullptr;
    } catch (const DatabaseError&) {
      return false;
    }
  }
  std::string url(const std::string& database) const {
    return "postgres://piprio@127.0.0.1:" + std::to_string(port_) + "/" + database;
  }

  int port_;
  std::string folder_;
  std::unique_ptr<Process> server_;
  int databases_ = 0;
};

}  // namespace

std::string new_postgres_database() {
  static const std::string programs = server_programs();
  if (programs.empty()) return "";
  static Server server(programs);
  return server.create_database();
}

}  // namespace piprio::test
