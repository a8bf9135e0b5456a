// piprio ROLE: a small self-hosted product with everything that makes upgrades hard. See README.md.
#include <csignal>
#include <iostream>
#include <map>

#include "examples/demo/http.h"
#include "examples/demo/roles.h"

namespace piprio {
namespace {

constexpr const char* kUsage =
    "usage: piprio api|worker|scheduler|web|proxy   run one part until SIGTERM\n"
    "       piprio health URL                       exit 0 when GET URL answers 200\n"
    "       piprio reload [PID]                     send SIGHUP (default: to PID 1, inside a container)\n"
    "       piprio version\n";

int run_role(const std::string& role, int (*run)(const Context&)) {
  Signals signals;
  const Settings settings = read_settings(role);
  const Events events(settings);
  std::cout << "piprio " << settings.version << " " << role << " (" << settings.instance << ") started"
            << std::endl;
  events.write("started");
  const int code = run({settings, events, signals});
  events.write("stopped", JsonObject().number("code", code));
  std::cout << "piprio " << settings.version << " " << role << " stopped (" << code << ")" << std::endl;
  return code;
}

int ask_health(const std::string& url) {
  const std::size_t scheme = url.starts_with("http://") ? 7 : 0;
  const std::size_t slash = url.find('/', scheme);
  const std::string path = slash == std::string::npos ? "/" : url.substr(slash);
  const Response response =
      send_request(parse_address(url.substr(0, slash)), "GET", path, "", Milliseconds(2000));
  std::cout << response.body << std::endl;
  return response.status == 200 ? 0 : 1;
}

int reload(const std::string& pid) {
  return kill(std::stoi(pid), SIGHUP) == 0 ? 0 : 1;
}

int run(const std::string& what, const std::string& argument) {
  static const std::map<std::string, int (*)(const Context&)> kRoles{{"api", run_api},
                                                                     {"worker", run_worker},
                                                                     {"scheduler", run_scheduler},
                                                                     {"web", run_web},
                                                                     {"proxy", run_proxy}};
  if (const auto role = kRoles.find(what); role != kRoles.end()) return run_role(role->first, role->second);
  if (what == "health" && !argument.empty()) return ask_health(argument);
  if (what == "reload") return reload(argument.empty() ? "1" : argument);
  if (what == "version") return std::cout << read_settings("version").version << std::endl, 0;
  std::cerr << kUsage;
  return 2;
}

}  // namespace
}  // namespace piprio

int main(int count, char** arguments) {
  try {
    return piprio::run(count > 1 ? arguments[1] : "", count > 2 ? arguments[2] : "");
  } catch (const std::exception& error) {
    std::cerr << "piprio: " << error.what() << std::endl;
    return 1;
  }
}
