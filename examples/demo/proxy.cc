#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include "examples/demo/http.h"
#include "examples/demo/roles.h"

namespace piprio {
namespace {

constexpr Milliseconds kUpstreamTimeout(15'000);

struct Route {
  std::string prefix;
  Address to;
};
using Routes = std::vector<Route>;

/// `${NAME}` in `text` replaced from the environment.
std::string expand(std::string text) {
  for (std::size_t at = 0; (at = text.find("${", at)) != std::string::npos;) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) throw std::runtime_error("\"${\" without \"}\"");
    const std::string name = text.substr(at + 2, end - at - 2);
    const std::string value = environment(name.c_str(), "");
    if (value.empty()) throw std::runtime_error(name + " is not set");
    text.replace(at, end - at + 1, value);
    at += value.size();
  }
  return text;
}

/// Lines "PREFIX HOST:PORT"; `#` begins a comment. The longest prefix wins.
Routes read_routes(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  Routes routes;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string prefix, to, more;
    if (!(words >> prefix)) continue;
    const std::string place = path + ":" + std::to_string(number) + ": ";
    if (!(words >> to) || words >> more || prefix[0] != '/')
      throw std::runtime_error(place + "write /PREFIX HOST:PORT");
    routes.push_back({prefix, parse_address(expand(to))});
  }
  if (routes.empty()) throw std::runtime_error(path + " names no upstream");
  std::sort(routes.begin(), routes.end(),
            [](const Route& a, const Route& b) { return a.prefix.size() > b.prefix.size(); });
  return routes;
}

class Proxy {
 public:
  explicit Proxy(const Context& context)
      : context_(context), path_(environment("PIPRIO_UPSTREAMS", "upstreams.conf")) {
    routes_ = std::make_shared<Routes>(read_routes(path_));
  }

  /// A file that cannot be read leaves the old routes in force.
  void reload() {
    try {
      auto fresh = std::make_shared<Routes>(read_routes(path_));
      std::lock_guard lock(mutex_);
      routes_ = std::move(fresh);
      ++generation_;
      context_.events.write("reloaded", JsonObject().number("generation", generation_));
    } catch (const std::exception& error) {
      std::cerr << "the upstreams were not reloaded: " << error.what() << std::endl;
      context_.events.write("reload_failed", JsonObject().text("error", error.what()));
    }
  }

  Response answer(const Request& request) {
    if (request.path == "/proxy-health") return health();
    const auto routes = current();
    for (const Route& route : *routes)
      if (request.path.starts_with(route.prefix)) return forward(route, request);
    return {404, "application/json", R"({"error":"no upstream for this path"})"};
  }

 private:
  Response forward(const Route& route, const Request& request) {
    const std::string target = request.query.empty() ? request.path : request.path + "?" + request.query;
    Response response = send_request(route.to, request.method, target, request.body, kUpstreamTimeout);
    if (response.status != 0) return response;
    context_.events.write("request_refused",
                          JsonObject().text("path", request.path).text("why", response.body));
    return {502, "application/json", JsonObject().text("error", route.to.str() + ": " + response.body).str()};
  }

  Response health() {
    const auto routes = current();
    JsonObject upstreams;
    for (const Route& route : *routes) upstreams.text(route.prefix, route.to.str());
    JsonObject body;
    body.text("status", "ok").text("version", context_.settings.version);
    body.number("generation", generation()).raw("upstreams", upstreams.str());
    return {200, "application/json", body.str()};
  }

  std::shared_ptr<const Routes> current() {
    std::lock_guard lock(mutex_);
    return routes_;
  }
  int generation() {
    std::lock_guard lock(mutex_);
    return generation_;
  }

  const Context& context_;
  std::string path_;
  std::mutex mutex_;
  std::shared_ptr<const Routes> routes_;
  int generation_ = 1;
};

}  // namespace

int run_proxy(const Context& context) {
  Proxy proxy(context);
  const HttpServer server(context.settings.bind, context.settings.port,
                          [&](const Request& request) { return proxy.answer(request); });
  context.events.write("healthy");
  std::cout << "serving on " << context.settings.bind << ":" << context.settings.port << std::endl;
  for (;;) {
    const Signals::What what = context.signals.wait();
    if (what == Signals::What::Stop) break;
    if (what == Signals::What::Reload) proxy.reload();
  }
  context.events.write("stopping");
  return 0;
}

}  // namespace piprio
