// What the release blocks on the way ask for: variables that are new, renamed or gone, and things people
// should read.
#include <algorithm>

#include "planner/pass/changes.h"

namespace pawl::planner {
namespace {

using lang::Release;

class Releases {
 public:
  Releases(const CompileInput& input, const Target& target, const Changes& changes)
      : input_(input), target_(target), changes_(changes) {
    for (const DeploymentChange& deployment : changes.deployments) {
      set_.insert(set_.end(), deployment.after.variables_set.begin(), deployment.after.variables_set.end());
    }
    std::sort(set_.begin(), set_.end());
  }

  Pass<std::vector<Notice>> all() {
    for (const Release* release : on_the_way()) {
      require_start(*release);
      const Origin origin = origin_of(input_, release->span);
      const std::string version = release->version->text;
      for (const Release::NewVariable& variable : release->env_add) added(version, variable);
      for (const auto& [from, to] : release->env_rename) renamed(version, from, to, origin);
      for (const std::string& name : release->env_remove) {
        if (is_set(name))
          note(version + " no longer reads " + name + "; it can go after the upgrade", origin);
      }
      for (const Text& text : release->breaking)
        note(version + " breaks: " + filled(text, target_).shown(), origin);
      for (const Text& text : release->manual)
        note(version + " asks for this by hand: " + filled(text, target_).shown(), origin);
      if (!release->deprecated.empty())
        note(version + " deprecates: " + filled(release->deprecated, target_).shown(), origin);
      if (!release->notes.empty())
        note("notes of " + version + ": " + filled(release->notes, target_).shown(), origin);
    }
    unset_in_the_new_configuration();
    if (!refusal_.reasons.empty()) return tl::unexpected(std::move(refusal_));
    return std::move(notices_);
  }

 private:
  /// Releases after `from` up to `to`, oldest first.
  std::vector<const Release*> on_the_way() const {
    std::vector<const Release*> found;
    for (const Release& release : input_.stack->releases) {
      if (is_on_the_way(*input_.stack, target_.from_version, *release.version, target_.to_version))
        found.push_back(&release);
    }
    std::stable_sort(found.begin(), found.end(), [&](const Release* a, const Release* b) {
      return earlier(*input_.stack, *a->version, *b->version);
    });
    return found;
  }
  /// Each release says from which versions it can be reached in one go; one that is passed over is reached
  /// too, because what it does to data is part of what comes after it.
  void require_start(const Release& release) {
    if (!release.from || release.from->value.contains(target_.from_version)) return;
    const bool passed = !(*release.version == target_.to_version);
    refuse_for(release.version->text + (passed ? ", which is on the way," : "") + " can be reached from " +
                   release.from->value.text + " only (" + input_.sources->where(release.from->span) +
                   "), and " + target_.from + " runs.",
               "Go through a version in between first: pawl plan --to VERSION.");
  }

  bool is_set(const std::string& name) const { return std::binary_search(set_.begin(), set_.end(), name); }
  void note(std::string text, Origin origin) { notices_.push_back({std::move(text), std::move(origin)}); }
  void refuse_for(std::string what, std::string fix) {
    refusal_.reasons.push_back({std::move(what), std::move(fix)});
  }

  std::string env_file() const {
    for (std::size_t i = 0; i < input_.stack->deployments.size(); ++i) {
      const lang::DeploymentId id{static_cast<std::uint32_t>(i)};
      const std::string file = engine_of(input_, id).traits().env_file;
      if (!file.empty()) return file;
    }
    return "the environment";
  }

  void added(const std::string& version, const Release::NewVariable& variable) {
    if (is_set(variable.name)) return;
    if (variable.default_value) {
      note(variable.name + " is new in " + version + " and not set in " + env_file() + "; its default is " +
               filled(*variable.default_value, target_).shown(),
           origin_of(input_, variable.span));
      return;
    }
    const std::string meaning = variable.description.empty() ? "" : " (" + variable.description + ")";
    refuse_for(variable.name + " is required by " + version + " and not set in " + env_file() + meaning +
                   "; " + input_.sources->where(variable.span) + " says so.",
               "Add " + variable.name + "=… to " + env_file() + ", then plan again.");
  }

  /// The value is never copied by a plan: it may be a secret, and a plan holds none.
  void renamed(const std::string& version, const std::string& from, const std::string& to,
               const Origin& origin) {
    if (is_set(to)) {
      if (is_set(from))
        note(version + " reads " + to + " instead of " + from + ", which can go after the upgrade", origin);
      return;
    }
    if (!is_set(from)) return;
    refuse_for(version + " reads " + to + " instead of " + from + ", and only " + from + " is set in " +
                   env_file() + ".",
               "Add " + to + " with the value of " + from + " to " + env_file() + "; keep " + from +
                   " until the upgrade is done.");
  }

  void unset_in_the_new_configuration() {
    for (std::size_t i = 0; i < changes_.deployments.size(); ++i) {
      const DeploymentChange& change = changes_.deployments[i];
      const std::vector<std::string>& before = change.before.variables_missing;
      for (const std::string& name : change.after.variables_missing) {
        if (std::find(before.begin(), before.end(), name) == before.end()) {
          refuse_for("The configuration of " + target_.to + " reads " + name +
                         ", which is not set and has no default.",
                     "Add " + name + "=… to " + env_file() + ", then plan again.");
        } else {
          note("the configuration reads " + name + ", which is not set: it counts as empty, as before",
               origin_of(input_, input_.stack->deployments[i].span));
        }
      }
    }
  }

  const CompileInput& input_;
  const Target& target_;
  const Changes& changes_;
  std::vector<std::string> set_;
  std::vector<Notice> notices_;
  Refusal refusal_;
};

}  // namespace

Pass<std::vector<Notice>> release_notices(const CompileInput& input, const Target& target,
                                          const Changes& changes) {
  return Releases(input, target, changes).all();
}

}  // namespace pawl::planner
