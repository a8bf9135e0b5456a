// Steps laid out on tracks: the steps of one track follow each other, whatever runs beside them. A set of
// steps in which nothing is finished before what it needs is then one number per track: how far it has come.
// pawl's own steps are nearly always on one track, so a plan has about as many such sets as steps.
#pragma once

#include <cstdint>
#include <vector>

#include "planner/plan/step.h"

namespace pawl::planner {

/// Which steps matter; the others are seen through: what waits for them waits for what they need.
class Tracks {
 public:
  /// More tracks than this are not laid: too_wide() says so, and steps beyond are on none.
  static constexpr std::size_t kMost = 16;

  Tracks(const std::vector<Step>& steps, const std::vector<bool>& matters);

  std::size_t count() const { return tracks_.size(); }
  const std::vector<std::uint32_t>& operator[](std::size_t track) const { return tracks_[track]; }
  bool too_wide() const { return too_wide_; }
  /// Whether the step is on a track, and where.
  bool stands(std::uint32_t step) const { return track_[step] < kMost; }
  std::size_t track_of(std::uint32_t step) const { return track_[step]; }
  std::uint32_t place_of(std::uint32_t step) const { return place_[step]; }

  /// How many steps of `track` are finished at least when `step` starts.
  std::uint32_t before(std::uint32_t step, std::size_t track) const { return before_[step * kMost + track]; }
  /// How many steps of `track` have begun at most while `step` runs, itself included: all that do not wait
  /// for it.
  std::uint32_t beside(std::uint32_t step, std::size_t track) const { return beside_[step * kMost + track]; }

 private:
  void lay(const std::vector<Step>& steps, const std::vector<bool>& matters);
  void look_ahead(const std::vector<Step>& steps);
  /// The first track that ends in a step this one waits for.
  std::size_t track_for(std::uint32_t step) const;

  std::vector<std::vector<std::uint32_t>> tracks_;
  std::vector<std::uint8_t> track_;
  std::vector<std::uint32_t> place_, before_, beside_;
  bool too_wide_ = false;
};

}  // namespace pawl::planner
