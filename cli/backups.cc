#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/bundles.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/patience.h"
#include "planner/bundle/backup.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

using Json = nlohmann::ordered_json;

BundleInfo inspect(const lang::Stack& stack, executor::World& world, const std::string& name, bool deep) {
  const std::string folder = planner::bundle_folder(stack) + "/" + name;
  const planner::Answer answer = ask_patiently(world, planner::InspectBundle{folder, *stack.name, {}, deep});
  BundleInfo info;
  info.name = name;
  info.whole = answer.ok;
  info.why = answer.error.starts_with(folder + ": ") ? answer.error.substr(folder.size() + 2) : answer.error;
  const Json json = Json::parse(answer.output, nullptr, false);
  if (!json.is_object()) return info;
  info.version = json.value("version", "");
  info.taken_at = json.value("taken_at", "");
  info.drilled_at = json.value("drilled_at", "");
  info.warnings = json.value("warnings", "");
  info.bytes = json.value("bytes", std::uint64_t{0});
  info.actions = json.value("actions", std::vector<std::string>());
  return info;
}

/// "2026-11-21 14:03:07 +01:00"; what is not a time stays as it is.
std::string when(const std::string& rfc3339) {
  std::tm time{};
  const char* end = ::strptime(rfc3339.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  return end && *end == '\0' ? local_time(static_cast<std::int64_t>(::timegm(&time)) * 1000) : rfc3339;
}

std::string state_of(const BundleInfo& bundle) {
  if (!bundle.whole) return "not intact: " + bundle.why;
  std::string drilled = "intact, never drilled";
  if (!bundle.drilled_at.empty()) {
    drilled = "intact, drilled " + when(bundle.drilled_at);
    for (const std::string& action : bundle.actions)
      drilled += (&action == &bundle.actions.front() ? ", except what " : " and ") + action;
    if (!bundle.actions.empty()) drilled += " saved";
  }
  return bundle.warnings.empty() ? drilled : drilled + "; its dump warned: " + bundle.warnings;
}

void print(const Common& common, const std::vector<BundleInfo>& bundles, const std::string& folder) {
  if (common.json) {
    Json all = Json::array();
    for (const BundleInfo& each : bundles) {
      all.push_back({{"name", each.name},
                     {"version", each.version},
                     {"taken_at", each.taken_at},
                     {"bytes", each.bytes},
                     {"whole", each.whole},
                     {"why", each.why},
                     {"warnings", each.warnings},
                     {"drilled_at", each.drilled_at},
                     {"actions", each.actions}});
    }
    std::cout << all.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    return;
  }
  if (bundles.empty()) std::cout << "There is no bundle in " << folder << ".\n";
  for (const BundleInfo& each : bundles) {
    std::cout << fmt::format(
        "{:<40} {:<10} {:<27} {:>9}  {}\n", each.name, each.version.empty() ? "-" : each.version,
        each.taken_at.empty() ? "-" : when(each.taken_at), planner::render_size(each.bytes), state_of(each));
  }
}

}  // namespace

std::optional<Exit> refuse_damaged(const Common& common, const std::string& bundle) {
  const lang::DiskReader files(".");
  const auto workspace = open_workspace(common, files);
  if (!workspace) return Exit::Usage;
  const lang::Stack& stack = workspace->stack();
  const Outside outside = open_outside(*workspace, hosts_of(stack), {});
  const std::string folder = planner::bundle_folder(stack) + "/" + bundle_name(stack, bundle);
  const planner::Answer answer =
      ask_patiently(*outside.world, planner::InspectBundle{folder, *stack.name, {}, true});
  if (answer.ok) return std::nullopt;
  print_refusal(common, {{"This bundle cannot be restored: " + answer.error + ".",
                          "Nothing was changed. See what there is: pawl backups"}});
  return Exit::Refused;
}

std::vector<BundleInfo> list_bundles(const lang::Stack& stack, executor::World& world, bool deep) {
  const planner::Answer names = world.ask(planner::ListFolder{planner::bundle_folder(stack)}, {});
  std::vector<BundleInfo> bundles;
  std::string_view rest = names.output;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!name.ends_with('/') || !name.starts_with(*stack.name + "-")) continue;
    name.remove_suffix(1);
    bundles.push_back(inspect(stack, world, std::string(name), deep));
  }
  std::stable_sort(bundles.begin(), bundles.end(),
                   [](const BundleInfo& a, const BundleInfo& b) { return a.taken_at > b.taken_at; });
  return bundles;
}

std::string bundle_name(const lang::Stack& stack, std::string text) {
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  if (text.starts_with("./")) text.erase(0, 2);
  const std::string folder = planner::bundle_folder(stack) + "/";
  return text.starts_with(folder) ? text.substr(folder.size()) : text;
}

Exit run(const Common& common, const BackupsArguments& arguments) {
  const lang::DiskReader files(".");
  const auto workspace = open_workspace(common, files, lang::Unbuilt::Accept);
  if (!workspace) return Exit::Usage;
  const Outside outside = open_outside(*workspace, hosts_of(workspace->stack()), {});
  const lang::Stack& stack = workspace->stack();
  print(common, list_bundles(stack, *outside.world, arguments.verify), planner::bundle_folder(stack));
  return Exit::Done;
}

}  // namespace pawl::cli
