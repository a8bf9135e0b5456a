// The steps that a way forward, a way back and a restore have in common: what is fetched, pinned, stopped,
// removed, replaced and reloaded is the same, only why differs.
#pragma once

#include <string>
#include <vector>

#include "planner/pass/draft.h"

namespace pawl::planner {

class Drafts {
 public:
  Drafts(const CompileInput& input, const Target& target, const Changes& changes)
      : input_(input), stack_(*input.stack), target_(target), changes_(changes) {}

  /// References stay valid until the next step is added.
  Draft& add(StepKind kind, Task task, Rank rank, Place place, std::string subject, std::string why,
             lang::Span span);
  /// For each deployment, all that its moving services need. `ran`: see FetchVersion.
  void fetch(const std::map<std::string, std::string>& ran = {});
  /// nullptr: no pin differs.
  Draft* pin(std::string why);
  /// All `instances` of a service.
  Draft& stop(lang::ServiceId service, Rank rank, Place place, int instances, std::string why);
  /// A service that the configuration of the target does not have.
  Draft& remove(lang::ServiceId service, Rank rank, std::string why);
  /// Brings the service to as many instances as are wanted, all in the version of the target.
  Draft& start(lang::ServiceId service, std::string why);
  /// A step for each instance that is not there yet, one after the other; their number stays. Returns the
  /// first.
  Draft* replace(lang::ServiceId service, const std::string& why);

  /// All of these services of a deployment that does not move piece by piece, in one step.
  Draft& together(lang::DeploymentId deployment, std::vector<lang::ServiceId> services, std::string why);

  /// The service stays where it is, and others behind it have moved.
  Draft& reload(lang::ServiceId service);
  /// Every service that stays where it is and can be reloaded, unless it is stopped.
  void reloads();
  /// Everything is asked once more whether it is healthy.
  Draft& smoke(std::string why);
  /// The same when all that comes after that has been done.
  Draft& last_look();

  std::vector<Draft> take() { return std::move(drafts_); }

 private:
  /// Whether it is known to be stopped; of a service that is part of no deployment nothing is known.
  bool is_stopped(const std::string& service) const;
  const ServiceChange& change(lang::ServiceId service) const { return changes_.services[service.value]; }
  bool rewrites(lang::ServiceId service) const;

  const CompileInput& input_;
  const lang::Stack& stack_;
  const Target& target_;
  const Changes& changes_;
  std::vector<Draft> drafts_;
};

/// Whether the manifest says how.
bool can_reload(const lang::Service& service);

/// Where a service comes among those that are stopped: schedulers first, the others in the reverse of the
/// order in which they come back.
Place stop_place(lang::Role role);

}  // namespace pawl::planner
