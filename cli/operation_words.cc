#include "cli/operation_words.h"

#include <algorithm>

#include "executor/instructions/short_name.h"
#include "planner/plan/render.h"

namespace pawl::cli {
namespace {

/// "objects", "objects and uploads", "4 paths".
std::string names(const std::vector<std::string>& paths) {
  if (paths.size() == 1) return paths[0];
  if (paths.size() == 2) return paths[0] + " and " + paths[1];
  return std::to_string(paths.size()) + " paths";
}

struct Words {
  std::string operator()(const planner::Await& it) const {
    const std::string& means = it.condition.means;
    return "waiting until " + (means.empty() ? "`" + planner::render(it.condition) + "` says yes" : means);
  }
  std::string operator()(const planner::LogWatch& it) const {
    return "waiting until the log says `" + it.until + "`";
  }
  std::string operator()(const planner::Wait& it) const {
    return "waiting " + planner::render_duration(it.duration) + (it.reason.empty() ? "" : ": " + it.reason);
  }
  std::string operator()(const planner::Ask& it) const { return "waiting for an answer to: " + it.prompt; }
  std::string operator()(const planner::Command& it) const {
    return "running " + executor::short_name(it.process) +
           (it.stdout_file.empty() ? "" : ", which writes " + it.stdout_file);
  }
  std::string operator()(const planner::Archive& it) const { return "packing " + names(it.paths); }
  std::string operator()(const planner::Unarchive& it) const { return "unpacking " + it.from; }
  std::string operator()(const planner::SealBundle&) const {
    return "reading the backup once more for its checksums";
  }
  std::string operator()(const planner::CompareCensus& it) const { return "counting " + it.what; }
  template <class Other>
  std::string operator()(const Other& it) const {
    return planner::render(planner::Instruction(it));
  }
};

}  // namespace

std::string doing(const planner::Operation& operation) {
  return std::visit(Words{}, operation.instruction) + (operation.host.empty() ? "" : " on " + operation.host);
}

planner::Duration time_limit(const planner::Operation& operation) {
  planner::Duration own = operation.timeout;
  const auto at_most = [&](planner::Duration within) {
    if (within > planner::Duration(0)) own = own > planner::Duration(0) ? std::min(own, within) : within;
  };
  // While there is progress a wait goes on, so its `within` is no limit.
  if (const auto* await = std::get_if<planner::Await>(&operation.instruction); await && !await->progress)
    at_most(await->within);
  if (const auto* log = std::get_if<planner::LogWatch>(&operation.instruction)) at_most(log->within);
  return own;
}

}  // namespace pawl::cli
