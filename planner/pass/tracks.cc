#include "planner/pass/tracks.h"

#include <algorithm>

namespace pawl::planner {

Tracks::Tracks(const std::vector<Step>& steps, const std::vector<bool>& matters)
    : track_(steps.size(), kMost), place_(steps.size(), 0), before_(steps.size() * kMost, 0) {
  lay(steps, matters);
  look_ahead(steps);
}

void Tracks::lay(const std::vector<Step>& steps, const std::vector<bool>& matters) {
  for (std::uint32_t step = 0; step < steps.size(); ++step) {
    std::uint32_t* own = &before_[step * kMost];
    for (const StepId need : steps[step].needs) {
      for (std::size_t t = 0; t < tracks_.size(); ++t) own[t] = std::max(own[t], before(need.value, t));
      if (stands(need.value)) {
        std::uint32_t& there = own[track_of(need.value)];
        there = std::max(there, place_of(need.value) + 1);
      }
    }
    if (!matters[step]) continue;
    const std::size_t track = track_for(step);
    if (track == kMost) {
      too_wide_ = true;
      continue;
    }
    if (track == tracks_.size()) tracks_.emplace_back();
    track_[step] = static_cast<std::uint8_t>(track);
    place_[step] = static_cast<std::uint32_t>(tracks_[track].size());
    tracks_[track].push_back(step);
  }
}

std::size_t Tracks::track_for(std::uint32_t step) const {
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    if (before(step, t) == tracks_[t].size()) return t;
  }
  return tracks_.size();
}

void Tracks::look_ahead(const std::vector<Step>& steps) {
  beside_.assign(steps.size() * kMost, 0);
  for (std::size_t step = 0; step < steps.size(); ++step) {
    for (std::size_t t = 0; t < tracks_.size(); ++t)
      beside_[step * kMost + t] = static_cast<std::uint32_t>(tracks_[t].size());
  }
  for (auto step = static_cast<std::uint32_t>(steps.size()); step-- > 0;) {
    for (const StepId need : steps[step].needs) {
      std::uint32_t* earlier = &beside_[need.value * kMost];
      for (std::size_t t = 0; t < tracks_.size(); ++t) earlier[t] = std::min(earlier[t], beside(step, t));
      if (stands(step)) earlier[track_of(step)] = std::min(earlier[track_of(step)], place_of(step));
    }
  }
}

}  // namespace pawl::planner
