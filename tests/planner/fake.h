// A deployment in memory: an engine whose every command reads `engine VERB …`, and the snapshot of a stack
// that runs on it. A case is a manifest whose comments `#: …` say what the world looks like (see
// Situation::say).
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "fake_pins.h"
#include "lang/load.h"
#include "planner/engine/pins.h"
#include "planner/engine/shared.h"
#include "planner/observe.h"
#include "planner/plan/hash.h"
#include "planner/plans/compile.h"
#include "tests/support/files.h"
#include "tests/support/memory_reader.h"

namespace pawl::planner::testing {

using support::MemoryReader;
using support::read_file;

inline Text text(std::string_view word) {
  return Text(std::string(word));
}

inline Operation command(const std::vector<std::string>& words) {
  Command command;
  for (const std::string& word : words) command.process.argv.push_back(text(word));
  Operation operation;
  operation.instruction = std::move(command);
  return operation;
}

/// What the configuration says about services, by version.
struct Situation {
  std::string running = "1.4.0";
  std::optional<std::string> pin;
  std::optional<std::string> to;
  std::map<std::string, int> instances;  // in the new version; also in the old one unless in `before`
  std::map<std::string, int> before;
  std::map<std::string, std::string> versions;   // "worker.2" → what that instance runs
  std::map<std::string, std::string> unhealthy;  // "api" or "worker.2" → why
  std::set<std::string> fixed;                   // services that no version changes
  std::set<std::string> appears, disappears, stopped;
  std::vector<std::string> available{"1.4.0", "1.5.0"};
  std::vector<std::string> missing_before, missing_after, set, unmanaged;
  std::map<std::string, std::uint64_t> bytes;  // by database
  std::set<std::string> unreachable;
  std::vector<std::string> ledger{"0001"};
  std::uint64_t free = 0, files = 0;
  std::map<std::string, std::string> no_dump, no_restore;  // by database
  std::map<std::string, ServerState> servers;              // by database
  std::string server_version = "15.4";
  std::map<std::string, std::string> file_images;  // by service: what the files ask for, in every version
  std::map<std::string, std::string> volumes;
  std::vector<BundleState> bundles;
  std::map<std::string, std::vector<Measured>> history;
  bool cannot_render = false;
  std::map<std::string, std::string> images;  // by service: what its instances were started from
  std::map<std::string, Properties> runs,
      wanted;                        // by service: what they were started with, what the files say
  std::map<std::string, int> there;  // by service: so many instances, whatever is wanted
  std::set<std::string> unknown;     // services of which nobody knows how they were started

