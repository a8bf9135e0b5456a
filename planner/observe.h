// What to ask the world, and what its answers say.
#pragma once

#include <vector>

#include "planner/engine/provider.h"

namespace pawl::planner {

/// Asks everything a Snapshot needs: the providers' questions, the manifest's health probes, ledgers, pins,
/// space. Pure: it says what to ask and reads what came back; the caller asks.
///
///     Answers answers;
///     for (auto round = next_questions(stack, providers, answers, false); !round.empty(); round = …)
///       for (question : round.configuration, then round.world) answers.add(question, world.ask(question));
///     auto snapshot = observe(stack, providers, answers);
/// Questions come in rounds, and this is more than any deployment needs (a chain of 64 includes has one
/// each): whoever still asks then would ask for ever.
inline constexpr int kMostRounds = 200;

struct Questions {
  std::vector<Question> configuration;  // files: from the working tree or a revision
  std::vector<Question> world;          // the engine, probes, databases, disk
  bool empty() const { return configuration.empty() && world.empty(); }
};
Questions next_questions(const lang::Stack& stack, const Providers& providers, const Answers& answers,
                         bool configuration_only);
Result<Snapshot> observe(const lang::Stack& stack, const Providers& providers, const Answers& answers);

}  // namespace pawl::planner
