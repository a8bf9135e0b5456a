// A server that keeps data and comes back in another image: whether it starts on the files that are there.
#include <cctype>

#include "planner/pass/changes.h"
#include "planner/pass/data_use.h"

namespace pawl::planner {
namespace {

/// The tag of an image without the suffix of a variant: "16.4" of "postgres:16.4-alpine"; empty: it does not
/// begin with a number.
std::string number_of(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const auto colon = image.rfind(':');
  if (colon == std::string_view::npos || image.find('/', colon) != std::string_view::npos) return "";
  std::string_view tag = image.substr(colon + 1);
  if (tag.starts_with('v')) tag.remove_prefix(1);
  const std::string_view number = tag.substr(0, tag.find_first_not_of("0123456789."));
  return std::string(number.substr(0, number.find_last_not_of('.') + 1));
}

/// "16" and "16.4" say the same of a server of version 16.4.1.
bool says(const std::string& number, const std::string& version) {
  return !number.empty() && version.starts_with(number) &&
         (version.size() == number.size() ||
          !std::isdigit(static_cast<unsigned char>(version[number.size()])));
}

/// The version of the server that an image brings, where the tag of the one that runs tells its version too.
std::string version_in(const std::string& image, const std::string& runs, const std::string& server) {
  return says(number_of(runs), server) ? number_of(image) : "";
}

}  // namespace

Pass<void> check_servers(const CompileInput& input, Changes& changes) {
  const lang::Stack& stack = *input.stack;
  for (const lang::Database& database : stack.databases) {
    if (!database.service) continue;
    const lang::Service& service = stack[*database.service];
    const ServiceChange& change = changes.services[database.service->value];
    const ServiceState* state = input.snapshot->service(service.name);
    const DatabaseState* known = input.snapshot->database(database.name);
    const DataProvider* data = input.providers->database(database.engine);
    if (!change.starts_other_server(keeps_data(stack, service)) || !state || state->instances.empty() ||
        !data)
      continue;
    const std::string server = known && known->reachable ? known->server_version : "";
    const std::string next = version_in(change.new_image, state->instances.front().image, server);
    if (next.empty()) {
      changes.notices.push_back({"unknown: nothing says which version of the server " + change.new_image +
                                     " brings for " + service.name +
                                     (server.empty() ? "" : ", whose files are those of " + server) +
                                     ". A server does not start on the files of every other version",
                                 origin_of(input, service.span)});
      continue;
    }
    const std::string why = data->cannot_start(server, next);
    if (why.empty()) continue;
    return refuse(
        "Service " + service.name + " cannot go from " + state->instances.front().image + " to " +
            change.new_image + ": " + why,
        "Name an image of the version that runs. To change it, dump the database (pawl backup), start the "
        "new server on an empty volume, and load the dump there.");
  }
  return {};
}

}  // namespace pawl::planner
