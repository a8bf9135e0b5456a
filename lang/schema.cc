#include "lang/schema.h"

#include <algorithm>
#include <array>

#include "lang/schema_rows.h"

namespace pawl::lang {
namespace {

/// The same block, with no behaviour yet.
constexpr BlockSchema unbuilt(BlockSchema block) {
  block.built = false;
  return block;
}

constexpr BlockSchema kBlocks[] = {
    {"stack", Label::Name, true, "the deployment and the version that is wanted", rows::kStack},
    {"compose", Label::Optional, true, "runs on Docker Compose or podman-compose", rows::kCompose},
    unbuilt({"helm", Label::Optional, true, "runs on Kubernetes, installed by Helm", rows::kHelm}),
    unbuilt({"systemd", Label::Optional, true, "runs as systemd units", rows::kSystemd}),
    {"local", Label::Optional, true, "runs as processes that pawl starts and stops itself", rows::kLocal},
    unbuilt({"plugin", Label::Name, false, "runs on an engine that the program `pawl-provider-NAME` knows",
             rows::kPlugin}),
    {"host", Label::Name, false, "a machine reached over SSH", rows::kHost},
    unbuilt({"source", Label::Name, false, "a tree that must be in place before images are pulled or built",
             rows::kSource}),
    {"service", Label::Name, false, "one service of the deployment", rows::kService},
    {"database", Label::Name, false, "a database, its ledger of migrations and how it is migrated",
     rows::kDatabase},
    {"files", Label::Name, false, "files or volumes that belong to a backup", rows::kFiles},
    {"backup", Label::None, true, "what goes into a bundle, and where it is kept", rows::kBackup},
    {"restore", Label::None, true, "what guards a restore", rows::kRestore},
    {"release", Label::Version, false, "what the notes of a release say, for machines", rows::kRelease,
     "env"},
    {"on", Label::Scope, false, "the policy for one class of hop, or for a range of target versions",
     rows::kOn},
    {"gate", Label::Name, false, "must hold before anything changes", rows::kGate},
    {"check", Label::Name, false, "must hold when the upgrade is done", rows::kCheck},
    {"step", Label::Name, false, "an action of your own, at a place of your choice", rows::kStep},
    unbuilt({"window", Label::None, false, "when changes may start", rows::kWindow}),
    {"downtime", Label::None, true, "what \"available\" means, and how long it may be away", rows::kDowntime},
    {"notify", Label::Name, false, "tells people or programs what happens", rows::kNotify},
    {"state", Label::None, true, "where runs are recorded", rows::kState},
    {"variable", Label::Name, false, "an input", rows::kVariable},
};

constexpr std::string_view kLaterBlocks[] = {"bracket"};

template <std::size_t N>
constexpr std::span<const std::string_view> words(const std::array<std::string_view, N>& list) {
  return list;
}

constexpr std::array<std::string_view, 5> kAction{"command", "exec", "run", "shell", "manual"};
constexpr std::array<std::string_view, 7> kProbe{"http", "tcp", "log", "exec", "command", "shell", "healthy"};
constexpr std::array<std::string_view, 8> kCheckRun{"http",    "tcp",   "log",     "exec",
                                                    "command", "shell", "healthy", "manual"};
constexpr std::array<std::string_view, 6> kGateRun{"http", "tcp", "exec", "command", "run", "shell"};
constexpr std::array<std::string_view, 4> kReload{"exec", "command", "shell", "signal"};
constexpr std::array<std::string_view, 5> kPin{"env", "image_tag", "symlink", "apt", "chart"};
constexpr std::array<std::string_view, 2> kLedger{"table", "exec"};
constexpr std::array<std::string_view, 2> kStore{"sqlite", "postgres"};
constexpr std::array<std::string_view, 1> kVersions{"list"};

struct Family {
  std::string_view name;
  std::span<const std::string_view> members;
};
constexpr Family kFamilies[] = {
    {"action", kAction}, {"probe", kProbe},   {"check", kCheckRun},
    {"gate", kGateRun},  {"reload", kReload}, {"pin", kPin},
    {"ledger", kLedger}, {"store", kStore},   {"versions", kVersions},
};

}  // namespace

std::span<const BlockSchema> block_schemas() {
  return kBlocks;
}

const BlockSchema* find_block(std::string_view keyword) {
  const auto* at = std::find_if(std::begin(kBlocks), std::end(kBlocks),
                                [&](const BlockSchema& block) { return block.keyword == keyword; });
  return at == std::end(kBlocks) ? nullptr : at;
}

std::span<const std::string_view> deployment_kinds() {
  return rows::kDeployments;
}

bool is_later_block(std::string_view keyword) {
  return std::find(std::begin(kLaterBlocks), std::end(kLaterBlocks), keyword) != std::end(kLaterBlocks);
}

bool is_top_level_keyword(std::string_view word) {
  return word == "include" || find_block(word) || is_later_block(word);
}

std::span<const std::string_view> family(std::string_view name) {
  for (const Family& one : kFamilies) {
    if (one.name == name) return one.members;
  }
  return {};
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::Flag:
      return "true or false";
    case Type::Number:
      return "a whole number";
    case Type::Elapsed:
      return "a duration";
    case Type::Size:
      return "a size";
    case Type::Name:
    case Type::Text:
    case Type::Shown:
      return "a string";
    case Type::Path:
      return "a path";
    case Type::Texts:
    case Type::Shown_list:
      return "a list of strings";
    case Type::Paths:
      return "a list of paths";
    case Type::Table:
      return "an object of strings";
    case Type::Codes:
      return "an object of exit codes";
    case Type::Word:
      return "a word";
    case Type::Words:
      return "a list of words";
    case Type::Version:
      return "a version";
    case Type::Range:
      return "a range of versions";
    case Type::Ref:
      return "a reference";
    case Type::Refs:
      return "a list of references";
    case Type::Call:
      return "a call";
    case Type::Special:
    case Type::Later:
      return "a value";
  }
  return "a value";
}

}  // namespace pawl::lang
