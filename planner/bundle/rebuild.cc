#include "planner/bundle/rebuild.h"

#include "planner/bundle/backup.h"
#include "planner/bundle/restore.h"
#include "planner/scene/server.h"

namespace pawl::planner {
namespace {

using Operations = std::vector<Operation>;

constexpr Duration kMove = std::chrono::minutes(10);

/// The folder goes aside in one rename; the one in its place is complete before it is there. Each part is
/// skipped when an earlier attempt has done it.
constexpr const char* kSetAside = R"sh(set -e
folder=$1 aside=$2
if ! [ -e "$aside/old" ]; then
  mkdir -p -- "$aside"
  chmod 700 -- "$aside"
  mv -T -- "$folder" "$aside/old"
fi
if ! [ -e "$folder" ]; then
  mkdir -p -- "$aside/new"
  chown --reference="$aside/old" -- "$aside/new"
  chmod --reference="$aside/old" -- "$aside/new"
  mv -T -- "$aside/new" "$folder"
fi
sync -- "$aside" "$(dirname -- "$folder")")sh";

constexpr const char* kPutBack = R"sh(set -e
folder=$1 aside=$2 away=$3
[ -e "$aside/old" ] || exit 0
if [ -e "$folder" ]; then
  mkdir -p -- "$away"
  chmod 700 -- "$away"
  mv -T -- "$folder" "$away/newer"
fi
mv -T -- "$aside/old" "$folder"
sync -- "$aside" "$(dirname -- "$folder")")sh";

/// A mount point cannot be renamed, and what is on another file system neither.
constexpr const char* kCanGoAside = R"sh(folder=$1 above=$(dirname -- "$1")
if ! [ -d "$folder" ]; then echo "$folder is no folder here" >&2; exit 1; fi
if [ "$(stat -c %d -- "$folder")" != "$(stat -c %d -- "$above")" ]; then
  echo "$folder is a mount point, so it cannot be set aside" >&2; exit 1
fi
[ -w "$above" ] || { echo "$above cannot be written to" >&2; exit 1; })sh";

std::string work_folder(const Scene& scene, const Rebuild& rebuild) {
  return ".pawl/moved-{run}-" + scene.stack[rebuild.service].name;
}

std::string of_run(std::string path, const std::string& stamp) {
  const auto at = path.find("{run}");
  return at == std::string::npos ? path : path.replace(at, 5, stamp);
}

std::string host_of(const Scene& scene, lang::ServiceId service) {
  const auto engine = scene.engine_of(service);
  return engine ? engine->host() : "";
}

Process script(const char* text, const std::vector<std::string>& arguments) {
  Process process;
  process.argv = {Text("sh"), Text("-c"), Text(text), Text("sh")};
  for (const std::string& each : arguments) process.argv.push_back(with_run(each));
  return process;
}

Operation change(const Scene& scene, lang::ServiceId service, Process process) {
  return run({std::move(process), host_of(scene, service)}, {}, kMove);
}

Operation removal(const Scene& scene, lang::ServiceId service, const std::vector<std::string>& folders) {
  Process process;
  process.argv = {Text("rm"), Text("-rf"), Text("--")};
  for (const std::string& each : folders) process.argv.push_back(with_run(each));
  return change(scene, service, std::move(process));
}

/// Holds from when the files are aside.
Condition is_aside(const Scene& scene, const Rebuild& rebuild) {
  Condition out;
  out.question = Question(ListFolder{holding_folder(rebuild.folder)}, host_of(scene, rebuild.service));
  out.expect.matches = "(^|\n)old/\n";
  out.means = "the files of " + scene.stack[rebuild.service].name + " are set aside";
  return out;
}

