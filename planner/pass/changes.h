// Pass `changes`: what moves.
#pragma once

#include <string>
#include <vector>

#include "planner/engine/drift.h"
#include "planner/pass/policy.h"

namespace pawl::planner {

/// One service, old configuration against new and against what runs.
struct ServiceChange {
  enum class Kind { Stays, Moves, Appears, Disappears };
  Kind kind = Kind::Stays;
  int replicas = 1;          // wanted in the new version
  int running = 0;           // instances that are there now
  std::vector<int> pending;  // numbers of the instances that are not there yet; all of them or a part
  std::string old_image, new_image;
  bool versioned = false;  // what it runs carries the version: its instances can be asked for it
  /// What its instances run otherwise than the files ask for in the version that they run. Where the new
  /// version moves it anyway, this goes with it; where not, it is all that the service moves for.
  std::vector<Difference> drift;
  bool unknown = false;  // of some instance nobody knows what it was started with
  bool silent = false;   // other code starts, and nothing says whether it changes a schema
  /// Its server would not start on the files there are, so it gets new ones (`upgrade = dump_restore`): the
  /// folder on its machine that is set aside; empty: it does not.
  std::string set_aside;
  bool drifts_only() const { return kind == Kind::Moves && !versioned && !drift.empty(); }
  /// The code that works on data changes with it.
  bool code_drifts() const;
  bool program_drifts() const;
  /// Another server starts on the data of a service that keeps some (keeps_data).
  bool starts_other_server(bool keeps_data) const {
    return keeps_data && kind == Kind::Moves && (versioned || code_drifts());
  }
  bool moves() const { return kind == Kind::Moves || kind == Kind::Appears; }
};
/// One deployment block, both renderings.
struct DeploymentChange {
  std::string from;  // what its pin said
  Rendering before, after;
  /// Some service's configuration, or that it is there, depends on the version.
  bool follows_version() const;
};
struct Changes {
  std::vector<ServiceChange> services;        // by ServiceId
  std::vector<DeploymentChange> deployments;  // by DeploymentId
  Lowered pins;  // edits that record the new version, and lets engines take notice
  std::vector<Notice> notices;
  /// Databases whose schema may change: somebody says who migrates them, or this plan backs them up.
  std::vector<lang::DatabaseId> migrated;
  /// Databases of which nothing says who migrates them: a silent service may. Those that this plan backs up
  /// are among `migrated`.
  std::vector<lang::DatabaseId> undeclared;
  /// Datastores that nothing describes: a silent service may change what they hold, and no backup has it.
  std::vector<lang::ServiceId> undescribed;
  /// A release that promises to change no schema although nothing is known of others before it.
  const lang::Release* gap = nullptr;
  bool nothing() const;
  /// The version that is wanted makes no difference to any service.
  bool none_follows() const;
  /// Some server gets new files.
  bool rebuilds() const;
  /// Other code than before may work on the data.
  bool may_change_data(const lang::Stack& stack) const;
};

Pass<Changes> find_changes(const CompileInput& input, const Target& target, const PolicyDecision& policy);
/// Fills in which databases may change in form, and which services are silent about it. Refuses migrations
/// that the policy of this class does not allow. A way back migrates nothing.
Pass<void> find_migrations(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                           Changes& changes);
/// What about migrations is not said although the way back depends on it, and which line would say it.
std::vector<Notice> migration_notices(const CompileInput& input, const Target& target,
                                      const Changes& changes);
/// Refuses a server that would not start on the files that are there, and notes one of which that is unknown.
Pass<void> check_servers(const CompileInput& input, Changes& changes);
/// Notes that an upgrade takes up what the files say by then, and what that means for a way back.
void note_taken_up(const CompileInput& input, const Target& target, Changes& changes);
/// What the releases on the way say: missing and renamed variables, things to do by hand. Refuses what would
/// not start.
Pass<std::vector<Notice>> release_notices(const CompileInput& input, const Target& target,
                                          const Changes& changes);
/// The edits that write the new version down, of every deployment whose pin says something else.
Pass<Lowered> pin_edits(const CompileInput& input, const Target& target);
/// What a backup may take at most, in bytes; 0 when none is taken.
std::uint64_t backup_bytes(const CompileInput& input, const PolicyDecision& policy);
/// Room that it needs, in bytes: a drill unpacks it once more.
std::uint64_t backup_room(const CompileInput& input, const PolicyDecision& policy);
/// Refuses a deployment that is not healthy, a database that cannot be backed up, a folder too small for its
/// backup.
Pass<void> require_health(const CompileInput& input, const Changes& changes, const PolicyDecision& policy);
/// The same for the services alone, where nothing is to be upgraded: "nothing to do" would be cold comfort.
Pass<void> require_health_to_stay(const CompileInput& input, const Changes& changes);

}  // namespace pawl::planner
