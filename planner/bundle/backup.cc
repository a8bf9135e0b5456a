#include "planner/bundle/backup.h"

#include <algorithm>

#include "planner/file/json_writer.h"
#include "planner/scene/server.h"

namespace pawl::planner {
namespace {

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// Fills one bundle. `folder_` is its name while it is not complete.
class Bundle {
 public:
  explicit Bundle(const Scene& scene)
      : scene_(scene),
        backup_(*scene.stack.backup),
        version_(data_version(scene.stack, scene.snapshot, *scene.target)),
        path_(bundle_path(scene)),
        folder_(path_ + ".partial") {}

  Result<Lowered> lowered() {
    for (const auto& item : backup_.of) {
      if (const auto* database = std::get_if<lang::DatabaseId>(&item)) {
        if (auto dumped = dump(scene_.stack[*database]); !dumped) return tl::unexpected(dumped.error());
      } else if (const auto* files = std::get_if<lang::FilesId>(&item)) {
        if (auto packed = archive(scene_.stack[*files]); !packed) return tl::unexpected(packed.error());
      } else {
        if (auto done = act(std::get<lang::Action>(item)); !done) return tl::unexpected(done.error());
      }
    }
    return Lowered{whole(), words()};
  }

 private:
  Result<void> dump(const lang::Database& database) {
    const DataProvider& data = *scene_.providers.database(database.engine);
    auto operations = at_server(scene_, database, dump_steps(data, database, folder_), kLong);
    if (!operations) return tl::unexpected(operations.error());
    for (Operation& each : *operations) content_.push_back(std::move(each));
    describe(database, data.dump_file(database), !data.ledger_argv(database).empty());
    return {};
  }

  void describe(const lang::Database& database, const std::string& file, bool ledger) {
    const auto name = [&](std::string_view suffix) { return database.name + std::string(suffix); };
    for (const char* suffix : {kCensusBefore, kCensusAfter, kRows}) may_be_empty_.push_back(name(suffix));
    if (ledger) may_be_empty_.push_back(name(kLedger));
    const DatabaseState* state = scene_.snapshot.database(database.name);
    databases_ += (databases_.empty() ? "" : ",") + ("{\"name\":" + json(database.name)) +
                  ",\"engine\":" + json(lang::name(database.engine)) +
                  ",\"server_version\":" + json(state ? state->server_version : "") +
                  ",\"file\":" + json(file) + (ledger ? ",\"ledger\":" + json(name(kLedger)) : "") +
                  ",\"census\":[" + json(name(kCensusBefore)) + "," + json(name(kCensusAfter)) +
                  "],\"rows\":" + json(name(kRows)) + "}";
  }

  Result<void> archive(const lang::FileSet& files) {
    Archive archive;
    archive.to = folder_ + "/" + files.name + ".tar.zst";
    auto found = paths_of(scene_, files);
    if (!found) return tl::unexpected(found.error());
    archive.paths = std::move(*found);
    std::string paths;
    for (const std::string& path : archive.paths) paths += (paths.empty() ? "" : ",") + json(path);
    content_.push_back(operation(std::move(archive), kLong));
    files_ += (files_.empty() ? "" : ",") + ("{\"name\":" + json(files.name)) +
              ",\"file\":" + json(files.name + ".tar.zst") + ",\"paths\":[" + paths + "]}";
    return {};
  }

  /// What the manifest's own action saves is its own affair; the bundle notes that it did, and the last line
  /// that it printed, because a restore may have to name it.
  Result<void> act(const lang::Action& action) {
    Scene scene = scene_;
    scene.known["bundle"] = with_run(path_.substr(path_.rfind('/') + 1));
    auto made = action_operations(action, "backup", scene);
    if (!made) return tl::unexpected(made.error());
    std::string words = made->words;
    own_.push_back(words);
    for (auto at = words.find("${run}"); at != std::string::npos; at = words.find("${run}", at))
      words.erase(at, 1);  // as in paths, so that it is filled in
    actions_ += (actions_.empty() ? "" : ",") + ("{\"words\":" + json(words));
    for (Operation& each : made->operations) {
      if (auto* command = std::get_if<Command>(&each.instruction)) {
        const std::string file = "action-" + std::to_string(own_.size()) + std::string(kLastLine);
        command->last_line_file = folder_ + "/" + file;
        may_be_empty_.push_back(file);
        actions_ += ",\"file\":" + json(file);
        captures_ = true;
        each.timeout = kLong;
      }
      content_.push_back(std::move(each));
    }
    actions_ += "}";
    return {};
  }

