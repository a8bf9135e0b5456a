#include "planner/bundle.h"

#include "planner/json_writer.h"

namespace pawl::planner {
namespace {

constexpr Duration kLong = std::chrono::hours(24);  // dumps and archives take as long as they take

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// Fills one bundle. `folder_` is its name while it is not whole.
class Bundle {
 public:
  explicit Bundle(const Scene& scene)
      : scene_(scene),
        backup_(*scene.stack.backup),
        version_(data_version(scene.stack, scene.snapshot, *scene.target)),
        path_(bundle_path(scene)),
        folder_(path_ + ".partial") {}

  Result<std::vector<Operation>> operations() {
    for (const auto& item : backup_.of) {
      if (const auto* database = std::get_if<lang::DatabaseId>(&item)) {
        if (auto dumped = dump(scene_.stack[*database]); !dumped) return tl::unexpected(dumped.error());
      } else if (const auto* files = std::get_if<lang::FilesId>(&item)) {
        archive(scene_.stack[*files]);
      } else {
        auto own = action_operations(std::get<lang::Action>(item), "backup", scene_);
        if (!own) return own;
        for (Operation& each : *own) content_.push_back(std::move(each));
      }
    }
    return whole();
  }

 private:
  Result<void> dump(const lang::Database& database) {
    const DataProvider& data = *scene_.providers.database(database.engine);
    const std::string file = data.dump_file(database);
    const std::string path = folder_ + "/" + file;
    const std::vector<Text> argv = scene_.fill(data.dump_argv(database));
    std::vector<Operation> dumped;
    if (database.service) {
      auto inside = scene_.engine_of(*database.service)
                        ->lower(RunInside{*database.service, argv, "", path},
                                scene_.view_of(*database.service), scene_.snapshot);
      if (!inside) return tl::unexpected(inside.error());
      dumped = std::move(*inside);
    } else {
      Command command;
      command.process.argv = argv;
      for (auto& [name, value] : data.env(database))
        command.process.env.emplace_back(name, scene_.fill(value));
      command.stdout_file = path;
      dumped.push_back(operation(std::move(command)));
    }
    for (Operation& each : dumped) {
      each.timeout = kLong;
      content_.push_back(std::move(each));
    }
    databases_ += (databases_.empty() ? "" : ",") + ("{\"name\":" + json(database.name)) +
                  ",\"engine\":" + json(engine_name(database.engine)) + ",\"file\":" + json(file) + "}";
    return {};
  }

  void archive(const lang::FileSet& files) {
    Archive archive;
    archive.to = folder_ + "/" + files.name + ".tar.zst";
    std::string paths;
    for (const Text& path : files.paths) {
      archive.paths.push_back(scene_.fill(path).shown());
      paths += (paths.empty() ? "" : ",") + json(archive.paths.back());
    }
    content_.push_back(operation(std::move(archive), kLong));
    files_ += (files_.empty() ? "" : ",") + ("{\"name\":" + json(files.name)) +
              ",\"file\":" + json(files.name + ".tar.zst") + ",\"paths\":[" + paths + "]}";
  }

  std::string description() const {
    return "{\"format\":1,\"stack\":" + json(*scene_.stack.name) + ",\"version\":" + json(version_) +
           ",\"before_upgrade_to\":" + json(scene_.target->to) + ",\"databases\":[" + databases_ +
           "],\"files\":[" + files_ + "]}";
  }

  /// Folder, content, seal; a bundle of actions alone has no folder of ours.
  std::vector<Operation> whole() {
    std::vector<Operation> out;
    const bool ours = !databases_.empty() || !files_.empty();
    if (ours) out.push_back(operation(MakeFolder{folder_}, Duration(30'000)));
    for (Operation& each : content_) out.push_back(std::move(each));
    if (ours) out.push_back(operation(SealBundle{folder_, path_, description()}, kLong));
    for (Operation& each : out) each.done_when = done();
    if (ours && backup_.keep) {
      out.push_back(operation(PruneBundles{bundle_folder(scene_.stack), *backup_.keep, path_}));
    }
    return out;
  }

  std::optional<Condition> done() const {
    const bool ours = !databases_.empty() || !files_.empty();
    Condition condition;
    condition.expect.matches = "bundle\\.json";
    if (backup_.max_age && ours) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*backup_.max_age).count();
      QueryCommand find;
      for (const std::string& word :
           {std::string("find"), bundle_folder(scene_.stack), std::string("-mindepth"), std::string("2"),
            std::string("-maxdepth"), std::string("2"), std::string("-path"),
            "*/" + *scene_.stack.name + "-" + version_ + "-*/bundle.json", std::string("-newermt"),
            std::to_string(seconds) + " seconds ago"}) {
        find.process.argv.emplace_back(word);
      }
      condition.query = std::move(find);
      condition.means = "a bundle of " + version_ + " is young enough";
      return condition;
    }
    if (!ours) return std::nullopt;
    condition.query = ListFolder{path_};
    condition.means = "the bundle is published";
    return condition;
  }

  const Scene& scene_;
  const lang::Backup& backup_;
  std::string version_;  // of the data
  std::string path_, folder_;
  std::vector<Operation> content_;
  std::string databases_, files_;  // members of the description
};

}  // namespace

std::string_view engine_name(lang::Database::Engine engine) {
  using Engine = lang::Database::Engine;
  switch (engine) {
    case Engine::Postgres:
      return "postgres";
    case Engine::Mysql:
      return "mysql";
    case Engine::Mariadb:
      return "mariadb";
    case Engine::Sqlite:
      return "sqlite";
    case Engine::Custom:
      return "custom";
  }
  return "";
}

std::string bundle_folder(const lang::Stack& stack) {
  return stack.backup && !stack.backup->to.empty() ? stack.backup->to.shown() : "backups";
}

std::string bundle_path(const Scene& scene) {
  const std::string& version = data_version(scene.stack, scene.snapshot, *scene.target);
  return bundle_folder(scene.stack) + "/" + *scene.stack.name + "-" + version + "-{run}";
}

Result<std::vector<Operation>> backup_operations(const Scene& scene) {
  return Bundle(scene).operations();
}

}  // namespace pawl::planner