  /// One line of a case: "running 1.4.0", "instances worker=3", "at worker.1=1.5.0", …
  void say(const std::string& line) {
    std::istringstream in(line);
    std::string verb;
    in >> verb;
    std::string rest;
    std::getline(in >> std::ws, rest);
    std::istringstream words(rest);
    const std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    const auto pairs = [&](auto use) {
      for (const std::string& word : all)
        use(word.substr(0, word.find('=')), word.substr(word.find('=') + 1));
    };
    if (verb == "running")
      running = rest;
    else if (verb == "pin")
      pin = rest == "nothing" ? "" : rest;
    else if (verb == "to")
      to = rest;
    else if (verb == "instances")
      pairs([&](auto name, auto n) { instances[name] = std::stoi(n); });
    else if (verb == "before")
      pairs([&](auto name, auto n) { before[name] = std::stoi(n); });
    else if (verb == "at")
      pairs([&](auto name, auto v) { versions[name] = v; });
    else if (verb == "unhealthy")
      unhealthy[rest.substr(0, rest.find(' '))] = rest.substr(rest.find(' ') + 1);
    else if (verb == "fixed")
      fixed.insert(all.begin(), all.end());
    else if (verb == "appears")
      appears.insert(all.begin(), all.end());
    else if (verb == "disappears")
      disappears.insert(all.begin(), all.end());
    else if (verb == "stopped")
      stopped.insert(all.begin(), all.end());
    else if (verb == "available")
      available = all;
    else if (verb == "missing-before")
      missing_before = all;
    else if (verb == "missing")
      missing_after = all;
    else if (verb == "set")
      set = all;
    else if (verb == "unmanaged")
      unmanaged = all;
    else if (verb == "bytes")
      pairs([&](auto name, auto n) { bytes[name] = std::stoull(n); });
    else if (verb == "unreachable")
      unreachable.insert(all.begin(), all.end());
    else if (verb == "free")
      free = std::stoull(rest);
    else if (verb == "files")
      files = std::stoull(rest);
    else if (verb == "no-dump")
      no_dump[all.at(0)] = rest.substr(rest.find(' ') + 1);
    else if (verb == "server-version")
      server_version = rest;
    else if (verb == "server")  // main /srv/db app other: its database, its folder, what it holds
      servers[all.at(0)] = {"/var/lib/db",
                            all.at(1) == "-"   ? ""
                            : all.at(1) == "-" ? ""
                                               : all.at(1),
                            {all.begin() + 2, all.end()},
                            {},
                            {},
                            {}};
    else if (verb == "obstacle")
      servers[all.at(0)].obstacles.push_back(rest.substr(rest.find(' ') + 1));
    else if (verb == "setting")
      servers[all.at(0)].settings.push_back(all.at(1));
    else if (verb == "set-aside")
      servers[all.at(0)].set_aside.push_back(all.at(1));
    else if (verb == "no-restore")
      no_restore[all.at(0)] = rest.substr(rest.find(' ') + 1);
    else if (verb == "volumes")
      pairs([&](auto name, auto folder) { volumes[name] = folder; });
    else if (verb == "bundle" || verb == "needed-bundle" || verb == "drilled-bundle")
      bundles.push_back({all.at(0), all.at(1), all.at(2), verb == "needed-bundle", verb == "drilled-bundle"});
    else if (verb == "captured")
      bundles.back().captured = rest;
    else if (verb == "took")
      took(rest);
    else if (verb == "ledger")
      ledger = all;
    else if (verb == "image")
      pairs([&](auto name, auto image) { images[name] = image; });
    else if (verb == "file-image")
      pairs([&](auto name, auto image) { file_images[name] = image; });
    else if (verb == "there")
      pairs([&](auto name, auto n) { there[name] = std::stoi(n); });
    else if (verb == "unknown")
      unknown.insert(all.begin(), all.end());
    else if (verb == "runs" || verb == "wanted") {  // "runs api environment NAME=value"
      const auto name = rest.find(' '), equals = rest.find('=');
      (verb == "runs" ? runs : wanted)[all.at(0)][rest.substr(name + 1, equals - name - 1)] =
          rest.substr(equals + 1);
    } else if (verb == "every") {  // "every step": shown in the golden
    } else if (verb == "cannot-render")
      cannot_render = true;
    else
      ADD_FAILURE() << "unknown line of a case: " << line;
  }

