// What runs now. Made by observing, saved by `pawl observe --out`, embedded in every plan so that `apply` can
// say what has changed since. It holds no secret and no time of day, so that two looks at one state are
// equal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lang/result.h"

namespace pawl::planner {

enum class Health { Healthy, Starting, Unhealthy, Stopped, Unknown };
constexpr std::string_view name(Health health) {
  switch (health) {
    case Health::Healthy:
      return "healthy";
    case Health::Starting:
      return "starting";
    case Health::Unhealthy:
      return "unhealthy";
    case Health::Stopped:
      return "stopped";
    case Health::Unknown:
      return "unknown";
  }
  return {};
}

/// A configuration that can be compared: the names of its properties for people ("environment SMTP_HOST",
/// "port 80/tcp", "mount /data", "command"), each with its value. A value that may be a secret is a digest of
/// 16 bits after a `#`: two that differ look different with all but certainty, and nobody can tell the value
/// from it.
using Properties = std::map<std::string, std::string>;

/// One running (or stopped) copy of a service.
struct Instance {
  std::string id;           // container id, "pid:starttime", pod name; changes when it is replaced
  std::string label;        // for people: "piprio_worker_2", "worker 2"
  int number = 1;           // 1-based
  std::string version;      // of what runs; empty when it cannot be told
  std::string image;        // "piprio:1.4.0", or the local fingerprint
  std::string fingerprint;  // hash of the configuration it was started with; empty: unknown
  std::string image_id{};   // of the image it was started from; empty: unknown
  /// RenderedService::fingerprint of the configuration that the engine itself says it was started with, and
  /// of one that the engine says it was not started with; empty: the engine did not say.
  std::string started_as{}, not_started_as{};
  /// What it was started with, property by property, and what its image says where the configuration says
  /// nothing; see Properties. Empty: unknown.
  Properties properties{}, image_properties{};
  Health health = Health::Unknown;
  std::string detail;  // why it is not healthy: "exited (1)", "503 from http://…"
  bool operator==(const Instance&) const = default;
};

struct ServiceState {
  std::string service;              // Service::name of the manifest
  int expected = 1;                 // replicas wanted by the configuration
  std::vector<Instance> instances;  // by number
  Health health = Health::Unknown;  // of the service as a whole, the manifest's own probe included
  std::string detail;
  std::map<std::string, std::string> facts{};  // what the provider needs again when lowering; not compared
  /// Number of its instances that are not stopped.
  int running() const;
  bool operator==(const ServiceState&) const = default;
};

struct PinState {
  std::string place;  // ".env: PIPRIO_VERSION"
  std::string value;  // "1.4.0"; empty: not set
  bool operator==(const PinState&) const = default;
};

/// What must be known of a server before a new one takes its place with new files (`upgrade = dump_restore`).
/// Empty where it was not asked or may not say. Not compared.
struct ServerState {
  std::string folder;                  // of its files, as it sees it
  std::string folder_here;             // the same on its machine
  std::vector<std::string> databases;  // all that it has but templates
  std::vector<std::string> settings;   // made in the server (ALTER SYSTEM), which stay with its files
  std::vector<std::string> obstacles;  // what a dump cannot hold: "replication slot walsender"
  std::vector<std::string> set_aside;  // folders of files that earlier runs have set aside, on its machine
  bool operator==(const ServerState&) const = default;
};

struct DatabaseState {
  std::string database;
  bool reachable = false;
  std::string detail;                // why not
  std::vector<std::string> applied;  // ledger entries, in the ledger's order
  std::uint64_t bytes = 0;           // size on disk; not compared
  std::string server_version;
  std::string
      no_dump;  // why its programs here cannot dump it; empty: they can, or nobody knows; not compared
  /// Why a dump could not be put back, in words: "role app may not create databases"; empty: it can, or
  /// nobody knows. Not compared.
  std::string no_restore{};
  ServerState server{};
  bool operator==(const DatabaseState&) const = default;
};

/// One deployment block's engine.
struct EngineState {
  std::string deployment;  // label; "" for the default one
  std::string kind;        // "compose", "local"
  std::string tool;        // "docker compose 2.24", "docker-compose 1.29.2", "podman-compose 1.0.3"
  std::map<std::string, std::string>
      facts;  // what the provider needs again when lowering: command form, project name …
  PinState pin;
  std::vector<std::string>
      available;  // versions that could be moved to, as the pin's source offers them; not compared
  std::map<std::string, std::string>
      volumes;  // of file sets: the name in the manifest, the folder on this machine
  std::map<std::string, std::string> image_ids{};  // what the names of images mean on this engine
  bool operator==(const EngineState&) const = default;
};

struct BundleState {
  std::string name;  // folder name below Backup::to
  std::string version;
  std::string taken_at;  // RFC 3339
  bool needed = false;   // by a resumable run, or the way back from the newest upgrade; never pruned
  bool drilled = false;  // restored once, beside what ran
  /// What the one action of the manifest that made a part of it printed last; empty: nothing, or not one.
  std::string captured{};
  bool operator==(const BundleState&) const = default;
};

struct Snapshot {
  static constexpr int kFormat = 1;
  std::string stack;
  std::vector<EngineState> engines;      // by deployment, manifest order
  std::vector<ServiceState> services;    // manifest order
  std::vector<DatabaseState> databases;  // manifest order
  std::vector<BundleState> bundles;      // newest first; not compared
  std::uint64_t free_bytes = 0;          // where backups go; not compared
  std::uint64_t files_bytes = 0;         // of the file sets a backup takes; not compared
  bool operator==(const Snapshot&) const = default;

  const ServiceState* service(std::string_view name) const;
  const DatabaseState* database(std::string_view name) const;
};

/// The id of an image or container as people see it: "sha256:1a2b…" → "1a2b3c4d5e6f". The id of a process,
/// "14292:1205918" (its number and when it began), stays whole: either half alone may be somebody else's.
std::string short_id(std::string_view id);

/// Each difference that matters, one sentence: "api: container 1a2b3c was replaced by 9f8e7d", "pin .env:
/// PIPRIO_VERSION changed from 1.4.0 to 1.4.1". Empty when `now` is still what the plan was made for. Without
/// `settled`, health and ledgers are left out: a service that keeps failing, or that is migrating at this
/// moment, looks different at every look.
std::vector<std::string> differences(const Snapshot& planned, const Snapshot& now, bool settled = true);

/// Versioned JSON (docs/plan-format.md); deterministic bytes.
std::string write_snapshot(const Snapshot& snapshot);
lang::Result<Snapshot> read_snapshot(std::string_view json);

}  // namespace pawl::planner
