#include <iostream>

#include "examples/demo/http.h"
#include "examples/demo/roles.h"

namespace piprio {
namespace {

std::string page(const Settings& settings) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Piprio</title></head>\n"
         "<body><h1>Piprio</h1><p>Version " +
         settings.version + "</p></body></html>\n";
}

Response answer(const Settings& settings, const Request& request) {
  if (request.path == "/health")
    return {200, "application/json",
            JsonObject().text("status", "ok").text("version", settings.version).str()};
  if (request.path == "/") return {200, "text/html; charset=utf-8", page(settings)};
  return {404, "application/json", R"({"error":"not found"})"};
}

}  // namespace

int run_web(const Context& context) {
  const HttpServer server(context.settings.bind, context.settings.port,
                          [&](const Request& request) { return answer(context.settings, request); });
  context.events.write("healthy");
  std::cout << "serving on " << context.settings.bind << ":" << context.settings.port << std::endl;
  while (context.signals.wait() != Signals::What::Stop) {
  }
  context.events.write("stopping");
  return 0;
}

}  // namespace piprio
