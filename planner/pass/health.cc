// Nothing is changed on a deployment that was not healthy when we looked.
#include <algorithm>

#include "planner/bundle/backup.h"
#include "planner/pass/changes.h"

namespace pawl::planner {
namespace {

std::string with_detail(std::string what, const std::string& detail) {
  return detail.empty() ? what + "." : what + ": " + detail + ".";
}

/// Why a service is not healthy, or "".
std::string complaint(const lang::Service& service, const ServiceChange& change, const ServiceState* state) {
  if (runs_once(service) || change.kind == ServiceChange::Kind::Appears) return "";
  if (!state) return "Nothing is known about service " + service.name + ".";
  for (const Instance& instance : state->instances) {
    if (instance.health == Health::Healthy || instance.health == Health::Unknown) continue;
    const std::string who =
        instance.label.empty() ? service.name + " " + std::to_string(instance.number) : instance.label;
    return with_detail(
        "Service " + service.name + " is not healthy: " + who + " is " + std::string(name(instance.health)),
        instance.detail);
  }
  const int there = static_cast<int>(state->instances.size());
  if (there > 0 && there < change.replicas && change.drifts_only()) return "";  // the plan starts the others
  if (there < state->expected) {
    return with_detail("Service " + service.name + " has " + std::to_string(there) + " of " +
                           std::to_string(state->expected) + " instances",
                       state->detail);
  }
  if (state->health == Health::Healthy || state->health == Health::Unknown) return "";
  return with_detail("Service " + service.name + " is " + std::string(name(state->health)), state->detail);
}

void complain_about_services(const CompileInput& input, const Changes& changes, const std::string& advice,
                             std::vector<lang::Error>& reasons) {
  for (std::size_t i = 0; i < input.stack->services.size(); ++i) {
    const lang::Service& service = input.stack->services[i];
    const std::string what = complaint(service, changes.services[i], input.snapshot->service(service.name));
    if (!what.empty()) reasons.push_back({what, advice + service.name + ", then plan again."});
  }
}

/// A database that may change in form must be one whose backup can be put back.
void complain_about_databases(const CompileInput& input, const Changes& changes, const PolicyDecision& policy,
                              std::vector<lang::Error>& reasons) {
  if (!policy.backup || !input.stack->backup) return;
  for (const auto& item : input.stack->backup->of) {
    const auto* id = std::get_if<lang::DatabaseId>(&item);
    if (!id) continue;
    const DatabaseState* state = input.snapshot->database((*input.stack)[*id].name);
    if (!state) continue;
    auto why = cannot_back_up(*state);
    const auto& migrated = changes.migrated;
    if (!why && std::find(migrated.begin(), migrated.end(), *id) != migrated.end())
      why = cannot_restore(*state);
    if (why) reasons.push_back(std::move(*why));
  }
}

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + 999'999) / 1'000'000) + " MB";
}

void complain_about_space(const CompileInput& input, const PolicyDecision& policy,
                          std::vector<lang::Error>& reasons) {
  const std::uint64_t needed = backup_room(input, policy);
  if (needed == 0 || input.snapshot->free_bytes == 0 || input.snapshot->free_bytes >= needed) return;
  const std::string where = input.stack->backup->to.empty() ? "backups" : input.stack->backup->to.shown();
  const char* const what =
      input.stack->backup->drill ? "The backup and its drill may need " : "The backup may need ";
  reasons.push_back({what + megabytes(needed) + " and " + where + " has " +
                         megabytes(input.snapshot->free_bytes) + " of free space.",
                     "Make room there, or name another folder with `to` in the backup block."});
}

}  // namespace

std::uint64_t backup_bytes(const CompileInput& input, const PolicyDecision& policy) {
  if (!policy.backup || !input.stack->backup) return 0;
  std::uint64_t bytes = input.snapshot->files_bytes;
  for (const auto& item : input.stack->backup->of) {
    const auto* id = std::get_if<lang::DatabaseId>(&item);
    if (!id) continue;
    if (const DatabaseState* state = input.snapshot->database((*input.stack)[*id].name))
      bytes += state->bytes;
  }
  return bytes;
}

std::uint64_t backup_room(const CompileInput& input, const PolicyDecision& policy) {
  const bool drill = input.stack->backup && input.stack->backup->drill;
  return (drill ? 2 : 1) * backup_bytes(input, policy);
}

Pass<void> require_health_to_stay(const CompileInput& input, const Changes& changes) {
  Refusal refusal;
  complain_about_services(
      input, changes,
      "Every service is in the wanted version already, so there is nothing to upgrade. Repair ",
      refusal.reasons);
  if (refusal.reasons.empty()) return {};
  return tl::unexpected(std::move(refusal));
}

Pass<void> require_health(const CompileInput& input, const Changes& changes, const PolicyDecision& policy) {
  Refusal refusal;
  complain_about_services(input, changes, "An upgrade starts from a healthy deployment. Repair ",
                          refusal.reasons);
  complain_about_databases(input, changes, policy, refusal.reasons);
  complain_about_space(input, policy, refusal.reasons);
  if (refusal.reasons.empty()) return {};
  return tl::unexpected(std::move(refusal));
}

}  // namespace pawl::planner
