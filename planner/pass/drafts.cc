#include "planner/pass/drafts.h"

namespace pawl::planner {

Draft& Drafts::add(StepKind kind, Task task, Rank rank, Place place, std::string subject, std::string why,
                   lang::Span span) {
  Draft draft;
  draft.step.kind = kind;
  draft.step.subject = std::move(subject);
  draft.step.why = std::move(why);
  draft.step.origin = origin_of(input_, span);
  draft.task = std::move(task);
  draft.rank = rank;
  draft.place = place;
  draft.span = span;
  drafts_.push_back(std::move(draft));
  return drafts_.back();
}

void Drafts::fetch() {
  for (std::uint32_t d = 0; d < stack_.deployments.size(); ++d) {
    FetchImages task{lang::DeploymentId{d}, {}};
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      if (stack_.services[i].on == lang::DeploymentId{d} && changes_.services[i].moves())
        task.services.push_back(lang::ServiceId{i});
    }
    if (task.services.empty()) continue;
    const std::size_t count = task.services.size();
    std::string subject = count == 1 ? stack_[task.services[0]].name : std::to_string(count) + " services";
    add(StepKind::Fetch, std::move(task), Rank::Fetch, static_cast<int>(d), std::move(subject),
        "Nothing is stopped before all that " + target_.to + " needs is here.", stack_.deployments[d].span);
  }
}

void Drafts::pin(std::string why) {
  if (changes_.pins.empty()) return;
  const lang::Deployment* pinned = nullptr;
  for (const lang::Deployment& deployment : stack_.deployments) {
    if (deployment.pin && !pinned) pinned = &deployment;
  }
  Draft& draft = add(StepKind::Pin, WritePin{}, Rank::Pin, 0, target_.to, std::move(why),
                     pinned ? pinned->pin->span : stack_.span);
  draft.step.effects.writes_pin = true;
}

Draft& Drafts::stop(lang::ServiceId id, Rank rank, Place place, int instances, std::string why) {
  const lang::Service& service = stack_[id];
  Draft& draft = add(StepKind::Stop, StopIt{id}, rank, place, service.name, std::move(why), service.span);
  draft.step.effects.takes_down = draft.step.effects.stops = service.name;
  draft.step.effects.instances_down = instances;
  return draft;
}

Draft& Drafts::remove(lang::ServiceId id, Rank rank, std::string why) {
  Draft& draft = stop(id, rank, static_cast<int>(id.value), change(id).running, std::move(why));
  draft.task = RemoveIt{id};
  return draft;
}

Draft* Drafts::replace(lang::ServiceId id, const std::string& why) {
  const lang::Service& service = stack_[id];
  const ServiceChange& what = change(id);
  const bool single = what.replicas <= 1 && what.running <= 1;
  const int of = single ? 1 : what.replicas;
  std::vector<int> numbers;
  for (const int number : what.pending) {
    if (single || number <= what.running) numbers.push_back(number);
  }
  const std::size_t first = drafts_.size();
  for (const int number : numbers) {
    std::string who =
        single ? service.name : service.name + " " + std::to_string(number) + " of " + std::to_string(of);
    Draft& draft = add(StepKind::Replace, ReplaceIt{id, number, of, number == numbers.back()},
                       rank_of(service.role), static_cast<int>(id.value), std::move(who), why, service.span);
    draft.step.effects.takes_down = draft.step.effects.moves = service.name;
    draft.step.effects.instances_down = 1;
  }
  return numbers.empty() ? nullptr : &drafts_[first];
}

Place stop_place(lang::Role role) {
  if (role == lang::Role::Scheduler) return Place::Turn::First;
  return -static_cast<int>(rank_of(role));
}

}  // namespace pawl::planner
