#include "planner/pass/draft.h"

namespace pawl::planner {

Rank rank_of(lang::Role role) {
  switch (role) {
    case lang::Role::Datastore:
      return Rank::Datastore;
    case lang::Role::Migrator:
      return Rank::Migrate;
    case lang::Role::Api:
      return Rank::Api;
    case lang::Role::Worker:
      return Rank::Worker;
    case lang::Role::Scheduler:
      return Rank::Scheduler;
    case lang::Role::Frontend:
      return Rank::Frontend;
    case lang::Role::Proxy:
      return Rank::Proxy;
    case lang::Role::Job:
    case lang::Role::None:
      return Rank::Service;
  }
  return Rank::Service;
}

std::vector<Step> steps_of(std::vector<Draft> drafts) {
  std::vector<Step> steps;
  steps.reserve(drafts.size());
  for (Draft& draft : drafts) steps.push_back(std::move(draft.step));
  return steps;
}

}  // namespace pawl::planner
