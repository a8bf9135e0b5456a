// The plan file's fields, each described once. Three visitors walk these descriptions: the writer
// (write.cc), the reader (read.cc) and the schema (schema.cc), so that the three cannot drift
// apart.
//
// A description names every field of a struct in the order in which it is written:
//
//     visitor.required("url", probe.url, "what is asked");   // always there
//     visitor.optional("host", probe.host, "from where");    // left out when empty, zero or false
//
// Durations are whole milliseconds and their names end in `_ms`. Step numbers count from 1. Variants are
// objects whose tag says which alternative they are (Tags in operation_fields.h).
#pragma once

#include "planner/file/operation_fields.h"
#include "planner/plan/plan.h"

namespace pawl::planner::fields {

// ---------------------------------------------------------------- steps

template <class A, Is<ServiceEffect> T>
void describe(A& a, T& v) {
  a.object("service-effect");
  a.required("service", v.service);
  a.optional("down", v.down, "how many of its instances are out while the step runs, at most");
  a.optional("moves", v.moves, "it runs the new version afterwards");
  a.optional("stops", v.stops, "it is stopped afterwards");
  a.optional("starts", v.starts, "all of it is started");
  a.optional("rewrites", v.rewrites, "it keeps data, and its new image may change its files for good");
  a.optional("rebuilds", v.rebuilds, "it starts on new files, and its old ones are set aside whole");
}
template <class A, Is<Effects> T>
void describe(A& a, T& v) {
  a.object("effects");
  a.optional("writes_pin", v.writes_pin);
  a.optional("services", v.services, "what happens to which service");
  a.optional("migrates", v.migrates, "databases whose schema may change");
  a.optional("backs_up", v.backs_up);
  a.optional("restores", v.restores, "what holds the content of a bundle afterwards");
  a.optional("touches", v.touches, "databases and file sets whose content may change otherwise");
  a.optional("one_way", v.one_way, "nothing undoes it: the manifest says so");
  a.optional("has_undo", v.has_undo, "the manifest says how it is undone");
  a.optional("unknown", v.unknown, "what nobody says although the way back depends on it");
}
template <class A, Is<Recovery> T>
void describe(A& a, T& v) {
  a.object("recovery");
  a.required("kind", v.kind, "what leads back to the old version when the step fails");
  a.optional("also_switch_back", v.also_switch_back);
  a.optional("unknown", v.unknown, "what nobody says, where the way back is unknown");
  a.optional("because", v.because);
  a.required("next", v.next, "what to type after a failure here");
}
template <class A, Is<Origin> T>
void describe(A& a, T& v) {
  a.object("origin");
  a.required("file", v.file);
  a.required("line", v.line);
}
template <class A, Is<Step> T>
void describe(A& a, T& v) {
  a.object("step");
  a.required("kind", v.kind);
  a.required("subject", v.subject);
  a.required("summary", v.summary);
  a.required("why", v.why);
  a.optional("effects", v.effects);
  a.required("needs", v.needs, "numbers of the steps that must be finished first");
  a.required("operations", v.operations);
  a.optional("diagnose", v.diagnose, "asked when the step failed");
  a.required("recovery", v.recovery);
  a.required("estimate_ms", v.estimate);
  a.optional("rests_on", v.rests_on,
             "where the estimate comes from: an earlier run, a release; left out: a guess");
  a.optional("origin", v.origin, "the line of the manifest that asked for it");
}

// ---------------------------------------------------------------- snapshot

template <class A, Is<Instance> T>
void describe(A& a, T& v) {
  a.object("instance");
  a.required("id", v.id);
  a.optional("label", v.label);
  a.required("number", v.number);
  a.optional("version", v.version);
  a.optional("image", v.image);
  a.optional("fingerprint", v.fingerprint);
  a.optional("image_id", v.image_id);
  a.optional("started_as", v.started_as, "fingerprint of the configuration it was started with");
  a.optional("not_started_as", v.not_started_as, "fingerprint of one that it was not started with");
  a.optional("properties", v.properties, "what it was started with; values that may be secret as digests");
  a.optional("image_properties", v.image_properties, "what its image says where the configuration does not");
  a.required("health", v.health);
  a.optional("detail", v.detail);
}
template <class A, Is<ServiceState> T>
void describe(A& a, T& v) {
  a.object("service-state");
  a.required("service", v.service);
  a.required("expected", v.expected, "instances the configuration asks for");
  a.required("instances", v.instances);
  a.required("health", v.health);
  a.optional("detail", v.detail);
  a.optional("facts", v.facts, "what the provider needs again");
}
template <class A, Is<PinState> T>
void describe(A& a, T& v) {
  a.object("pin-state");
  a.required("place", v.place);
  a.optional("value", v.value);
}
template <class A, Is<EngineState> T>
void describe(A& a, T& v) {
  a.object("engine-state");
  a.optional("deployment", v.deployment, "label; left out for the default one");
  a.required("kind", v.kind);
  a.optional("tool", v.tool);
  a.optional("facts", v.facts);
  a.optional("pin", v.pin);
  a.optional("available", v.available);
  a.optional("volumes", v.volumes, "folders of the volumes that file sets name");
  a.optional("image_ids", v.image_ids, "what names of images mean");
}
template <class A, Is<ServerState> T>
void describe(A& a, T& v) {
  a.object("server-state");
  a.optional("folder", v.folder, "of its files, as it sees it");
  a.optional("folder_here", v.folder_here, "the same on its machine");
  a.optional("databases", v.databases);
  a.optional("settings", v.settings, "made in the server, which stay with its files");
  a.optional("obstacles", v.obstacles, "what a dump cannot hold");
  a.optional("set_aside", v.set_aside, "folders of files that earlier runs have set aside");
}
template <class A, Is<DatabaseState> T>
void describe(A& a, T& v) {
  a.object("database-state");
  a.required("database", v.database);
  a.required("reachable", v.reachable);
  a.optional("detail", v.detail);
  a.optional("applied", v.applied, "migrations of the ledger, in its order");
  a.optional("bytes", v.bytes);
  a.optional("server_version", v.server_version);
  a.optional("no_dump", v.no_dump, "why its programs cannot dump it");
  a.optional("no_restore", v.no_restore, "why a dump could not be put back");
  a.optional("server", v.server, "for `upgrade = dump_restore`");
}
template <class A, Is<BundleState> T>
void describe(A& a, T& v) {
  a.object("bundle-state");
  a.required("name", v.name);
  a.optional("version", v.version);
  a.optional("taken_at", v.taken_at);
  a.optional("needed", v.needed, "by the way back from the newest upgrade");
  a.optional("drilled", v.drilled, "restored once, beside what ran");
  a.optional("captured", v.captured, "what the action that made a part of it printed last");
}
template <class A, Is<Snapshot> T>
void describe(A& a, T& v) {
  a.object("snapshot");
  a.required("stack", v.stack);
  a.required("engines", v.engines);
  a.required("services", v.services);
  a.optional("databases", v.databases);
  a.optional("bundles", v.bundles);
  a.optional("free_bytes", v.free_bytes);
  a.optional("files_bytes", v.files_bytes);
}

// ---------------------------------------------------------------- plan

template <class A, Is<Notice> T>
void describe(A& a, T& v) {
  a.object("notice");
  a.required("text", v.text);
  a.optional("origin", v.origin);
}
template <class A, Is<Provenance> T>
void describe(A& a, T& v) {
  a.object("provenance");
  a.required("manifest", v.manifest);
  a.required("manifest_sha256", v.manifest_sha256);
  a.optional("commit", v.commit);
  a.optional("clean", v.clean, "left out outside a git repository");
  a.optional("files", v.files, "configuration files that were read and their SHA-256");
  a.required("pawl_version", v.pawl_version);
}
template <class A, Is<Availability> T>
void describe(A& a, T& v) {
  a.object("availability");
  a.optional("service", v.service);
  a.required("probe", v.probe);
  a.required("every_ms", v.every);
  a.optional("budget_ms", v.budget);
}
template <class A, Is<NotificationPlan> T>
void describe(A& a, T& v) {
  a.object("notification");
  a.optional("on", v.on, "left out: every event");
  a.required("notify", v.notify);
}
template <class A, Is<HostPlan> T>
void describe(A& a, T& v) {
  a.object("host");
  a.required("name", v.name);
  a.required("ssh", v.ssh);
  a.optional("dir", v.dir);
}
/// Everything that the id is the hash of.
template <class A, Is<Plan> T>
void describe(A& a, T& v) {
  a.object("plan");
  a.required("stack", v.stack);
  a.optional("purpose", v.purpose, "left out: upgrade");
  a.optional("undoes", v.undoes, "of a rollback: the run it leads back from");
  a.optional("unfinished_run", v.unfinished, "an earlier run of the stack that had not finished by then");
  a.required("from", v.from);
  a.required("to", v.to);
  a.required("hop", v.hop);
  a.required("target_source", v.target_source);
  a.required("engine", v.engine);
  a.required("notices", v.notices);
  a.required("parallelism", v.parallelism);
  a.required("total_ms", v.total);
  a.required("critical_path_ms", v.critical_path);
  a.required("unavailable_ms", v.unavailable, "expected");
  a.optional("unavailable_rests_on", v.unavailable_rests_on, "a sentence");
  a.optional("point_of_no_return", v.point_of_no_return, "number of a step");
  a.optional("proved", v.proved, "number of steps from whose failure the listed recovery was proved");
  a.optional("availability", v.availability);
  a.optional("notifications", v.notifications);
  a.optional("hosts", v.hosts);
  a.required("state_path", v.state_path);
  a.required("provenance", v.provenance);
  a.required("snapshot", v.snapshot);
  a.lines("steps", v.steps, "in an order in which they can run");
}

}  // namespace pawl::planner::fields
