// The attributes of every block. Only schema.cc includes this.
#pragma once

#include <array>

#include "lang/schema.h"

namespace pawl::lang::rows {

using Words = std::string_view;

constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

// What a reference may name, and the words that stand for themselves.
constexpr Words kToHost[] = {"host"}, kToService[] = {"service"}, kToDatabase[] = {"database"};
constexpr Words kToData[] = {"database", "files"};
constexpr Words kDeployments[] = {"compose", "helm", "systemd", "local", "plugin"};
constexpr Words kClasses[] = {"patch", "minor", "major", "calendar"};
constexpr Words kRoles[] = {"api",   "worker",   "scheduler", "frontend",
                            "proxy", "migrator", "job",       "datastore"};
constexpr Words kStrategies[] = {"recreate", "surge", "rolling"};
constexpr Words kComposeEngines[] = {"detect", "docker", "podman"}, kImages[] = {"pull", "build"};
constexpr Words kComposeStrategies[] = {"ordered", "stop_all"};
constexpr Words kUpgrades[] = {"in_place", "dump_restore"};
constexpr Words kDatabaseEngines[] = {"postgres", "mysql", "mariadb", "sqlite", "custom"};
constexpr Words kPhases[] = {"expand", "contract"}, kCheckPhases[] = {"before", "after"};
constexpr Words kPolicyBackup[] = {"require", "skip"}, kPolicyMigrations[] = {"allow", "refuse"};
constexpr Words kPaths[] = {"direct", "every_minor", "every_release"};
constexpr Words kDays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr Words kEvents[] = {"planned", "started", "waiting", "failed", "finished"};
constexpr Words kVariableTypes[] = {"string", "number", "bool", "duration", "size", "version"};
// Families of functions.
constexpr Words kAction[] = {"action"}, kProbe[] = {"probe"}, kCheckRun[] = {"check"}, kGateRun[] = {"gate"};
// Engines that some words are for.
constexpr Words kOnLocal[] = {"local"}, kOnCompose[] = {"compose"}, kOnHelm[] = {"helm"};
constexpr Words kOnSystemd[] = {"systemd"}, kWithImages[] = {"helm", "plugin"};
constexpr Words kPostgres[] = {"postgres"}, kSqlite[] = {"sqlite"},
                kServers[] = {"postgres", "mysql", "mariadb", "custom"};
constexpr Words kName = "`name` says what the engine calls it";  // for a fix
// Words that have no behaviour yet.
constexpr Words kLaterStrategies[] = {"surge", "rolling"}, kLaterDatabases[] = {"custom"};
constexpr Words kLaterPaths[] = {"every_minor", "every_release"};

/// The same row for these engines only.
constexpr Row only(std::span<const Words> engines, Row row, Words instead = "") {
  row.engines = engines;
  row.instead = instead;
  return row;
}
/// The same row, of which nothing is built yet.
constexpr Row unbuilt(Row row, Words instead = "") {
  row.built = false;
  row.instead = instead;
  return row;
}
/// The same row, of which these words are not built yet.
constexpr Row without(std::span<const Words> unbuilt_words, Row row) {
  row.unbuilt = unbuilt_words;
  return row;
}

constexpr Row kPinRow{"pin", Type::Special, Need::Optional, "where the version is written down: see Pins"};
constexpr Row kHostRow =
    unbuilt({"on", Type::Ref, Need::Optional, "the host it runs on; without it, this machine", kToHost},
            "run pawl on that machine; databases and commands can be on another one");
constexpr Row kDirRow{"dir", Type::Path, Need::Optional,
                      "its folder, relative to the manifest's; default: the manifest's folder"};

constexpr Row kStack[] = {
    {"version", Type::Version, Need::Optional,
     "the version that is wanted; default: the newest that the pin's source offers"},
    {"versions", Type::Special, Need::Optional,
     "how versions are ordered: `semver` (default), `calver`, or `list([…])`, oldest first"},
    {"description", Type::Name, Need::Optional, "one line for people"},
};

constexpr Row kCompose[] = {
    {"files", Type::Paths, Need::Optional,
     "the Compose files, in their order; default: the names Compose looks for"},
    {"engine", Type::Word, Need::Optional, "which Compose; default `detect`", kComposeEngines},
    {"images", Type::Word, Need::Optional, "whether images are pulled (default) or built from their sources",
     kImages},
    {"strategy", Type::Word, Need::Optional,
     "`ordered` (default) moves service by service; `stop_all` stops everything, then starts it",
     kComposeStrategies},
    {"profiles", Type::Texts, Need::Optional, "the profiles that are active"},
    {"env_file", Type::Path, Need::Optional,
     "the file that fills in `${NAME}` in the Compose files; default `.env`"},
    {"project", Type::Name, Need::Optional, "the project's name; default: as Compose chooses it"},
    kPinRow,
    kDirRow,
    kHostRow,
};
constexpr Row kHelm[] = {
    {"release", Type::Text, Need::Required, "the name of the installed release"},
    {"chart", Type::Text, Need::Required, "the chart, `repository/name` or a path"},
    {"namespace", Type::Text, Need::Optional, "the Kubernetes namespace; default `default`"},
    {"values", Type::Paths, Need::Optional, "values files, in their order"},
    {"timeout", Type::Elapsed, Need::Optional, "how long Helm waits", {}, kSecond, kDay},
    kPinRow,
    kDirRow,
    kHostRow,
};
constexpr Row kSystemd[] = {
    {"user", Type::Flag, Need::Optional, "units of the user's own manager; default `false`"},
    kPinRow,
    kDirRow,
    kHostRow,
};
constexpr Row kLocal[] = {
    {"releases", Type::Text, Need::Optional, "the folder of one version; default `\"releases/${version}\"`"},
    {"run_dir", Type::Path, Need::Optional, "where pid files and logs go; default `run`"},
    {"env_file", Type::Path, Need::Optional, "a file of `NAME=value` lines that every service gets"},
    kPinRow,
    kDirRow,
    kHostRow,
};
constexpr Row kPlugin[] = {
    {"settings", Type::Table, Need::Optional, "handed to the program as they are"},
    kPinRow,
    kDirRow,
    kHostRow,
};

constexpr Row kHost[] = {
    {"ssh", Type::Text, Need::Required, "`user@host` or `user@host:port`"},
    {"dir", Type::Text, Need::Optional,
     "the folder on that host, `${host.NAME.dir}`; default: the login folder"},
};
constexpr Row kSource[] = {
    {"git", Type::Text, Need::Optional,
     "a checkout: its folder or URL. One of `git`, `tar`, `rsync` is required"},
    {"tar", Type::Text, Need::Optional, "an archive to unpack"},
    {"rsync", Type::Text, Need::Optional, "a folder to copy"},
    {"ref", Type::Text, Need::Optional, "git: the tag or branch, such as `\"v${version}\"`"},
    {"to", Type::Ref, Need::Optional, "the host it goes to; without it, this machine", kToHost},
};

constexpr Row kService[] = {
    {"role", Type::Word, Need::Optional, "what it is; gives its place in the order", kRoles},
    {"health", Type::Call, Need::Optional, "what must hold for it to be healthy", kProbe},
    {"ready", Type::Call, Need::Optional, "what must hold for it to have started", kProbe},
    {"drain",
     Type::Elapsed,
     Need::Optional,
     "time between the polite and the forced stop of an instance",
     {},
     0,
     kDay},
    {"pause",
     Type::Elapsed,
     Need::Optional,
     "wait after one instance is back, before the next goes",
     {},
     0,
     kDay},
    {"min_healthy",
     Type::Elapsed,
     Need::Optional,
     "how long an instance must have run without interruption, and `health` must have held, before the next "
     "step; at the end of an upgrade "
     "every one must have: there the default is 5s",
     {},
     0,
     kHour},
    {"reload", Type::Special, Need::Optional,
     "how it takes up changes without a restart: `exec(…)`, `command(…)`, `shell(…)` or `signal(\"HUP\")`"},
    without(kLaterStrategies,
            {"strategy", Type::Word, Need::Optional,
             "`recreate` (default), `surge` (new beside old, then switch) or `rolling`", kStrategies}),
    {"instances",
     Type::Number,
     Need::Optional,
     "how many run; default: what the engine's configuration says",
     {},
     1,
     1000},
    {"after", Type::Refs, Need::Optional, "services that move before it", kToService},
    {"before", Type::Refs, Need::Optional, "services that move after it", kToService},
    {"migrates", Type::Refs, Need::Optional,
     "databases that it migrates when it starts; `[]` says that it changes no schema, and on a datastore "
     "that "
     "nothing in it is migrated but the databases that the manifest describes",
     kToDatabase},
    {"seed", Type::Call, Need::Optional, "run once after it has moved", kAction},
    {"prewarm", Type::Call, Need::Optional,
     "asked once after it has moved, so that the first user does not wait", kProbe},
    {"on", Type::Ref, Need::Optional,
     "its deployment, `compose` or `compose.LABEL`; needed when there are several", kDeployments},
    {"name", Type::Name, Need::Optional, "what the engine calls it; default: the block's name"},
    only(kOnLocal, {"command", Type::Texts, Need::Optional, "the program and its arguments"},
         "the configuration of its engine says what it runs"),
    only(kOnLocal, {"env", Type::Table, Need::Optional, "environment variables of its own"},
         "the configuration of its engine says what its environment is"),
    only(kWithImages, {"image", Type::Text, Need::Optional, "the image without its tag"},
         "the configuration of its engine says which image it is"),
    only(kOnSystemd, {"unit", Type::Text, Need::Optional, "the unit"}, kName),
    only(kOnHelm,
         {"workload", Type::Text, Need::Optional, "the workload, `deploy/NAME` or `statefulset/NAME`"},
         kName),
    {"guard", Type::Later},
    {"leader", Type::Later},
    {"canary", Type::Later},
    {"max_in_flight", Type::Later},
    {"together", Type::Later},
    {"version_of", Type::Later},
    {"capture", Type::Later},
};

constexpr Row kDatabase[] = {
    without(kLaterDatabases, {"engine", Type::Word, Need::Required, "the database system", kDatabaseEngines}),
    {"service", Type::Ref, Need::Optional, "the service it runs in; without it, reached from the host",
     kToService},
    {"on", Type::Ref, Need::Optional, "the host its programs run on, over SSH; without it, this machine",
     kToHost},
    only(kOnHelm, {"workload", Type::Text, Need::Optional, "the workload it runs in, `statefulset/NAME`"},
         "`service` says what it runs in"),
    only(kServers, {"name", Type::Text, Need::Optional,
                    "the database's name inside the engine; default: the block's name"}),
    only(kSqlite, {"path", Type::Text, Need::Optional, "the file"}),
    only(kServers, {"host", Type::Text, Need::Optional, "the server, where it is not a service"}),
    only(kServers,
         {"port", Type::Number, Need::Optional, "the server's port; default: the engine's", {}, 1, 65535}),
    only(kServers, {"user", Type::Text, Need::Optional, "who connects; default: the engine's administrator"}),
    only(kServers, {"password", Type::Text, Need::Optional, "as a secret: `secret(\"env:NAME\")`"}),
    {"ledger", Type::Special, Need::Optional, "where applied migrations are recorded: see Ledgers"},
    {"migrate", Type::Call, Need::Optional,
     "how migrations are applied, where no service does so when it starts", kAction},
    {"down", Type::Special, Need::Optional,
     "how migrations are undone: an action, or `never` for forward-only ones"},
    {"down_loses_data", Type::Flag, Need::Optional,
     "undoing loses data, so a restore is preferred; default `false`"},
    only(kPostgres, {"upgrade", Type::Word, Need::Optional,
                     "how its server gets to a version that does not start on the files there are: "
                     "`dump_restore` loads a "
                     "dump into a new server; default `in_place`: not at all",
                     kUpgrades}),
    {"large", Type::Size, Need::Optional,
     "above this size, migrations may take a long time and the plan says so"},
};
constexpr Row kFiles[] = {
    {"paths", Type::Paths, Need::Optional,
     "files and folders, relative to the deployment's folder. `paths` or `volumes` is required"},
    only(kOnCompose,
         {"volumes", Type::Texts, Need::Optional,
          "volumes on this machine, as the Compose files or the engine name them"},
         "name folders with `paths`"),
};
constexpr Row kBackup[] = {
    {"of", Type::Special, Need::Required,
     "a list of databases, file sets and actions that make a backup themselves"},
    {"to", Type::Text, Need::Optional, "the folder of the bundles; default `backups`"},
    {"keep", Type::Number, Need::Optional, "how many bundles are kept; default: all", {}, 1, 10000},
    {"max_age",
     Type::Elapsed,
     Need::Optional,
     "a bundle younger than this (with `drill`: and drilled) is fresh enough; default: always a new one",
     {},
     kMinute,
     365 * kDay},
    {"drill", Type::Flag, Need::Optional, "prove that the bundle restores before going on; default `false`"},
    {"restore", Type::Call, Need::Optional, "how a backup made by an action is restored", kAction},
};
constexpr Row kRestore[] = {
    {"confirm", Type::Shown, Need::Required, "the exact phrase to type before anything is replaced"},
};

constexpr Row kRelease[] = {
    {"from", Type::Range, Need::Optional, "the versions it can be reached from"},
    unbuilt({"stop", Type::Flag, Need::Optional, "every path across it must stop at it; default `false`"}),
    {"one_way", Type::Flag, Need::Optional, "older versions cannot run against its data; default `false`"},
    {"migrates", Type::Flag, Need::Optional,
     "it may change a schema; default `true`; an upgrade changes none only where every release on the way "
     "says `false`"},
    {"takes",
     Type::Elapsed,
     Need::Optional,
     "how long it needs from its start until it answers, migrations included, as its notes say; for the "
     "estimates",
     {},
     0,
     kDay},
    unbuilt({"phase", Type::Word, Need::Optional, "its half of an expand and contract pair", kPhases}),
    unbuilt(
        {"after", Type::Version, Need::Optional, "contract: the expand release that must be finished first"}),
    unbuilt({"backfilled", Type::Call, Need::Optional, "expand: succeeds when the data has been moved over",
             kAction}),
    {"breaking", Type::Shown_list, Need::Optional, "what breaks, one sentence each"},
    {"manual", Type::Shown_list, Need::Optional, "what a person must do"},
    {"notes", Type::Shown, Need::Optional, "where its notes are"},
    {"deprecated", Type::Shown, Need::Optional, "what it announces the end of"},
    {"when", Type::Later},
    {"settled", Type::Later},
    {"finalise", Type::Later},
    {"revert_floor", Type::Later},
    {"exclude", Type::Later},
    {"released", Type::Later},
};
constexpr Row kOn[] = {
    {"backup", Type::Word, Need::Optional, "whether a backup is taken before it; default `require`",
     kPolicyBackup},
    {"migrations", Type::Word, Need::Optional, "whether it may migrate; default `allow`", kPolicyMigrations},
    without(kLaterPaths, {"path", Type::Word, Need::Optional,
                          "which versions are visited on the way; default `direct`", kPaths}),
    {"refuse", Type::Shown, Need::Optional, "never do it; the reason is shown"},
};
constexpr Row kGate[] = {
    {"on", Type::Words, Need::Optional, "the classes of hop it applies to; default: all", kClasses},
    {"ask", Type::Shown, Need::Optional,
     "a question a person answers. One of `ask`, `rehearsed`, `run` is required"},
    unbuilt({"rehearsed",
             Type::Elapsed,
             Need::Optional,
             "the same hop finished on another environment, at most this long ago",
             {},
             kMinute,
             365 * kDay}),
    {"run", Type::Call, Need::Optional,
     "must succeed; a program with `within`, `every`, `expect` or `codes` is asked until it does", kGateRun},
    {"when", Type::Later},
};
constexpr Row kCheck[] = {
    {"run", Type::Call, Need::Required, "what must hold", kCheckRun},
    {"on", Type::Words, Need::Optional, "the classes of hop it applies to; default: all", kClasses},
    {"phase", Type::Word, Need::Optional, "`after` (default), or `before`: also before anything changes",
     kCheckPhases},
};
constexpr Row kStep[] = {
    {"run", Type::Call, Need::Required, "the action", kAction},
    {"after", Type::Special, Need::Optional, "what comes before it: services, databases, steps, phases"},
    {"before", Type::Special, Need::Optional, "what comes after it"},
    {"on", Type::Words, Need::Optional, "the classes of hop it belongs to; default: all", kClasses},
    {"idempotent", Type::Flag, Need::Optional, "running it twice is the same as once; default `false`"},
    {"done_when", Type::Call, Need::Optional,
     "holds when it has been done, so that pawl can tell after a crash in the middle of it", kProbe},
    {"within", Type::Elapsed, Need::Optional, "how long it may take", {}, kSecond, 30 * kDay},
    {"migrates", Type::Refs, Need::Optional, "databases whose schema it may change", kToDatabase},
    {"touches", Type::Refs, Need::Optional,
     "databases and file sets whose content it may change; `[]` says that there is nothing to undo", kToData},
    {"one_way", Type::Flag, Need::Optional, "nothing undoes it; default `false`"},
    {"undo", Type::Call, Need::Optional, "how it is undone: a rollback does it", kAction},
    {"when", Type::Later},
    {"repeat", Type::Later},
    {"until", Type::Later},
};
constexpr Row kWindow[] = {
    {"days", Type::Words, Need::Optional, "the days on which it opens; default: every day", kDays},
    {"from", Type::Name, Need::Optional, "when it opens, `\"01:00\"`; default: midnight"},
    {"to", Type::Name, Need::Optional,
     "when it closes, `\"05:00\"`; earlier than `from`: on the next day; default: midnight"},
    {"zone", Type::Name, Need::Optional, "the time zone, `\"Europe/Paris\"`; default: the machine's"},
};
constexpr Row kDowntime[] = {
    {"probe", Type::Special, Need::Optional, "what is asked all the time: a probe, or `service.NAME.health`"},
    {"budget", Type::Elapsed, Need::Optional, "how long it may be away", {}, 0, 30 * kDay},
};
constexpr Row kNotify[] = {
    {"on", Type::Words, Need::Optional, "which events; default: all", kEvents},
    unbuilt({"when", Type::Special, Need::Optional,
             "a condition over `downtime`, `class`, `from`, `to`, `version`"}),
    {"log", Type::Flag, Need::Optional,
     "write to the system log. One of `log`, `webhook`, `command`, `mail` is required"},
    {"webhook", Type::Text, Need::Optional, "a URL that gets a JSON object; an empty one is skipped"},
    {"command", Type::Texts, Need::Optional, "a program that gets the same object on its standard input"},
    unbuilt({"mail", Type::Text, Need::Optional, "an address"}),
};
constexpr Row kState[] = {
    {"store", Type::Special, Need::Required,
     "`sqlite(\"path\")` or `postgres(url)`; without the block, SQLite in `.pawl` beside the manifest"},
};
constexpr Row kVariable[] = {
    {"type", Type::Word, Need::Optional, "default `string`", kVariableTypes},
    {"description", Type::Name, Need::Optional, "one line for people"},
    {"default", Type::Special, Need::Optional, "its value when none is given"},
    {"one_of", Type::Special, Need::Optional, "a list of the values it may have"},
    {"secret", Type::Flag, Need::Optional, "never shown and never stored; default `false`"},
};

}  // namespace pawl::lang::rows