  /// "replace api 45000 from 1.4.0 to 1.5.0": milliseconds, in an earlier run; later lines are older runs.
  void took(const std::string& rest) {
    const auto from_at = rest.find(" from "), to_at = rest.find(" to ");
    const std::string step = rest.substr(0, from_at);
    history[step.substr(0, step.rfind(' '))].push_back(
        {Duration(std::stoll(step.substr(step.rfind(' ') + 1))),
         rest.substr(from_at + 6, to_at - from_at - 6), rest.substr(to_at + 4)});
  }
};

class FakeEngine final : public Provider {
 public:
  FakeEngine(std::string kind, const Situation& world) : kind_(std::move(kind)), world_(world) {}
  std::string_view kind() const override { return kind_; }
  Traits traits(const DeploymentView& view) const override {
    Traits out;
    const auto* compose = std::get_if<lang::ComposeSettings>(&view.block().engine);
    out.mounts_at_start = compose;
    out.fetches = compose != nullptr && compose->images == lang::ComposeSettings::Images::Pull;
    out.env_file = compose ? ".env" : std::get<lang::LocalSettings>(view.block().engine).env_file;
    if (compose) out.stops_first_when = "strategy = stop_all";
    if (compose && compose->strategy == lang::ComposeSettings::Strategy::StopAll)
      out.moves = Traits::Moves::StopsFirst;
    return out;
  }
  std::vector<Query> configuration(const DeploymentView&) const override {
    return {ReadFile{"config", true}};
  }
  std::vector<Query> queries(const DeploymentView& view) const override {
    std::vector<Query> out{status({"ps"})};
    if (auto pin = pins::question(view.block())) out.push_back(*pin);
    if (const Answer* first = view.answers.find(out.front()))
      out.push_back(status({"inspect", first->output}));
    return out;
  }
  Result<void> read(const DeploymentView& view, Snapshot& snapshot) const override {
    const Answer* answer = view.answers.find(status({"ps"}));
    if (!answer || !answer->ok) return lang::failure("The engine does not answer.", "Start it.");
    EngineState engine;
    engine.deployment = view.stack[view.deployment].label;
    engine.kind = kind_;
    engine.pin = pins::state(view.block(), view.answers);
    snapshot.engines.push_back(engine);
    for (auto i = view.stack.services.rbegin(); i != view.stack.services.rend();
         ++i) {  // the planner puts them in order
      ServiceState state;
      state.service = i->name;
      state.health = Health::Unknown;
      Instance& instance = state.instances.emplace_back();
      instance.id = i->name + "-id";
      instance.label = i->name + "_1";
      instance.version = "1.4.0";
      instance.health = Health::Healthy;
      snapshot.services.push_back(state);
    }
    return {};
  }

  Result<Rendering> render(const DeploymentView& view, const Snapshot&,
                           std::string_view version) const override {
    if (world_.cannot_render) return lang::failure("stack.yml: line 3 is not YAML.", "Repair it.");
    Rendering out;
    const bool old_one = version == world_.running || version.empty();
    for (const lang::Service& service : view.stack.services) {
      if (service.on != view.deployment) continue;
      if (old_one && world_.appears.contains(service.name)) continue;
      if (!old_one && world_.disappears.contains(service.name)) continue;
      const bool moves = !world_.fixed.contains(service.name) && service.role != lang::Role::Datastore &&
                         service.role != lang::Role::Proxy;
      RenderedService rendered;
      rendered.service = service.name;
      rendered.image =
          service.name + ":" + (moves ? std::string(version.empty() ? world_.running : version) : "7");
      if (const auto found = world_.file_images.find(service.name); found != world_.file_images.end())
        rendered.image = found->second;
      rendered.replicas = old_one ? count_before(service.name) : count(service.name);
      rendered.fingerprint = fingerprint(rendered.image, rendered.replicas);
      if (const auto found = world_.wanted.find(service.name); found != world_.wanted.end())
        rendered.properties = found->second;
      out.services.push_back(std::move(rendered));
    }
    out.unmanaged = world_.unmanaged;
    out.variables_missing = old_one ? world_.missing_before : world_.missing_after;
    out.variables_set = world_.set;
    return out;
  }

  Result<Lowered> lower(const EngineAction& action, const DeploymentView& view,
                        const Snapshot&) const override {
    return std::visit([&](const auto& each) { return lowered(each, view); }, action);
  }
  Result<Process> program(lang::ServiceId service, std::vector<Text> argv, ProgramPlace place,
                          const std::string& version, Replica instance, const DeploymentView& view,
                          const Snapshot&) const override {
    std::vector<std::string> words{place == ProgramPlace::Running ? "exec" : "run", view.stack[service].name};
    if (instance.number > 0) words.back() += "." + std::to_string(instance.number);
    if (place == ProgramPlace::Fresh) words.push_back(version);
    Process process = status(words).process;
    process.argv.insert(process.argv.end(), argv.begin(), argv.end());
    return process;
  }
  std::vector<Query> diagnose(lang::ServiceId service, int, const DeploymentView& view,
                              const Snapshot&) const override {
    return {status({"logs", view.stack[service].name})};
  }
  std::string title(const Snapshot&) const override { return "fake " + kind_; }

