// A server that keeps data and comes back in another image: whether it starts on the files that are there.
#include <algorithm>
#include <cctype>
#include <charconv>

#include "planner/bundle/rebuild.h"
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

/// "-alpine3.20" of "postgres:16.4-alpine3.20".
std::string variant_of(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::string number = number_of(image);
  const auto at = number.empty() ? std::string_view::npos : image.rfind(number);
  return at == std::string_view::npos ? "" : std::string(image.substr(at + number.size()));
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

int major_of(std::string_view version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

/// What the server has that no block of the manifest names; a dump of the named databases would leave it
/// behind.
std::vector<std::string> left_behind(const lang::Stack& stack, const Rebuild& rebuild,
                                     const ServerState& server) {
  std::vector<std::string> out;
  for (const std::string& name : server.databases) {
    const auto names_it = [&](lang::DatabaseId id) { return stack[id].database.shown() == name; };
    if (std::none_of(rebuild.databases.begin(), rebuild.databases.end(), names_it)) out.push_back(name);
  }
  return out;
}

/// Whether what the server holds can move to a new one; notes where its files are.
class Move {
 public:
  Move(const CompileInput& input, Changes& changes, lang::ServiceId service, std::string jump)
      : input_(input),
        stack_(*input.stack),
        changes_(changes),
        rebuild_(rebuild_of(stack_, service, "")),
        jump_(std::move(jump)) {}

  Pass<void> decide() {
    const lang::Service& service = stack_[rebuild_.service];
    for (const lang::DatabaseId id : rebuild_.databases) {
      if (stack_[id].upgrade != lang::Database::Upgrade::DumpRestore)
        return no("database " + stack_[id].name + " is on it too and does not say how it gets there",
                  "Say it in its block: upgrade = dump_restore");
    }
    const ServerState* server = known();
    if (!server)
      return no("nothing says where the server keeps its files",
                "Let `user` of the database be a superuser, who alone is told that and all accounts.");
    if (server->folder_here.empty())
      return no(server->folder + " of " + service.name +
                    " is in no folder or volume with a name that would outlive its container",
                "Give it a named volume or a folder of this machine first.");
    if (traits_of(input_, service).moves == Traits::Moves::AtOnce)
      return no("its engine moves all services at once", "Move what it holds by hand.");
    if (input_.snapshot->service(service.name)->instances.size() != 1 ||
        changes_.services[rebuild_.service.value].replicas != 1)
      return no("it has more than one instance", "Run one instance of it.");
    if (const auto others = left_behind(stack_, rebuild_, *server); !others.empty())
      return no("it also holds " + listed(others) + ", which no database block names",
                "Write a block for each, with service = service." + service.name +
                    " and upgrade = dump_restore, or drop what is not needed.");
    if (!server->obstacles.empty())
      return no("a dump cannot hold what it has: " + listed(server->obstacles),
                "Remove that first, and set it up on the new server.");
    changes_.services[rebuild_.service.value].set_aside = server->folder_here;
    note(*server);
    return {};
  }

 private:
  const ServerState* known() const {
    for (const lang::DatabaseId id : rebuild_.databases) {
      const DatabaseState* state = input_.snapshot->database(stack_[id].name);
      if (state && !state->server.folder.empty()) return &state->server;
    }
    return nullptr;
  }
  tl::unexpected<Refusal> no(const std::string& why, std::string fix) const {
    return refuse(jump_ + ", and its content cannot move to a new server: " + why, std::move(fix));
  }
  void note(const ServerState& server) {
    const Origin origin = origin_of(input_, stack_[rebuild_.databases.front()].span);
    const std::string name = stack_[rebuild_.service].name;
    changes_.notices.push_back(
        {"the files of the old " + name + " stay beside " + server.folder_here +
             ", whole, until the next upgrade has succeeded. The new ones have the configuration that their "
             "image makes: what was written into postgresql.conf or pg_hba.conf by hand must be written "
             "again",
         origin});
    if (!server.settings.empty())
      changes_.notices.push_back({"settings that were made with ALTER SYSTEM stay with the old files: " +
                                      listed(server.settings) + ". Make them again on the new server",
                                  origin});
  }

  const CompileInput& input_;
  const lang::Stack& stack_;
  Changes& changes_;
  Rebuild rebuild_;
  std::string jump_;  // "Service db cannot go from postgres:15 to postgres:17: …"
};

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
    if (!change.starts_other_server(keeps_data(stack, service)) || !change.set_aside.empty() || !state ||
        state->instances.empty() || !data)
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
    if (why.empty()) {
      const std::string& runs = state->instances.front().image;
      const std::string risk = data->in_another_variant();
      if (variant_of(runs) != variant_of(change.new_image) && !risk.empty())
        changes.notices.push_back({service.name + " goes from " + runs + " to " + change.new_image +
                                       ", another variant of the image: " + risk,
                                   origin_of(input, service.span)});
      continue;
    }
    const std::string jump = "Service " + service.name + " cannot go from " + state->instances.front().image +
                             " to " + change.new_image + ": " + why;
    const bool newer = major_of(server) < major_of(next);
    if (database.upgrade == lang::Database::Upgrade::DumpRestore && newer) {
      if (auto can = Move(input, changes, *database.service, jump).decide(); !can) return can;
      continue;
    }
    const bool may_move = database.engine == lang::Database::Engine::Postgres && newer;
    return refuse(jump, may_move
                            ? "Name an image of the version that runs, or let pawl move what it holds to a "
                              "new server: upgrade = dump_restore in the block of database " +
                                  database.name + "."
                            : "Name an image of the version that runs.");
  }
  return {};
}

}  // namespace pawl::planner
