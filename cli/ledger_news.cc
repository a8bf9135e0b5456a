#include "cli/ledger_news.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "planner/scene/ledgers.h"

namespace pawl::cli {
namespace {

constexpr std::size_t kShown = 5;

using Entries = std::vector<std::string>;

/// Those of `all` that `others` does not have.
Entries without(const Entries& all, const Entries& others) {
  Entries out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out), [&](const std::string& one) {
    return std::find(others.begin(), others.end(), one) == others.end();
  });
  return out;
}

std::string moved(const std::string& database, const Entries& entries, const char* how) {
  if (entries.empty()) return {};
  std::string names;
  for (std::size_t i = 0; i < std::min(entries.size(), kShown); ++i)
    names += (i == 0 ? "" : ", ") + entries[i];
  if (entries.size() > kShown) names += fmt::format(" and {} more", entries.size() - kShown);
  const bool one = entries.size() == 1;
  return fmt::format("{} migration{} of {} {} {}: {}\n", entries.size(), one ? "" : "s", database,
                     one ? "was" : "were", how, names);
}

}  // namespace

std::vector<LedgerNews> ledger_news(const Workspace& workspace, executor::World& world,
                                    const planner::Plan& plan) {
  using planner::Purpose;
  const bool may_move = plan.purpose == Purpose::Upgrade || plan.purpose == Purpose::Rollback ||
                        plan.purpose == Purpose::Restore;
  if (!may_move) return {};
  std::vector<LedgerNews> news;
  const Looked files = look(workspace, nullptr);
  const planner::Scene scene{workspace.stack(), workspace.providers, files.answers, plan.snapshot, nullptr};
  for (const planner::DatabaseState& before : plan.snapshot.databases) {
    const auto& databases = workspace.stack().databases;
    const auto database = std::find_if(databases.begin(), databases.end(),
                                       [&](const auto& one) { return one.name == before.database; });
    if (!before.reachable || database == databases.end()) continue;
    const auto question = planner::ledger_question(*database, scene);
    if (!question) continue;
    const planner::Answer answer = world.ask(*question, {});
    planner::DatabaseState now;
    const auto read = workspace.providers.database(database->engine)->read(*database, &answer, nullptr, now);
    if (!read || !now.reachable) continue;
    news.push_back(
        {before.database, without(now.applied, before.applied), without(before.applied, now.applied)});
  }
  return news;
}

std::string render(const std::vector<LedgerNews>& news, bool all) {
  std::string text;
  for (const LedgerNews& each : news) {
    const bool still = each.added.empty() && each.gone.empty();
    if (still && all) text += fmt::format("The ledger of {} has not moved.\n", each.database);
    text += moved(each.database, each.added, "applied") + moved(each.database, each.gone, "taken back");
  }
  return text;
}

std::string json_lines(const std::vector<LedgerNews>& news, executor::RunId run) {
  std::string text;
  for (const LedgerNews& each : news) {
    const nlohmann::ordered_json line{{"run", run},
                                      {"kind", "ledger"},
                                      {"database", each.database},
                                      {"applied", each.added},
                                      {"taken_back", each.gone}};
    text += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace pawl::cli
