// Stack + Snapshot + target → Plan, as a list of passes. Deterministic: same inputs, same bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lang/load.h"
#include "planner/plan.h"
#include "planner/provider.h"

namespace pawl::planner {

/// Asks everything a Snapshot needs: the providers' questions, the manifest's health probes, ledgers, pins,
/// space. Pure: it says what to ask and reads what came back; the caller asks.
///
///     Answers answers;
///     for (auto round = next_queries(stack, providers, answers); !round.empty(); round = next_queries(…))
///       for (query : round) answers.add(query, runner.ask(query));
///     auto snapshot = read_snapshot(stack, providers, answers);
struct Questions {
  std::vector<Query> configuration;  // files: from the working tree or a revision
  std::vector<Query> world;          // the engine, probes, databases, disk
  bool empty() const { return configuration.empty() && world.empty(); }
};
Questions next_questions(const lang::Stack& stack, const Providers& providers, const Answers& answers,
                         bool configuration_only);
Result<Snapshot> observe(const lang::Stack& stack, const Providers& providers, const Answers& answers);

struct CompileInput {
  const lang::Sources* sources = nullptr;
  const lang::Stack* stack = nullptr;
  const Providers* providers = nullptr;
  const Answers* answers = nullptr;  // configuration files at least
  const Snapshot* snapshot = nullptr;
  std::optional<std::string> to;  // --to
  Provenance provenance;
  /// Durations of earlier runs by "kind subject", in milliseconds; may be empty.
  std::map<std::string, Duration> history;
};

/// Why there is no plan.
struct Refusal {
  enum class Kind {
    Manifest,  // the manifest asks for what cannot be (exit 4); see diagnostics
    World,     // unhealthy, policy, downgrade, missing image (exit 3)
  };
  Kind kind = Kind::World;
  std::vector<lang::Error> reasons;  // at least one unless diagnostics has errors
  lang::Diagnostics diagnostics;
};

/// A plan (perhaps empty: nothing to do) or why there is none.
tl::expected<Plan, Refusal> compile(const CompileInput& input);

/// What an upgrade that has run did, as far as the way back depends on it: its plan, and from its records
/// which steps had begun. cli makes it; this folder knows no records.
struct PastRun {
  enum class Step : std::uint8_t { NotBegun, Begun, Finished };
  std::int64_t number = 0;  // of the run
  const Plan* plan = nullptr;
  std::string stamp;        // what `{run}` stood for: "20261121-143005", in UTC
  std::vector<Step> steps;  // by StepId
};

/// The way back from where the deployment is now (`input.snapshot`) to the version the run started from, as a
/// plan of purpose Rollback. `lossy_down`: a `down` action may be used although it loses data. Refuses when
/// there is no way back, and says what there is instead. `input.to` is ignored.
tl::expected<Plan, Refusal> compile_rollback(const CompileInput& input, const PastRun& past, bool lossy_down);

}  // namespace pawl::planner
