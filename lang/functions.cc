// The functions that are used as values.
#include <algorithm>
#include <iterator>

#include "lang/schema.h"

namespace pawl::lang {
namespace {

constexpr std::int64_t kSecond = 1000, kDay = 24 * 3600 * kSecond;
constexpr std::string_view kToService[] = {"service"}, kToHost[] = {"host"};
constexpr std::string_view kOnCompose[] = {"compose"}, kOnHelm[] = {"helm"};

constexpr Row kWithin{"within", Type::Elapsed, Need::Optional, "give up after this long", {}, 1, 30 * kDay};
constexpr Row kEvery{"every", Type::Elapsed, Need::Optional, "ask again after this long", {}, 10, kDay};

constexpr Row kExpect{
    "expect", Type::Shown, Need::Optional,
    "where it is asked: a text that its output must hold; white space at the end does not count"};
constexpr Row kCodes{
    "codes", Type::Codes, Need::Optional,
    "where it is asked: what its exit codes mean, each `done`, `again` or `failed`; of those "
    "that are left out, 0 means `done` and every other `again`"};

constexpr Row kHttp[] = {
    {"url", Type::Text, Need::Required, "what is asked for"},
    {"status", Type::Number, Need::Optional, "the status that counts as good; default 200", {}, 100, 599},
    {"json", Type::Table, Need::Optional,
     "members the answer must have, by path; `*` stands for every member"},
    {"header", Type::Table, Need::Optional, "request headers"},
    kWithin,
    kEvery,
};
constexpr Row kTcp[] = {{"address", Type::Text, Need::Required, "`host:port`"}, kWithin, kEvery};
constexpr Row kLog[] = {
    {"until", Type::Name, Need::Required, "a regular expression that a line must match"},
    {"fail", Type::Name, Need::Optional, "a regular expression of a line that means failure"},
    kWithin,
    kEvery,
};
constexpr Row kHealthy[] = {kWithin, kEvery};
constexpr Row kExec[] = {
    {"service", Type::Ref, Need::Required, "the running service", kToService},
    {"program", Type::Text, Need::Required, "the program; its arguments follow"},
    kWithin,
    kEvery,
    kExpect,
    kCodes,
};
constexpr Row kRun[] = {
    {"service", Type::Ref, Need::Required, "the service whose new version is started for it", kToService},
    {"program", Type::Text, Need::Required, "the program; its arguments follow"},
};
constexpr Row kCommand[] = {
    {"program", Type::Text, Need::Required, "the program; its arguments follow"},
    {"on", Type::Ref, Need::Optional, "the host it runs on; default: this machine", kToHost},
    kWithin,
    kEvery,
    kExpect,
    kCodes,
};
constexpr Row kShell[] = {
    {"script", Type::Text, Need::Required, "handed to `/bin/sh -c`"}, kWithin, kEvery, kExpect, kCodes};
constexpr Row kManual[] = {{"instruction", Type::Shown, Need::Required, "what the person does"}};
constexpr Row kSignal[] = {{"name", Type::Name, Need::Required, "`HUP`, `USR1`, …"}};
constexpr Row kEnv[] = {{"file", Type::Path, Need::Required, "the env file"},
                        {"name", Type::Name, Need::Required, "the variable in it"}};
constexpr Row kImageTag[] = {
    {"file", Type::Path, Need::Required, "the Compose file"},
    {"services", Type::Refs, Need::Optional,
     "the services whose images carry the version; default: all with the running tag", kToService},
};
constexpr Row kSymlink[] = {
    {"link", Type::Path, Need::Required, "the link"},
    {"target", Type::Text, Need::Required, "where it points, such as `\"releases/${version}\"`"}};
constexpr Row kApt[] = {{"package", Type::Name, Need::Required, "the Debian package"}};
constexpr Row kTable[] = {
    {"table", Type::Name, Need::Required, "the table, `schema.table` allowed"},
    {"column", Type::Name, Need::Optional, "the column that names a migration; default `version`"}};
constexpr Row kSqlite[] = {{"path", Type::Text, Need::Required, "the file"}};
constexpr Row kPostgres[] = {{"url", Type::Text, Need::Required, "the connection string"}};
constexpr Row kList[] = {{"versions", Type::Special, Need::Required, "every version, oldest first"}};
constexpr Row kSecret[] = {{"source", Type::Name, Need::Required, "`env:NAME` or `file:PATH`"}};

/// The same function for these engines only.
constexpr Function only(std::span<const std::string_view> engines, Function function) {
  function.engines = engines;
  return function;
}
/// The same function, with no behaviour yet.
constexpr Function unbuilt(Function function) {
  function.built = false;
  return function;
}

constexpr Function kFunctions[] = {
    {"command", 1, true, "runs a program on the host", kCommand},
    {"exec", 2, true, "runs a program inside a running instance of a service", kExec},
    {"run", 2, true,
     "runs a program once, in a fresh instance of the new version. An entrypoint of the image is given these "
     "words, and "
     "must run them",
     kRun},
    {"shell", 1, false, "runs a script through the shell, for when a pipe is really wanted", kShell},
    {"manual", 1, false, "a person does it and says so", kManual},
    {"http", 1, false, "asks over HTTP", kHttp},
    {"tcp", 1, false, "opens a connection", kTcp},
    unbuilt({"log", 1, false, "watches what the service prints", kLog}),
    {"healthy", 0, false, "the engine's own health check", kHealthy},
    {"signal", 1, false, "sends a signal", kSignal},
    {"env", 2, false, "one variable of an env file", kEnv},
    only(kOnCompose, {"image_tag", 1, false, "the tag of images in a Compose file", kImageTag}),
    {"symlink", 2, false, "a symbolic link to the current release", kSymlink},
    unbuilt({"apt", 1, false, "a Debian package", kApt}),
    unbuilt(only(kOnHelm, {"chart", 0, false, "the version of the Helm chart", {}})),
    {"table", 1, false, "a ledger in a table", kTable},
    {"sqlite", 1, false, "a SQLite file", kSqlite},
    unbuilt({"postgres", 1, false, "a PostgreSQL database", kPostgres}),
    {"list", 1, false, "versions in their own order", kList},
    {"secret", 1, false, "a value that is fetched when it is needed and never shown", kSecret},
};

}  // namespace

std::span<const Function> functions() {
  return kFunctions;
}

const Function* find_function(std::string_view name) {
  const auto* at = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                [&](const Function& one) { return one.name == name; });
  return at == std::end(kFunctions) ? nullptr : at;
}

}  // namespace pawl::lang
