// Putting a bundle back.
//
// Nothing that is there is touched before its successor is beside it, complete and compared with what was
// counted when the bundle was made; then the two change places in one step. What was replaced stays under
// another name until `forget_replaced`. Every operation may be repeated after a kill in the middle; those of
// a part that has been swapped in already are skipped.
#include "planner/bundle/restore.h"

#include "planner/bundle/backup.h"
#include "planner/scene/server.h"

namespace pawl::planner {
namespace {

using Operations = std::vector<Operation>;

constexpr Duration kSwap = std::chrono::minutes(10);

std::string archive_file(const lang::FileSet& files) {
  return files.name + ".tar.zst";
}

// ---------------------------------------------------------------- databases

/// One database of a bundle on its way into a scratch database.
class Copy {
 public:
  Copy(const Scene& scene, const std::string& bundle, lang::DatabaseId id)
      : scene_(scene),
        bundle_(bundle),
        written_(scene.stack[id]),
        data_(*scene.providers.database(written_.engine)) {
    database_ = written_;
    for (Text* each : {&database_.database, &database_.path, &database_.host, &database_.user})
      *each = scene.fill(*each);
  }

  const DataProvider& data() const { return data_; }
  const lang::Database& database() const { return database_; }
  Result<lang::Database> beside(std::string_view purpose) const { return data_.beside(database_, purpose); }
  Result<Operations> at(const std::vector<DataStep>& steps, Duration timeout) const {
    return at_server(scene_, database_, steps, timeout);
  }

  /// `scratch` holds what the bundle holds, and it has been compared.
  Result<Operations> filled(const lang::Database& scratch) const {
    if (const DatabaseState* state = scene_.snapshot.database(database_.name)) {
      if (auto why = cannot_restore(*state)) return tl::unexpected(std::move(*why));
    }
    auto out = at(data_.create(database_, scratch, stem()), kSwap);
    if (!out) return out;
    auto load = at(data_.load(scratch, bundle_ + "/" + data_.dump_file(database_)), kLong);
    if (!load) return load;
    append(*out, std::move(*load));
    auto compared = compare(scratch);
    if (!compared) return compared;
    append(*out, std::move(*compared));
    return out;
  }

  /// "backups/B/main": the database's files in the bundle, without their suffix.
  std::string stem() const { return bundle_ + "/" + database_.name; }
  Result<Condition> swapped(const lang::Database& kept) const {
    return ask_server(scene_, database_, data_.swapped(database_, kept));
  }

 private:
  Result<Operations> compare(const lang::Database& scratch) const {
    Operations out;
    const std::string name = stem();
    if (auto ledger = data_.ledger_argv(scratch); !ledger.empty()) {
      auto asked = patient(ask_server(scene_, database_, std::move(ledger)));
      if (!asked) return tl::unexpected(asked.error());
      if (auto* command = std::get_if<QueryCommand>(&asked->query))
        command->process.tolerates = data_.no_ledger();
      out.push_back(operation(
          CompareCensus{"migrations of " + database_.name, std::move(*asked), name + kLedger, name + kLedger},
          kLong));
    }
    auto asked = patient(ask_server(scene_, database_, data_.census_argv(scratch)));
    if (!asked) return tl::unexpected(asked.error());
    out.push_back(operation(CompareCensus{"tables of " + database_.name, std::move(*asked),
                                          name + kCensusBefore, name + kCensusAfter, name + kRows},
                            kLong));
    return out;
  }

  /// Counting takes as long as it takes.
  static Result<Question> patient(Result<Question> asked) {
    if (!asked) return asked;
    if (auto* command = std::get_if<QueryCommand>(&asked->query)) command->timeout = kLong;
    return asked;
  }