/// Whoever is connected while the dump is made may write what is not in it. All services that work on the
/// databases are stopped by then, so it is somebody that the manifest does not know.
Result<Operation> nobody_is_connected(const Scene& scene, const Rebuild& rebuild) {
  const lang::Database& first = scene.stack[rebuild.databases.front()];
  auto asked = ask_server(scene, first, scene.providers.database(first.engine)->clients_argv(first));
  if (!asked) return tl::unexpected(asked.error());
  Await await;
  await.condition.question = std::move(*asked);
  await.condition.expect.lines = 0;
  await.condition.means = "nobody else is connected to " + scene.stack[rebuild.service].name;
  await.within = Duration(30'000);
  await.every = Duration(1'000);
  return operation(std::move(await), Duration(60'000));
}

std::uint64_t bytes_of(const Scene& scene, const Rebuild& rebuild) {
  std::uint64_t bytes = 0;
  for (const lang::DatabaseId id : rebuild.databases) {
    if (const DatabaseState* state = scene.snapshot.database(scene.stack[id].name)) bytes += state->bytes;
  }
  return bytes;
}

Operation room(const std::string& folder, const std::string& host, std::uint64_t bytes,
               const std::string& means) {
  Await await;
  await.condition.question = Question(DiskSpace{{}, folder}, host);
  await.condition.expect.at_least = {{"free", bytes}};
  await.condition.means = means;
  await.within = Duration(0);
  return operation(std::move(await), Duration(30'000));
}

}  // namespace

Rebuild rebuild_of(const lang::Stack& stack, lang::ServiceId service, std::string folder) {
  Rebuild out{service, std::move(folder), {}};
  for (std::uint32_t i = 0; i < stack.databases.size(); ++i) {
    if (stack.databases[i].service == service) out.databases.push_back({i});
  }
  return out;
}

Operations check_rebuild(const Scene& scene, const Rebuild& rebuild) {
  const std::string host = host_of(scene, rebuild.service);
  const std::string name = scene.stack[rebuild.service].name;
  Await can;
  can.condition.question = ask({script(kCanGoAside, {rebuild.folder}), host});
  can.condition.means = "the files of " + name + " can be set aside: " + rebuild.folder;
  can.within = Duration(0);
  Operations out{operation(std::move(can), Duration(30'000))};
  const std::uint64_t bytes = bytes_of(scene, rebuild);
  if (bytes == 0) return out;
  const std::string above = rebuild.folder.substr(0, std::max<std::size_t>(rebuild.folder.rfind('/'), 1));
  out.push_back(room(above, host, bytes, "there is room for new files of " + name));
  out.push_back(room(".pawl", "", bytes, "there is room for what " + name + " holds on its way"));
  return out;
}

Result<Operations> take_out(const Scene& scene, const Rebuild& rebuild) {
  const std::string work = work_folder(scene, rebuild);
  const lang::Database& first = scene.stack[rebuild.databases.front()];
  const DataProvider& data = *scene.providers.database(first.engine);
  const auto alone = nobody_is_connected(scene, rebuild);
  if (!alone) return tl::unexpected(alone.error());
  Operations out{*alone, operation(MakeFolder{work}, Duration(30'000))};
  auto accounts = at_server(scene, first,
                            {ServerProgram{data.accounts_argv(first), "", work + "/accounts.sql"},
                             ServerProgram{data.accounts_census_argv(first), "", work + "/accounts"}},
                            kLong);
  if (!accounts) return accounts;
  append(out, std::move(*accounts));
  for (const lang::DatabaseId id : rebuild.databases) {
    const lang::Database& database = scene.stack[id];
    auto dumped = at_server(scene, database,
                            dump_steps(*scene.providers.database(database.engine), database, work), kLong);
    if (!dumped) return dumped;
    append(out, std::move(*dumped));
  }
  out.push_back(*alone);
  for (Operation& each : out) each.done_when = is_aside(scene, rebuild);
  return out;
}

Operations set_aside(const Scene& scene, const Rebuild& rebuild) {
  return {
      change(scene, rebuild.service, script(kSetAside, {rebuild.folder, holding_folder(rebuild.folder)}))};
}

Result<Operations> take_in(const Scene& scene, const Rebuild& rebuild) {
  const std::string work = work_folder(scene, rebuild), name = scene.stack[rebuild.service].name;
  const lang::Database& first = scene.stack[rebuild.databases.front()];
  const DataProvider& data = *scene.providers.database(first.engine);
  Await there;
  there.condition.question = Question(ListFolder{rebuild.folder}, host_of(scene, rebuild.service));
  there.condition.expect.matches = "[^\n]";
  there.condition.means = "the new server of " + name + " keeps its files in " + rebuild.folder;
  there.within = Duration(0);
  Operations out{operation(std::move(there), Duration(30'000))};
  auto accounts = at_server(scene, first, data.load_accounts(first, work + "/accounts.sql"), kLong);
  if (!accounts) return accounts;
  append(out, std::move(*accounts));
  auto asked = ask_server(scene, first, data.accounts_census_argv(first));
  if (!asked) return tl::unexpected(asked.error());
  out.push_back(operation(
      CompareCensus{"accounts of " + name, std::move(*asked), work + "/accounts", work + "/accounts"},
      kLong));
  for (const lang::DatabaseId id : rebuild.databases) {
    auto loaded = restore_operations(scene, work, id);
    if (!loaded) return loaded;
    append(out, std::move(*loaded));
    auto forgot = forget_replaced(scene, work, id);
    if (!forgot) return forgot;
    append(out, std::move(*forgot));
  }
  Command remove;
  remove.process.argv = {Text("rm"), Text("-rf"), Text("--"), with_run(work)};
  out.push_back(operation(std::move(remove), kMove));
  return out;
}

Operations put_back(const Scene& scene, const Rebuild& rebuild, const std::string& stamp) {
  const std::string aside = holding_folder(rebuild.folder);
  return {change(scene, rebuild.service, script(kPutBack, {rebuild.folder, of_run(aside, stamp), aside}))};
}

Operation files_are_aside(const Scene& scene, const Rebuild& rebuild, const std::string& stamp) {
  Await await;
  await.condition = is_aside(scene, rebuild);
  std::get<ListFolder>(await.condition.question.query).path = of_run(holding_folder(rebuild.folder), stamp);
  await.within = Duration(0);
  return operation(std::move(await), Duration(30'000));
}

Operations forget_newer(const Scene& scene, const Rebuild& rebuild, const std::string& stamp) {
  const std::string aside = holding_folder(rebuild.folder);
  Command work;
  work.process.argv = {Text("rm"), Text("-rf"), Text("--"), Text(of_run(work_folder(scene, rebuild), stamp))};
  return {removal(scene, rebuild.service, {aside, of_run(aside, stamp)}), operation(std::move(work), kMove)};
}

Operations forget_set_aside(const Scene& scene, lang::ServiceId service,
                            const std::vector<std::string>& folders) {
  return {removal(scene, service, folders)};
}

}  // namespace pawl::planner
