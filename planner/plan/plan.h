// The compiled program: a DAG of steps with every operation, what each failure leads to, and where it came
// from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/result.h"
#include "planner/plan/operation.h"
#include "planner/plan/snapshot.h"
#include "planner/plan/step.h"

namespace pawl::planner {

/// Something the operator should know before applying.
struct Notice {
  std::string text;  // one sentence
  Origin origin;
  bool operator==(const Notice&) const = default;
};

struct Provenance {
  std::string manifest;         // path of the manifest relative to where the plan is applied: "stack.pawl"
  std::string manifest_sha256;  // over all manifest files, in reading order
  std::string commit;           // full hash; empty: outside git, or git does not say
  std::optional<bool>
      clean;  // false: manifest, includes or configuration differ from that commit; nothing: outside git
  std::vector<std::pair<std::string, std::string>> files;  // configuration files that were read → SHA-256
  std::string pawl_version;
  bool operator==(const Provenance&) const = default;
};

/// The endpoint that defines "available", sampled during the whole run.
struct Availability {
  std::string service;  // whose health it is; may be empty
  HttpProbe probe;
  Duration every{100};
  std::optional<Duration> budget;
  bool operator==(const Availability&) const = default;
};

struct NotificationPlan {
  std::vector<std::string> on;  // "planned", "started", "waiting", "failed", "finished"; empty: all
  Notify notify;                // its message is filled in by the event
  bool operator==(const NotificationPlan&) const = default;
};

/// An SSH target by name, for Process::host.
struct HostPlan {
  std::string name;
  Text ssh;
  Text dir;
  bool operator==(const HostPlan&) const = default;
};

/// What a plan is for. All are made of the same steps and run by the same executor.
enum class Purpose {
  Upgrade,
  Rollback,  // back to the version a run started from
  Backup,    // a bundle, and nothing else
  Drill,     // proves that a bundle restores; touches nothing but a scratch database
  Restore    // puts a bundle back
};
constexpr std::string_view name(Purpose purpose) {
  switch (purpose) {
    case Purpose::Upgrade:
      return "upgrade";
    case Purpose::Rollback:
      return "rollback";
    case Purpose::Backup:
      return "backup";
    case Purpose::Drill:
      return "drill";
    case Purpose::Restore:
      return "restore";
  }
  return {};
}

struct Plan {
  static constexpr int kFormat = 2;
  std::string stack;
  Purpose purpose = Purpose::Upgrade;
  std::string from, to;       // versions as written
  std::string hop;            // "patch", "minor", …
  std::string target_source;  // where the target came from: "--to", "stack.pawl:3", "newest image present"
  std::string engine;         // "docker compose, 6 services"
  std::vector<Notice> notices;
  std::vector<Step> steps;  // topologically sorted
  Snapshot snapshot;        // what it was made for
  std::optional<Availability> availability;
  std::vector<NotificationPlan> notifications;
  std::vector<HostPlan> hosts;
  std::string state_path = ".pawl/state.db";
  int parallelism = 1;  // the providers' default
  Duration total{0};    // sum of estimates
  Duration critical_path{0};
  Duration unavailable{0};           // expected
  std::string unavailable_rests_on;  // a sentence; empty where nothing is expected to be away
  std::optional<StepId> point_of_no_return;
  std::uint32_t proved = 0;  // steps from whose failure the listed recovery was proved, so none whose
                             // recovery is unknown; 0: not walked
  Provenance provenance;
  std::int64_t undoes = 0;      // Rollback: the number of the run it leads back from
  std::int64_t unfinished = 0;  // Upgrade: the number of a run of the stack that had not finished by then
  std::string id;               // SHA-256 of everything above, hex; the plan's name is its first 12 digits
  bool operator==(const Plan&) const = default;

  /// Nothing to do.
  bool empty() const { return steps.empty(); }
};

}  // namespace pawl::planner
