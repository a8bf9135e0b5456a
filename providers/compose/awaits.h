// Waiting for containers, as one question to the engine that costs a few milliseconds.
#pragma once

#include <string>
#include <vector>

#include "providers/compose/engine.h"

namespace pawl::providers::compose {

/// What containers of one service should look like.
struct Wanted {
  std::string service;  // as the engine calls it
  std::string image;    // empty: any
  int count = 1;
  bool checks_health = false;  // the files have a health check; an image may bring one all the same
  bool one_shot = false;       // done when it has exited with 0
  std::string first_name;      // container_name of the file; empty: the program's own
  planner::Duration held{0};   // how long each must have run; 0: as long as it takes to tell
  bool fresh = false;          // the plan has started all of them: none may have been started again since
};

/// All containers run the wanted image and are healthy. Hopeless as soon as one has exited or is being
/// restarted.
std::vector<planner::Operation> await_all(const Engine& engine, const Wanted& wanted,
                                          planner::Duration within);

/// `count` containers run and are healthy, at least `moved` of them with the wanted image.
std::vector<planner::Operation> await_new(const Engine& engine, const Wanted& wanted, int moved);

}  // namespace pawl::providers::compose