  static std::string fingerprint(const std::string& image, int replicas) {
    return sha256(image + std::to_string(replicas)).substr(0, 12);
  }
  int count(const std::string& service) const {
    const auto found = world_.instances.find(service);
    return found == world_.instances.end() ? 1 : found->second;
  }
  int count_before(const std::string& service) const {
    const auto found = world_.before.find(service);
    return found == world_.before.end() ? count(service) : found->second;
  }

 private:
  static QueryCommand status(const std::vector<std::string>& words) {
    QueryCommand query;
    query.process.argv.push_back(text("engine"));
    for (const std::string& word : words) query.process.argv.push_back(text(word));
    return query;
  }
  /// What is done is what is said: "stop worker".
  static Result<Lowered> one(std::vector<std::string> words) {
    Lowered out;
    for (const std::string& word : words) out.words += (out.words.empty() ? "" : " ") + word;
    words.insert(words.begin(), "engine");
    out.operations.push_back(command(words));
    return out;
  }
  Result<Lowered> lowered(const FetchVersion& a, const DeploymentView& view) const {
    std::vector<std::string> words{"fetch", a.version};
    for (const auto id : a.services) words.push_back(view.stack[id].name);
    return one(words);
  }
  Result<Lowered> lowered(const WritePin& a, const DeploymentView& view) const {
    const auto* tag = std::get_if<lang::ImageTagPin>(&view.block().pin->where);
    if (!tag) return pins::edit(view.block(), a.from, a.to);
    return edit_image_tags(*tag, *render(view, {}, a.from), *render(view, {}, a.to), view);
  }
  Result<Lowered> lowered(const TakeUpPin&, const DeploymentView&) const { return Lowered{}; }
  Result<Lowered> lowered(const MoveDeployment&, const DeploymentView&) const {
    return lang::failure("The fake engine moves services one by one.");
  }
  Result<Lowered> lowered(const StopService& a, const DeploymentView& view) const {
    return one({"stop", view.stack[a.service].name});
  }
  Result<Lowered> lowered(const ReplaceInstance& a, const DeploymentView& view) const {
    return one(
        {"replace", view.stack[a.service].name, std::to_string(a.number) + "/" + std::to_string(a.of), a.to});
  }
  Result<Lowered> lowered(const ReplaceService& a, const DeploymentView& view) const {
    return one({"replace", view.stack[a.service].name, a.to});
  }
  Result<Lowered> lowered(const StartService& a, const DeploymentView& view) const {
    return one({"start", view.stack[a.service].name, a.version});
  }
  Result<Lowered> lowered(const RemoveService& a, const DeploymentView&) const {
    return one({"remove", a.engine_name});
  }
  Result<Lowered> lowered(const ReloadService& a, const DeploymentView& view) const {
    return one({"reload", view.stack[a.service].name});
  }
  Result<Lowered> lowered(const AwaitService& a, const DeploymentView& view) const {
    Await await;
    await.condition.question = status({"health", view.stack[a.service].name});
    await.condition.expect.lines = a.instances;
    if (!a.version.empty()) await.condition.expect.matches = a.version;
    await.condition.means = view.stack[a.service].name + " is healthy";
    await.within = a.within;
    return Lowered{{operation(std::move(await), Duration(0))}, ""};
  }

