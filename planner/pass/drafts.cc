#include "planner/pass/drafts.h"

#include <algorithm>

#include "planner/pass/data_use.h"

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

void Drafts::fetch(const std::map<std::string, std::string>& ran) {
  for (std::uint32_t d = 0; d < stack_.deployments.size(); ++d) {
    FetchImages task{lang::DeploymentId{d}, {}, ran};
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

Draft* Drafts::pin(std::string why) {
  if (changes_.pins.operations.empty()) return nullptr;
  const lang::Deployment* pinned = nullptr;
  for (const lang::Deployment& deployment : stack_.deployments) {
    if (deployment.pin && !pinned) pinned = &deployment;
  }
  Draft& draft = add(StepKind::Pin, WritePins{}, Rank::Pin, 0, target_.to, std::move(why),
                     pinned ? pinned->pin->span : stack_.span);
  draft.step.effects.writes_pin = true;
  return &draft;
}

Draft& Drafts::stop(lang::ServiceId id, Rank rank, Place place, int instances, std::string why) {
  const lang::Service& service = stack_[id];
  Draft& draft = add(StepKind::Stop, StopIt{id}, rank, place, service.name, std::move(why), service.span);
  draft.step.effects.services = {{.service = service.name, .down = instances, .stops = true}};
  return draft;
}

Draft& Drafts::remove(lang::ServiceId id, Rank rank, std::string why) {
  Draft& draft = stop(id, rank, static_cast<int>(id.value), change(id).running, std::move(why));
  draft.task = RemoveIt{id};
  return draft;
}

Draft& Drafts::start(lang::ServiceId id, std::string why) {
  const lang::Service& service = stack_[id];
  Draft& draft = add(StepKind::Start, StartIt{id}, rank_of(service.role), static_cast<int>(id.value),
                     service.name, std::move(why), service.span);
  draft.step.effects.services = {
      {.service = service.name, .moves = change(id).moves(), .starts = true, .rewrites = rewrites(id)}};
  return draft;
}

/// A server that keeps data and comes back in another image than it runs.
bool Drafts::rewrites(lang::ServiceId id) const {
  const ServiceChange& what = change(id);
  return what.set_aside.empty() && what.starts_other_server(keeps_data(stack_, stack_[id]));
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
    draft.step.effects.services = {
        {.service = service.name, .down = 1, .moves = true, .rewrites = rewrites(id)}};
  }
  return numbers.empty() ? nullptr : &drafts_[first];
}

namespace {

constexpr std::size_t kNamed = 3;  // so many services are named, more are counted

/// By their roles; what the manifest wants after others comes after them.
std::vector<lang::ServiceId> in_start_order(const lang::Stack& stack, std::vector<lang::ServiceId> services) {
  std::stable_sort(services.begin(), services.end(), [&](lang::ServiceId a, lang::ServiceId b) {
    return rank_of(stack[a].role) < rank_of(stack[b].role);
  });
  const auto waits_for = [&](lang::ServiceId late, lang::ServiceId early) {
    const auto& after = stack[late].after;
    const auto& before = stack[early].before;
    return std::find(after.begin(), after.end(), early) != after.end() ||
           std::find(before.begin(), before.end(), late) != before.end();
  };
  std::vector<lang::ServiceId> out;
  while (!services.empty()) {
    const auto next = std::find_if(services.begin(), services.end(), [&](lang::ServiceId each) {
      return std::none_of(services.begin(), services.end(),
                          [&](lang::ServiceId other) { return other != each && waits_for(each, other); });
    });
    const auto taken = next == services.end() ? services.begin() : next;
    out.push_back(*taken);
    services.erase(taken);
  }
  return out;
}

}  // namespace

Draft& Drafts::together(lang::DeploymentId deployment, std::vector<lang::ServiceId> services,
                        std::string why) {
  services = in_start_order(stack_, std::move(services));
  Effects effects;
  std::string subject;
  for (const lang::ServiceId id : services) {
    const bool stopped = std::any_of(drafts_.begin(), drafts_.end(), [&](const Draft& draft) {
      const ServiceEffect* effect = draft.step.effects.on(stack_[id].name);
      return effect && effect->stops;
    });
    const int running = stopped ? 0 : change(id).running;
    effects.services.push_back({.service = stack_[id].name,
                                .down = running,
                                .moves = change(id).moves(),
                                .starts = running == 0,
                                .rewrites = rewrites(id)});
    subject += (subject.empty() ? "" : " ") + stack_[id].name;
  }
  if (services.size() > kNamed) subject = std::to_string(services.size()) + " services";
  const Rank rank = rank_of(stack_[services.front()].role);
  Draft& draft = add(StepKind::Replace, MoveTogether{deployment, services}, rank, Place::Turn::First,
                     std::move(subject), std::move(why), stack_[deployment].span);
  draft.step.effects = std::move(effects);
  return draft;
}

Draft& Drafts::reload(lang::ServiceId id) {
  const lang::Service& service = stack_[id];
  return add(StepKind::Reload, ReloadIt{id}, Rank::Reload, static_cast<int>(id.value), service.name,
             "Services behind it have moved.", service.span);
}

void Drafts::reloads() {
  for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
    const lang::Service& service = stack_.services[i];
    const bool stays = changes_.services[i].kind == ServiceChange::Kind::Stays;
    if (stays && can_reload(service) && service.role != lang::Role::Scheduler && !is_stopped(service.name))
      reload(lang::ServiceId{i});
  }
}

Draft& Drafts::smoke(std::string why) {
  return add(StepKind::Smoke, SmokeServices{}, Rank::Smoke, 0, "every service", std::move(why), stack_.span);
}

Draft& Drafts::last_look() {
  return add(StepKind::Smoke, SmokeServices{}, Rank::LastLook, 0, "every service again",
             "What came after the first look may have changed something, or taken its time.", stack_.span);
}

bool Drafts::is_stopped(const std::string& service) const {
  const ServiceState* state = input_.snapshot->service(service);
  return state && state->running() == 0;
}

bool can_reload(const lang::Service& service) {
  return service.reload || service.reload_signal;
}

Place stop_place(lang::Role role) {
  if (role == lang::Role::Scheduler) return Place::Turn::First;
  return -static_cast<int>(rank_of(role));
}

}  // namespace pawl::planner