  /// "dump main, archive objects config → backups/piprio-1.4.0-{run}".
  std::string words() const {
    std::string dumps, archives, out;
    for (const auto& item : backup_.of) {
      if (const auto* database = std::get_if<lang::DatabaseId>(&item))
        dumps += " " + scene_.stack[*database].name;
      if (const auto* files = std::get_if<lang::FilesId>(&item)) archives += " " + scene_.stack[*files].name;
    }
    const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
    if (!dumps.empty()) add("dump" + dumps);
    if (!archives.empty()) add("archive" + archives);
    const bool data = !out.empty();
    if (data) out += " → " + path_;
    for (const std::string& each : own_) add(each);
    return data || !ours() ? out : out + ", noted in " + path_;
  }

  std::string description() const {
    return "{\"stack\":" + json(*scene_.stack.name) + ",\"version\":" + json(version_) +
           ",\"before_upgrade_to\":" + json(scene_.target->to) + ",\"databases\":[" + databases_ +
           "],\"files\":[" + files_ + "]" + (actions_.empty() ? "" : ",\"actions\":[" + actions_ + "]") + "}";
  }

  /// There is something to keep in a folder; not of what a person alone does.
  bool ours() const { return !databases_.empty() || !files_.empty() || captures_; }

  /// Folder, content, seal.
  std::vector<Operation> whole() {
    std::vector<Operation> out;
    if (ours()) out.push_back(operation(MakeFolder{folder_}, Duration(30'000)));
    for (Operation& each : content_) out.push_back(std::move(each));
    if (ours()) out.push_back(operation(SealBundle{folder_, path_, description(), may_be_empty_}, kLong));
    for (Operation& each : out) each.done_when = done();
    if (ours() && backup_.keep) {
      out.push_back(operation(PruneBundles{bundle_folder(scene_.stack), *backup_.keep, path_, needed()}));
    }
    return out;
  }

  std::vector<std::string> needed() const {
    std::vector<std::string> names;
    bool newest_drilled = backup_.drill && backup_.max_age;  // it may be the one that is young enough
    for (const BundleState& bundle : scene_.snapshot.bundles) {
      const bool counts = newest_drilled && bundle.drilled && bundle.version == version_;
      if (counts) newest_drilled = false;
      if (bundle.needed || counts) names.push_back(bundle.name);
    }
    return names;
  }

  std::optional<Condition> done() const {
    if (!ours()) return std::nullopt;
    if (auto young = young_enough(scene_)) return young;
    Condition condition;
    condition.expect.matches = "bundle\\.json";
    condition.question = ListFolder{path_};
    condition.means = "the bundle is published";
    return condition;
  }

  const Scene& scene_;
  const lang::Backup& backup_;
  std::string version_;  // of the data
  std::string path_, folder_;
  std::vector<Operation> content_;
  std::string databases_, files_, actions_;  // members of the description
  bool captures_ = false;                    // what an action prints last is kept
  std::vector<std::string> may_be_empty_;
  std::vector<std::string> own_;  // words of the manifest's own actions
};

}  // namespace

Result<std::vector<std::string>> paths_of(const Scene& scene, const lang::FileSet& files) {
  std::vector<std::string> out;
  for (const Text& path : files.paths) out.push_back(scene.fill(path).shown());
  for (const Text& volume : files.volumes) {
    const std::string name = volume.shown();
    const auto& engines = scene.snapshot.engines;
    const auto engine = std::find_if(engines.begin(), engines.end(),
                                     [&](const EngineState& each) { return each.volumes.contains(name); });
    if (engine == engines.end())
      return lang::failure("Files " + files.name + ": no engine knows a volume " + name + ".",
                           "Name it as the Compose files do under `volumes`, or as the engine lists it.");
    out.push_back(engine->volumes.at(name));
  }
  return out;
}

std::vector<DataStep> dump_steps(const DataProvider& data, const lang::Database& database,
                                 const std::string& folder) {
  const std::string file = folder + "/" + data.dump_file(database);
  const auto inside = [&](const std::string& suffix) { return folder + "/" + database.name + suffix; };
  std::vector<DataStep> steps;
  steps.push_back(ServerProgram{data.census_argv(database), "", inside(kCensusBefore)});
  for (Companion& each : data.companions(database))
    steps.push_back(ServerProgram{std::move(each.argv), "", inside(each.suffix)});
  if (auto ledger = data.ledger_argv(database); !ledger.empty())
    steps.push_back(ServerProgram{std::move(ledger), "", inside(kLedger), "", "", data.no_ledger()});
  steps.push_back(ServerProgram{data.dump_argv(database), "", file, "", inside(std::string(kWarnings))});
  for (DataStep& check : data.check_dump(file, inside(kRows))) steps.push_back(std::move(check));
  steps.push_back(ServerProgram{data.census_argv(database), "", inside(kCensusAfter)});
  return steps;
}

std::optional<lang::Error> cannot_back_up(const DatabaseState& database) {
  const std::string name = "Database " + database.database;
  if (!database.reachable) {
    const std::string detail = database.detail.empty() ? "" : ": " + database.detail;
    return lang::Error{name + " cannot be reached, so it cannot be backed up" + detail + ".",
                       "Check that its client programs are installed, and where the manifest says it is."};
  }
  if (!database.no_dump.empty())
    return lang::Error{name + " cannot be backed up: " + database.no_dump + ".",
                       "Let the manifest name the server's engine, and put the client programs of that "
                       "engine, at least as new as the server, first in PATH."};
  return std::nullopt;
}

std::optional<lang::Error> cannot_restore(const DatabaseState& database) {
  if (database.no_restore.empty()) return std::nullopt;
  return lang::Error{
      "A backup of database " + database.database + " could not be put back: " + database.no_restore + ".",
      "Give the database's `user` what it lacks: a restore makes a database beside the one that "
      "is there and lets the two change names."};
}

std::string bundle_folder(const lang::Stack& stack) {
  return stack.backup && !stack.backup->to.empty() ? stack.backup->to.shown() : "backups";
}

std::string bundle_path(const Scene& scene) {
  const std::string& version = data_version(scene.stack, scene.snapshot, *scene.target);
  return bundle_folder(scene.stack) + "/" + *scene.stack.name + "-" + version + "-{run}";
}

std::optional<Condition> young_enough(const Scene& scene) {
  const lang::Backup& backup = *scene.stack.backup;
  if (!backup.max_age) return std::nullopt;
  const std::string& version = data_version(scene.stack, scene.snapshot, *scene.target);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*backup.max_age).count();
  std::vector<std::string> words = {"find",      bundle_folder(scene.stack),
                                    "-mindepth", "2",
                                    "-maxdepth", "2",
                                    "-path",     "*/" + *scene.stack.name + "-" + version + "-*/bundle.json",
                                    "-newermt",  std::to_string(seconds) + " seconds ago"};
  if (backup.drill) {
    const std::string drilled = "test -s \"${1%/*}/" + std::string(kDrilledFile) + "\"";
    for (const std::string& word :
         {std::string("-exec"), std::string("sh"), std::string("-c"), drilled, std::string("sh"),
          std::string("{}"), std::string(";"), std::string("-print")})
      words.push_back(word);
  }
  QueryCommand find;
  for (const std::string& word : words) find.process.argv.emplace_back(word);
  Condition condition;
  condition.question = std::move(find);
  condition.expect.matches = "bundle\\.json";
  condition.means = "a bundle of " + version + " is young enough" + (backup.drill ? " and was drilled" : "");
  return condition;
}

Result<Lowered> backup_operations(const Scene& scene) {
  return Bundle(scene).lowered();
}

}  // namespace pawl::planner