  const Scene& scene_;
  const std::string& bundle_;
  const lang::Database& written_;
  const DataProvider& data_;
  lang::Database database_;  // with what planning knows filled in
};

// ---------------------------------------------------------------- files

/// "data/objects", however it is written.
std::string plain_path(std::string path) {
  while (path.starts_with("./")) path.erase(0, 2);
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Condition exchanged(const std::string& path) {
  Condition done;
  done.question = ListFolder{holding_folder(path)};
  done.expect.matches = "^done$";
  done.means = path + " is exchanged";
  return done;
}

/// A folder that holds the bundles, or pawl's own files, cannot change places with an older one.
Result<void> can_be_exchanged(const Scene& scene, const std::string& path) {
  const auto holds = [&](const std::string& other) { return other == path || other.starts_with(path + "/"); };
  if (path != "." && !path.empty() && path != "/" && !holds(plain_path(bundle_folder(scene.stack))) &&
      !holds(".pawl"))
    return {};
  return lang::failure(
      "The folder " + path + " cannot be restored: the bundles or pawl's own files are in it.",
      "Name the folders below it in the files block, or keep the bundles elsewhere.");
}

Operation removal(const std::string& folder) {
  Command remove;
  remove.process.argv = {Text("rm"), Text("-rf"), Text("--"), with_run(folder)};
  return operation(std::move(remove), kSwap);
}

Result<std::vector<std::string>> plain_paths_of(const Scene& scene, const lang::FileSet& files) {
  auto paths = paths_of(scene, files);
  if (!paths) return paths;
  for (std::string& path : *paths) path = plain_path(std::move(path));
  return paths;
}

std::vector<std::string> parts_of(const Scene& scene) {
  std::vector<std::string> parts;
  if (!scene.stack.backup) return parts;
  for (const auto& item : scene.stack.backup->of) {
    if (const auto* database = std::get_if<lang::DatabaseId>(&item)) {
      const lang::Database& of = scene.stack[*database];
      parts.push_back(scene.providers.database(of.engine)->dump_file(of));
    } else if (const auto* files = std::get_if<lang::FilesId>(&item)) {
      parts.push_back(archive_file(scene.stack[*files]));
    }
  }
  return parts;
}

/// Databases and file sets, by name.
std::vector<std::string> drilled_parts(const lang::Stack& stack) {
  std::vector<std::string> names;
  for (const auto& item : stack.backup->of) {
    if (const auto* database = std::get_if<lang::DatabaseId>(&item)) names.push_back(stack[*database].name);
    if (const auto* files = std::get_if<lang::FilesId>(&item)) names.push_back(stack[*files].name);
  }
  return names;
}

}  // namespace

Result<std::string> own_actions(const Scene& scene, const std::string& bundle) {
  Scene named = scene;
  named.known["bundle"] = with_run(bundle.substr(bundle.rfind('/') + 1));
  std::string out;
  for (const auto& item : scene.stack.backup->of) {
    const auto* action = std::get_if<lang::Action>(&item);
    if (!action) continue;
    auto made = action_operations(*action, "backup", named);
    if (!made) return tl::unexpected(made.error());
    out += (out.empty() ? "" : " and ") + made->words;
  }
  return out;
}

Operation verify_operation(const Scene& scene, const std::string& bundle) {
  Await await;
  await.condition.question = InspectBundle{bundle, scene.stack.name.value, parts_of(scene), true};
  await.condition.means = "bundle " + bundle + " is whole";
  await.within = Duration(0);
  return operation(std::move(await), kLong);
}

Result<Operations> restore_operations(const Scene& scene, const std::string& bundle, lang::DatabaseId id) {
  const Copy copy(scene, bundle, id);
  const auto scratch = copy.beside("new"), kept = copy.beside("old");
  if (!scratch || !kept) return tl::unexpected(scratch ? kept.error() : scratch.error());
  auto out = copy.filled(*scratch);
  if (!out) return out;
  auto swap = copy.at(copy.data().swap(copy.database(), *scratch, *kept, copy.stem()), kSwap);
  if (!swap) return swap;
  append(*out, std::move(*swap));
  const auto swapped = copy.swapped(*kept);
  if (!swapped) return tl::unexpected(swapped.error());
  for (Operation& each : *out) each.done_when = *swapped;
  return out;
}

Result<Operations> restore_operations(const Scene& scene, const std::string& bundle, lang::FilesId id) {
  const lang::FileSet& files = scene.stack[id];
  Operations out;
  const auto paths = plain_paths_of(scene, files);
  if (!paths) return tl::unexpected(paths.error());
  for (const std::string& path : *paths) {
    if (auto can = can_be_exchanged(scene, path); !can) return tl::unexpected(can.error());
    const std::string holding = holding_folder(path);
    std::string packed = path;
    while (packed.starts_with('/')) packed.erase(0, 1);
    Unarchive unpack{bundle + "/" + archive_file(files), holding + "/new", packed};
    out.push_back(operation(std::move(unpack), kLong));
    out.push_back(operation(ExchangePaths{path, holding}, kSwap));
    for (auto each = out.end() - 2; each != out.end(); ++each) each->done_when = exchanged(path);
  }
  return out;
}

Result<Lowered> restore_by_action(const Scene& scene, const BundleState& bundle, const std::string& where) {
  if (!scene.stack.backup->restore)
    return lang::failure("A part of the backup is made by an action, and nothing says how it is restored.",
                         "Say it in the backup block: restore = …");
  const lang::Action& action = *scene.stack.backup->restore;
  if (bundle.captured.empty() && mentions(action, "captured"))
    return lang::failure(
        "Bundle " + bundle.name + " does not say what the backup's own action printed, so `${captured}` in " +
            where + " has no value.",
        "It was made by an older pawl, or the action printed nothing on its standard output then. "
        "Write what names the saved data instead of `${captured}`, for this restore.");
  Scene named = scene;
  named.known["bundle"] = Text(bundle.name);
  named.known["captured"] = Text(bundle.captured);
  auto lowered = action_operations(action, "restore", named);
  if (!lowered) return lowered;
  for (Operation& each : lowered->operations) {
    if (std::holds_alternative<Command>(each.instruction)) each.timeout = kLong;
  }
  return lowered;
}

Result<Operations> forget_replaced(const Scene& scene, const std::string& bundle, lang::DatabaseId id) {
  const Copy copy(scene, bundle, id);
  const auto kept = copy.beside("old");
  if (!kept) return tl::unexpected(kept.error());
  return copy.at(copy.data().drop(copy.database(), *kept), kSwap);
}

Result<Operations> forget_replaced(const Scene& scene, const std::string&, lang::FilesId id) {
  Operations out;
  const auto paths = plain_paths_of(scene, scene.stack[id]);
  if (!paths) return tl::unexpected(paths.error());
  for (const std::string& path : *paths) {
    out.push_back(removal(holding_folder(path)));
  }
  return out;
}

Result<Operations> drill_operations(const Scene& scene, const std::string& bundle) {
  Operations out{verify_operation(scene, bundle)};
  const std::string aside = bundle_folder(scene.stack) + "/" + std::string(kDrillFolder) + "{run}";
  bool unpacked = false;
  for (const auto& item : scene.stack.backup->of) {
    if (const auto* database = std::get_if<lang::DatabaseId>(&item)) {
      auto drilled = drill_operations(scene, bundle, *database);
      if (!drilled) return drilled;
      append(out, std::move(*drilled));
    } else if (const auto* files = std::get_if<lang::FilesId>(&item)) {
      const lang::FileSet& set = scene.stack[*files];
      out.push_back(operation(Unarchive{bundle + "/" + archive_file(set), aside + "/" + set.name}, kLong));
      unpacked = true;
    }
  }
  if (unpacked) out.push_back(removal(aside));
  Command now;
  now.process.argv = {Text("date"), Text("-u"), Text("+%Y-%m-%dT%H:%M:%SZ")};
  now.stdout_file = bundle + "/" + std::string(kDrilledFile);
  out.push_back(operation(std::move(now), Duration(30'000)));
  if (const auto young = young_enough(scene)) {
    for (Operation& each : out) each.done_when = young;
  }
  return out;
}

Result<Operations> drill_operations(const Scene& scene, const std::string& bundle, lang::DatabaseId id) {
  const Copy copy(scene, bundle, id);
  const auto scratch = copy.beside("drill");
  if (!scratch) return tl::unexpected(scratch.error());
  auto out = copy.filled(*scratch);
  if (!out) return out;
  auto drop = copy.at(copy.data().drop(copy.database(), *scratch), kSwap);
  if (!drop) return drop;
  append(*out, std::move(*drop));
  return out;
}

Result<Step> drill_step(const Scene& scene, const std::string& bundle, Step& backup) {
  const std::vector<std::string> parts = drilled_parts(scene.stack);
  const auto actions = own_actions(scene, bundle);
  if (!actions) return tl::unexpected(actions.error());
  if (parts.empty())
    return lang::failure("A drill of this backup would prove nothing: all of it is made by " + *actions +
                             ", and only that program's own restore could show whether it can be put back.",
                         "Drill it by its own means, and leave out `drill` of the backup block.");
  auto operations = drill_operations(scene, bundle);
  if (!operations) return tl::unexpected(operations.error());
  Step step;
  step.kind = StepKind::Drill;
  step.subject = backup.subject;
  if (!actions->empty()) step.summary = "all but what " + *actions + " saved: ";
  step.summary += "restore " + bundle + " beside, compare, remove";
  step.why = "A bundle that was never restored is only a hope.";
  // What an action of the manifest saves stays what it was: a hope.
  for (const std::string& name : parts) {
    if (std::erase(backup.effects.backs_up, name) > 0) step.effects.backs_up.push_back(name);
  }
  step.operations = std::move(*operations);
  step.origin = backup.origin;
  return step;
}

}  // namespace pawl::planner
