#include "cli/make_plan.h"

#include <unistd.h>

#include <iostream>

#include "cli/git.h"
#include "cli/output.h"
#include "cli/state.h"
#include "planner/plan/hash.h"

namespace pawl::cli {
namespace {

/// Files of a revision; one that is not in it (an ignored `.env`) comes from the working tree, and a message
/// says so.
class RevisionOverDisk final : public lang::FileReader {
 public:
  explicit RevisionOverDisk(std::unique_ptr<RevisionReader> revision) : revision_(std::move(revision)) {}

  lang::Result<std::optional<std::string>> read(std::string_view path, std::size_t max_bytes) const override {
    auto text = revision_->read(path, max_bytes);
    if (!text || *text) return text;
    text = disk_.read(path, max_bytes);
    if (text && *text) from_disk_.push_back(std::string(path));
    return text;
  }
  const std::string& commit() const { return revision_->commit(); }
  const std::vector<std::string>& from_disk() const { return from_disk_; }

 private:
  std::unique_ptr<RevisionReader> revision_;
  lang::DiskReader disk_{"."};
  mutable std::vector<std::string> from_disk_;
};

/// The manifest's own files come from the revision alone: a manifest that is not in it is a mistake.
lang::Result<std::unique_ptr<lang::FileReader>> open_files(const PlanRequest& request) {
  if (request.at.empty()) return std::make_unique<lang::DiskReader>(".");
  auto revision = open_revision(request.at);
  if (!revision) return tl::unexpected(revision.error());
  return std::make_unique<RevisionOverDisk>(std::move(*revision));
}

std::string manifest_digest(const lang::Sources& sources) {
  std::string all;
  for (lang::SourceId id = 0; id < sources.size(); ++id) {
    all += sources.file(id).name + '\0' + std::to_string(sources.file(id).text.size()) + '\0' +
           sources.file(id).text;
  }
  return planner::sha256(all);
}

std::vector<std::string> manifest_files(const lang::Sources& sources) {
  std::vector<std::string> names;
  for (lang::SourceId id = 0; id < sources.size(); ++id) names.push_back(sources.file(id).name);
  return names;
}

planner::Provenance provenance_of(const Common& common, const Workspace& workspace, const Looked& looked) {
  planner::Provenance provenance;
  provenance.manifest = common.manifest;
  provenance.pawl_version = PAWL_VERSION;
  provenance.manifest_sha256 = manifest_digest(workspace.loaded.sources);
  provenance.files = looked.files;
  if (const auto* revision = dynamic_cast<const RevisionOverDisk*>(workspace.files)) {
    provenance.commit = revision->commit();
    provenance.clean = true;
    for (const std::string& path : revision->from_disk()) {
      std::cerr << path << " is not in that revision; the one in the working tree was read.\n";
    }
    return provenance;
  }
  std::vector<std::string> names = manifest_files(workspace.loaded.sources);
  for (const auto& [path, digest] : provenance.files) names.push_back(path);
  const auto tree = inspect_working_tree(names);
  if (!tree) {
    // A way back at night must not wait for git: the plan says that it knows no commit.
    std::cerr << "The plan does not say which commit it was made from.\n";
    print_error(tree.error());
    provenance.clean = false;
  } else if (*tree) {
    provenance.commit = (*tree)->commit;
    provenance.clean = (*tree)->clean;
  }
  return provenance;
}

/// What the plan starts from: a saved snapshot, or a look at the world.
lang::Result<Observation> starting_point(const PlanRequest& request, const Workspace& workspace) {
  if (request.snapshot.empty()) {
    const Outside outside = open_outside(workspace, hosts_of(workspace.stack()), {});
    return observe_world(workspace, *outside.world);
  }
  const lang::DiskReader disk(request.snapshot.starts_with('/') ? "/" : ".");
  const auto text = disk.read(request.snapshot, 256u << 20);
  if (!text) return tl::unexpected(text.error());
  if (!*text)
    return lang::failure("There is no snapshot " + request.snapshot + ".",
                         "Save one: pawl observe --out " + request.snapshot);
  auto snapshot = planner::read_snapshot(**text);
  if (!snapshot) return tl::unexpected(snapshot.error());
  if (snapshot->stack != *workspace.stack().name) {
    return lang::failure("The snapshot " + request.snapshot + " is of stack " + snapshot->stack +
                         ", the manifest says " + *workspace.stack().name + ".");
  }
  Looked looked = look(workspace, nullptr);
  if (looked.endless) return tl::unexpected(endless_questions());
  return Observation{std::move(looked), std::move(*snapshot)};
}

/// Neither a refusal nor a plan is all there is to say where a run stopped halfway. With --json it is a
/// member of what is printed.
void say_unfinished(const Common& common, const Workspace& workspace) {
  if (common.json) return;
  if (const auto unfinished = unfinished_run(workspace.stack())) {
    std::cerr << "Run " << *unfinished
              << " did not finish. To continue it: " << typed(common, "pawl apply --resume")
              << "; to go back: " << typed(common, "pawl rollback") << "\n";
  }
}

Exit print(const Common& common, const planner::Refusal& refusal, const Workspace& workspace) {
  if (!refusal.diagnostics.sorted().empty())
    print_diagnostics(common, refusal.diagnostics, workspace.loaded.sources);
  if (!refusal.reasons.empty())
    print_refusal(common, refusal.reasons, unfinished_run(workspace.stack()).value_or(0));
  if (refusal.kind == planner::Refusal::Kind::Manifest) return Exit::Usage;
  say_unfinished(common, workspace);
  return Exit::Refused;
}

}  // namespace

std::variant<Planned, Exit> make_plan(const Common& common, const PlanRequest& request,
                                      const Compiler& compiler) {
  auto files = open_files(request);
  if (!files) {
    print_error(files.error());
    return Exit::Usage;
  }
  auto workspace = open_workspace(common, **files);
  if (!workspace) return Exit::Usage;
  const auto start = starting_point(request, *workspace);
  if (!start) {
    print_refusal(common, {start.error()});
    return Exit::Refused;
  }
  planner::CompileInput input;
  input.sources = &workspace->loaded.sources;
  input.stack = &workspace->stack();
  input.providers = &workspace->providers;
  input.answers = &start->looked.answers;
  input.snapshot = &start->snapshot;
  if (!request.to.empty()) input.to = request.to;
  // A plan of a recorded snapshot does not depend on the runs of this machine.
  if (request.snapshot.empty()) input.unfinished = unfinished_run(workspace->stack()).value_or(0);
  input.provenance = provenance_of(common, *workspace, start->looked);
  // Durations measured here would make the plan of a recorded snapshot depend on the machine.
  if (request.snapshot.empty()) input.history = measured_durations(workspace->stack());
  auto plan = compiler(input);
  if (!plan) return print(common, plan.error(), *workspace);
  if (plan->purpose == planner::Purpose::Upgrade) say_unfinished(common, *workspace);
  return Planned{std::move(*files), std::move(*workspace), std::move(*plan)};
}

}  // namespace pawl::cli