  std::string kind_;
  const Situation& world_;
};

class FakePostgres final : public DataProvider {
 public:
  lang::Database::Engine engine() const override { return lang::Database::Engine::Postgres; }
  std::vector<Text> ledger_argv(const lang::Database& database) const override {
    if (!database.ledger) return {};
    return {text("psql"), text("ledger")};
  }
  std::vector<Text> size_argv(const lang::Database&) const override { return {text("psql"), text("size")}; }
  std::vector<Text> dump_argv(const lang::Database& database) const override {
    return {text("pg_dump"), text("-Fc"), database.database};
  }
  std::string dump_file(const lang::Database& database) const override { return database.name + ".dump"; }
  std::vector<DataStep> check_dump(const std::string& path, const std::string& rows) const override {
    return {ServerProgram{{text("pg_restore"), text("--check")}, path, rows}};
  }
  std::vector<Text> census_argv(const lang::Database& database) const override {
    return {text("psql"), text("census"), database.database};
  }
  Result<lang::Database> beside(const lang::Database& database, std::string_view purpose) const override {
    if (database.database.empty()) return lang::failure("Database " + database.name + " has no name.");
    lang::Database out = database;
    out.database = with_run(database.database.shown() + "_" + std::string(purpose) + "_{run}");
    return out;
  }
  std::vector<DataStep> create(const lang::Database&, const lang::Database& scratch,
                               const std::string& stem) const override {
    return {ServerProgram{{text("psql"), text("create"), scratch.database}, stem + ".create"}};
  }
  std::vector<DataStep> load(const lang::Database& scratch, const std::string& dump) const override {
    return {ServerProgram{{text("pg_restore"), scratch.database}, dump}};
  }
  std::vector<DataStep> swap(const lang::Database& database, const lang::Database& scratch,
                             const lang::Database& kept, const std::string&) const override {
    return {ServerProgram{{text("psql"), text("swap"), database.database, scratch.database, kept.database}}};
  }
  DataQuestion swapped(const lang::Database&, const lang::Database& kept) const override {
    DataQuestion question;
    question.ask = std::vector<Text>{text("psql"), text("exists"), kept.database};
    question.expect.equals = "1";
    question.means = "it is swapped";
    return question;
  }
  std::vector<DataStep> drop(const lang::Database&, const lang::Database& beside) const override {
    return {ServerProgram{{text("psql"), text("drop"), beside.database}}};
  }
  std::vector<Text> accounts_argv(const lang::Database&) const override {
    return {text("pg_dumpall"), text("accounts")};
  }
  std::vector<DataStep> load_accounts(const lang::Database&, const std::string& script) const override {
    return {ServerProgram{{text("psql"), text("accounts")}, script}};
  }
  std::vector<Text> clients_argv(const lang::Database&) const override {
    return {text("psql"), text("clients")};
  }
  std::vector<Text> accounts_census_argv(const lang::Database&) const override {
    return {text("psql"), text("who")};
  }
  std::string in_another_variant() const override { return "it may sort otherwise"; }
  std::string cannot_start(std::string_view server, std::string_view next) const override {
    return server.starts_with(next)
               ? ""
               : "server " + std::string(next) + " cannot read files of " + std::string(server);
  }
  Result<void> read(const lang::Database&, const Answer* ledger, const Answer* size,
                    DatabaseState& state) const override {
    if (!size || !size->ok) return lang::failure("no answer from psql");
    state.reachable = true;
    state.bytes = std::stoull(size->output);
    if (ledger) state.applied = {ledger->output};
    return {};
  }
};

/// A manifest and the world it meets, ready to be compiled as often as one likes.
struct Case {
  explicit Case(const std::string& manifest, const std::string& include = "") {
    MemoryReader reader;
    reader.files["stack.pawl"] = manifest;
    if (!include.empty()) reader.files["releases.pawl"] = include;
    std::istringstream lines(manifest);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#: ")) world.say(line.substr(3));
    }
    loaded = lang::load(reader, {});
    if (!loaded.stack) {
      ADD_FAILURE() << render(loaded.diagnostics, loaded.sources, false) << manifest;
      return;
    }
    providers.engines = {&compose, &local};
    providers.data = {&postgres};
    snapshot = observed();
    input.sources = &loaded.sources;
    input.stack = &*loaded.stack;
    input.providers = &providers;
    input.answers = &answers;
    input.snapshot = &snapshot;
    input.to = world.to;
    input.history = world.history;
    input.provenance.manifest = "stack.pawl";
    input.provenance.manifest_sha256 = sha256(manifest);
    input.provenance.pawl_version = "0.1.0";
  }
  Case(const Case&) = delete;

  const lang::Stack& stack() const { return *loaded.stack; }
  tl::expected<Plan, Refusal> compile() const { return planner::compile(input); }

