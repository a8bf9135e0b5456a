// What a plan's steps mean to the proof: who runs what at the beginning, which steps stop and move whom, and
// which touch which database. Read once; the rules (prove_rules.h) ask it in every state.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "planner/pass/tracks.h"
#include "planner/proof/prove.h"

namespace pawl::planner {

/// A moment of a run: how far each track has come, and what runs.
class Moment {
 public:
  Moment(const Tracks& tracks, std::vector<std::uint32_t> finished, std::vector<bool> running)
      : tracks_(&tracks), finished_(std::move(finished)), running_(std::move(running)) {}
  bool finished(std::uint32_t step) const {
    return tracks_->place_of(step) < finished_[tracks_->track_of(step)];
  }
  /// Running or finished.
  bool begun(std::uint32_t step) const {
    const std::size_t track = tracks_->track_of(step);
    return tracks_->place_of(step) < finished_[track] + (running_[track] ? 1 : 0);
  }
  bool running(std::uint32_t step) const { return begun(step) && !finished(step); }

  /// By track. A track's next step runs or waits.
  const std::vector<std::uint32_t>& finished() const { return finished_; }
  const std::vector<bool>& running() const { return running_; }
  void start(std::size_t track) { running_[track] = true; }
  void finish(std::size_t track) {
    ++finished_[track];
    running_[track] = false;
  }

 private:
  const Tracks* tracks_;
  std::vector<std::uint32_t> finished_;
  std::vector<bool> running_;
};

/// Steps of one kind; what a question about all of them needs is the first and the last of each track.
class Group {
 public:
  void add(const Tracks& tracks, std::uint32_t step);
  bool empty() const { return all_.empty(); }
  const std::vector<std::uint32_t>& all() const { return all_; }
  bool any_begun(const Moment& moment) const;
  /// One that is not `step` has begun. `step` is running.
  bool any_begun_before(std::uint32_t step, const Moment& moment) const;
  bool any_finished(const Moment& moment) const;
  bool all_finished(const Moment& moment) const;
  std::optional<std::uint32_t> first_running(const Moment& moment) const;

 private:
  std::vector<std::uint32_t> all_, first_, last_;
};

struct DatabaseFacts {
  Group changes;   // its schema may change
  Group own;       // of those, steps that only migrate (a migrator, a `migrate` action)
  Group backups;   // there is a bundle of it afterwards
  Group restores;  // it holds what a bundle held afterwards
  bool ahead = false;
};

/// A step that stops, starts or replaces a service.
struct Event {
  std::uint32_t step = 0;
  ServiceEffect effect;
};
/// A service that a step stops, starts or replaces.
struct Touched {
  const lang::Service* service;
  const ServiceEffect* effect;  // of the plan
};

struct ServiceFacts {
  std::vector<Event> events;  // in the order of their steps
  std::vector<int> old_ones;  // numbers of the instances that run the version left behind
  std::string old_version;
  int up = 0;            // instances that run at the beginning, in whatever version
  bool uses = false;     // it works on the databases
  bool returns = false;  // a step starts or moves it
};

struct Facts {
  Facts(const CompileInput& input, const Target& target, const PolicyDecision& policy, const Plan& plan,
        const std::vector<std::string>& ahead);

  const ServiceFacts& of(const lang::Service& service) const;
  /// Instances of `service` that may run at this moment; `old` counts only those left behind.
  int up(const lang::Service& service, const Moment& moment) const;
  int old_up(const lang::Service& service, const Moment& moment) const;
  bool rolling_back() const { return plan.purpose == Purpose::Rollback; }

  const CompileInput& input;
  const lang::Stack& stack;
  const Target& target;
  const PolicyDecision& policy;
  const Plan& plan;
  const lang::Release* one_way = nullptr;
  Tracks tracks;
  Group guards;    // checks, gates, windows
  Group changing;  // steps that change anything
  Group drills;
  std::vector<std::pair<std::uint32_t, std::string>>
      rewriting;          // steps that start a server on data in another image
  bool rebuilds = false;  // some server gets new files, and whoever uses it is out meanwhile
  std::vector<std::pair<std::uint32_t, std::string>> touching;  // steps that change what something holds
  std::map<std::string, Group> saving;   // by database or file set: steps after which there is a bundle of it
  Group final;                           // steps that nothing undoes
  std::vector<DatabaseFacts> databases;  // by DatabaseId
  std::vector<ServiceFacts> services;    // by ServiceId
  std::vector<std::vector<std::size_t>> schemas, restored;  // by step: databases
  std::vector<std::vector<Touched>> touched;                // by step
  bool ahead = false;                                       // any database is
  bool old_bundle = false;  // a bundle of the old version is there from before

 private:
  void read_services();
  void read_steps(const std::vector<std::string>& ahead);
};

}  // namespace pawl::planner
