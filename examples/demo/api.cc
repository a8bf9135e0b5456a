#include <iostream>

#include "examples/demo/connection_pool.h"
#include "examples/demo/http.h"
#include "examples/demo/migrations.h"
#include "examples/demo/queue.h"
#include "examples/demo/roles.h"

namespace piprio {
namespace {

constexpr auto kDatabaseWithin = std::chrono::seconds(60);

class Api {
 public:
  explicit Api(const Context& context) : context_(context), pool_(context.settings) {}

  Response answer(const Request& request) {
    try {
      Response response = route(request);
      if (response.status >= 500) refused(request, response.body);
      return response;
    } catch (const DatabaseError& error) {
      refused(request, error.what());
      return {503, "application/json", JsonObject().text("error", error.what()).str()};
    }
  }

  Response health() {
    const bool database = database_works();
    const Behaviour& behaviour = context_.settings.behaviour;
    const bool all = database && !behaviour.never_healthy;
    JsonObject components;
    components.text("database", database ? "ok" : "down").text("storage", "ok");
    components.text("search", behaviour.never_healthy ? "down" : "ok");
    JsonObject body;
    body.text("status", all ? "ok" : "degraded").text("version", context_.settings.version);
    body.raw("components", components.str());
    return {all ? 200 : 503, "application/json", body.str()};
  }

 private:
  template <class Work>
  auto with_queue(Work work) {
    return pool_.with([&](Database& database) {
      Queue queue(database, context_.settings.behaviour);
      return work(queue);
    });
  }

  Response route(const Request& request) {
    if (request.path == "/jobs" && request.method == "POST") return enqueue(request);
    if (request.method != "GET") return {400, "application/json", R"({"error":"only GET, and POST /jobs"})"};
    if (request.path == "/health") return health();
    if (request.path == "/jobs")
      return with_queue([](Queue& queue) { return Response{200, "application/json", queue.counts()}; });
    if (request.path.starts_with("/jobs/")) return describe(request.path.substr(6));
    if (request.path == "/" || request.path == "/version") return {200, "application/json", front_page()};
    return {404, "application/json", R"({"error":"not found"})"};
  }

  Response enqueue(const Request& request) {
    const std::string given = request.parameter("id");
    const std::string priority = request.parameter("priority");
    if (!given.empty() && !is_job_id(given)) return {400, "application/json", R"({"error":"a bad job id"})"};
    if (priority.size() > 3 || priority.find_first_not_of("0123456789") != std::string::npos)
      return {400, "application/json", R"({"error":"priority is a number from 0 to 999"})"};
    const NewJob job{given.empty() ? unique_name("j") : given, request.body, context_.settings.instance,
                     priority.empty() ? 0 : std::stoi(priority)};
    const bool is_new = with_queue([&](Queue& queue) { return queue.enqueue(job); });
    return {is_new ? 202 : 200, "application/json",
            JsonObject().text("id", job.id).text("state", "queued").str()};
  }

  Response describe(const std::string& id) {
    const std::string job = with_queue([&](Queue& queue) { return queue.describe(id); });
    if (job.empty()) return {404, "application/json", R"({"error":"no such job"})"};
    return {200, "application/json", job};
  }

  std::string front_page() const {
    JsonObject page;
    page.text("service", "piprio").text("version", context_.settings.version);
    if (context_.settings.behaviour.priorities)
      page.text("region", environment("PIPRIO_S3_REGION", "eu-central-1"));
    return page.str();
  }

  bool database_works() {
    try {
      return pool_.with(
          [](Database& database) { return !database.query("SELECT COUNT(*) FROM jobs").empty(); });
    } catch (const DatabaseError&) {
      return false;
    }
  }

  void refused(const Request& request, const std::string& why) const {
    context_.events.write("request_refused", JsonObject().text("path", request.path).text("why", why));
  }

  const Context& context_;
  ConnectionPool pool_;
};

std::unique_ptr<Database> connect(const Context& context) {
  const auto until = std::chrono::steady_clock::now() + kDatabaseWithin;
  for (;;) {
    try {
      return open_database(context.settings, true);
    } catch (const DatabaseError& error) {
      if (std::chrono::steady_clock::now() > until || context.signals.stopping()) throw;
      std::cout << "waiting for the database: " << error.what() << std::endl;
      context.signals.wait(Milliseconds(300));
    }
  }
}

/// An old program on a newer schema would misread it: better not to start at all.
void refuse_newer_schema(Database& database, const Context& context, const std::vector<Migration>& ours) {
  const auto unknown = unknown_migrations(database, ours);
  if (unknown.empty()) return;
  context.events.write("schema_too_new", JsonObject().text("migration", unknown.front()));
  throw DatabaseError("the schema is newer than " + context.settings.version + ": migration " +
                      unknown.front() +
                      " is applied, which this release does not know; restore the backup from before it");
}

int prepare(const Context& context) {
  try {
    const auto database = connect(context);
    const auto ours = read_migrations(context.settings.release_folder);
    refuse_newer_schema(*database, context, ours);
    migrate(*database, ours, context.events, context.signals);
    return 0;
  } catch (const DatabaseError& error) {
    std::cerr << "piprio api: " << error.what() << std::endl;
    return context.signals.stopping() ? 0 : 1;
  }
}

}  // namespace

int run_api(const Context& context) {
  if (const int failed = prepare(context); failed != 0) return failed;
  if (context.settings.behaviour.warm_up.count() > 0) std::cout << "warming up" << std::endl;
  context.signals.wait(context.settings.behaviour.warm_up);
  if (context.signals.stopping()) return 0;

  Api api(context);
  const HttpServer server(context.settings.bind, context.settings.port,
                          [&](const Request& request) { return api.answer(request); });
  if (api.health().status == 200) context.events.write("healthy");
  std::cout << "serving on " << context.settings.bind << ":" << context.settings.port << std::endl;
  while (context.signals.wait() != Signals::What::Stop) {
  }
  context.events.write("stopping");
  return 0;
}

}  // namespace piprio