  Snapshot observed() const {
    Snapshot out;
    out.stack = stack().name.value;
    for (const lang::Deployment& deployment : stack().deployments) {
      EngineState engine;
      engine.deployment = deployment.label;
      engine.kind = deployment.kind();
      engine.tool = "fake 1.0";
      if (deployment.pin) {
        engine.pin = {".env: VERSION", world.pin.value_or(world.running)};
        engine.available = world.available;
      }
      engine.volumes = world.volumes;
      out.engines.push_back(std::move(engine));
    }
    for (const lang::Service& service : stack().services) {
      if (!world.appears.contains(service.name)) out.services.push_back(state_of(service));
    }
    for (const lang::Database& database : stack().databases) {
      const auto bytes = world.bytes.find(database.name);
      const bool away = world.unreachable.contains(database.name);
      const auto why = [&](const std::map<std::string, std::string>& of) {
        const auto found = of.find(database.name);
        return found == of.end() ? "" : found->second;
      };
      out.databases.push_back({database.name, !away, away ? "connection refused" : "", world.ledger,
                               bytes == world.bytes.end() ? 0 : bytes->second, world.server_version,
                               why(world.no_dump), why(world.no_restore)});
      if (const auto found = world.servers.find(database.name); found != world.servers.end())
        out.databases.back().server = found->second;
    }
    out.bundles = world.bundles;
    out.free_bytes = world.free;
    out.files_bytes = world.files;
    return out;
  }

  ServiceState state_of(const lang::Service& service) const {
    ServiceState state;
    state.service = service.name;
    state.expected = compose.count_before(service.name);
    state.health = Health::Healthy;
    const bool moves = !world.fixed.contains(service.name) && service.role != lang::Role::Datastore &&
                       service.role != lang::Role::Proxy;
    const auto fixed_count = world.there.find(service.name);
    const int count = fixed_count == world.there.end() ? state.expected : fixed_count->second;
    for (int number = 1; number <= count; ++number) {
      const std::string key = service.name + "." + std::to_string(number);
      Instance instance;
      instance.id = key;
      instance.label = service.name + "_" + std::to_string(number);
      instance.number = number;
      instance.version = moves ? world.running : "7";
      for (const std::string& each : {service.name, key}) {
        if (const auto found = world.versions.find(each); found != world.versions.end())
          instance.version = found->second;
        if (const auto found = world.unhealthy.find(each); found != world.unhealthy.end()) {
          instance.detail = found->second;
          instance.health = Health::Unhealthy;
        }
      }
      if (const auto found = world.images.find(service.name); found != world.images.end())
        instance.image = found->second;
      const auto runs = world.runs.find(service.name);
      if (runs != world.runs.end()) instance.properties = runs->second;
      if (runs == world.runs.end() && !world.unknown.contains(service.name)) {
        const bool old_one = instance.version == world.running || !moves;
        instance.started_as = FakeEngine::fingerprint(
            service.name + ":" + (moves ? instance.version : "7"),
            old_one ? compose.count_before(service.name) : compose.count(service.name));
      }
      if (instance.detail.empty()) instance.health = Health::Healthy;
      if (world.stopped.contains(service.name)) instance.health = Health::Stopped;
      state.instances.push_back(std::move(instance));
    }
    return state;
  }

  Situation world;
  lang::Loaded loaded;
  FakeEngine compose{"compose", world}, local{"local", world};
  FakePostgres postgres;
  Providers providers;
  Answers answers;
  Snapshot snapshot;
  CompileInput input;
};

inline std::string show(const Refusal& refusal, const lang::Sources& sources) {
  std::string out = refusal.kind == Refusal::Kind::Manifest ? "Refused (manifest)\n" : "Refused\n";
  for (const lang::Error& reason : refusal.reasons)
    out += "  " + reason.what + (reason.fix.empty() ? "" : "\n    " + reason.fix) + "\n";
  if (!refusal.diagnostics.sorted().empty()) out += render(refusal.diagnostics, sources, false);
  return out;
}

/// Compares with a file; PAWL_ACCEPT=1 writes it instead.
inline void expect_golden(const std::string& path, const std::string& actual) {
  if (std::getenv("PAWL_ACCEPT")) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(read_file(path), actual) << path << ": PAWL_ACCEPT=1 accepts the new text";
}

}  // namespace pawl::planner::testing
