// The real world: picks the interpreter and gives it what it needs.
#include <filesystem>

#include "executor/instructions/fill.h"
#include "executor/instructions/interpreters.h"
#include "executor/instructions/leftovers.h"

namespace pawl::executor {
namespace {

// What can be asked and done on another host: programs, and what is made of programs. The files of an
// instruction are this machine's.
template <class T>
constexpr bool kOnHosts = false;
template <>
constexpr bool kOnHosts<planner::QueryCommand> = true;
template <>
constexpr bool kOnHosts<planner::HttpProbe> = true;  // its curl
template <>
constexpr bool kOnHosts<planner::Command> = true;
template <>
constexpr bool kOnHosts<planner::LogWatch> = true;
template <>
constexpr bool kOnHosts<planner::Await> = true;
template <>
constexpr bool kOnHosts<planner::CompareCensus> = true;

template <class Query>
planner::Answer ask_there(const Context& context, const Query& query) {
  if (!kOnHosts<Query> && !context.host.empty())
    return unanswered("`" + planner::render(planner::Query(query)) +
                      "` cannot be asked on another host, here " + context.host);
  return executor::ask(context, query);
}

template <class Instruction>
Outcome perform_there(const Context& context, const Instruction& it) {
  if (!kOnHosts<Instruction> && !context.host.empty())
    return failed("`" + planner::render(planner::Instruction(it)) +
                  "` cannot be done on another host, here " + context.host);
  return executor::perform(context, it);
}

class RealWorld final : public World {
 public:
  explicit RealWorld(WorldSettings settings) : settings_(std::move(settings)) {
    if (settings_.run_dir.empty()) settings_.run_dir = ".pawl/runs";
  }

  planner::Answer ask(const planner::Question& question, std::stop_token stop) override {
    const Context context{settings_, {}, std::move(stop), std::nullopt, "", ""};
    planner::Answer answer = executor::ask(context, question);
    answer.error = mask(std::move(answer.error));
    return answer;
  }

  Outcome perform(const planner::Operation& operation, const Bindings& bindings,
                  const std::function<void(std::string_view)>& progress, std::stop_token stop) override {
    Context context{settings_, progress, std::move(stop), std::nullopt, "", ""};
    if (operation.timeout > Duration(0)) context.deadline = settings_.clock->steady() + operation.timeout;
    if (bindings) {
      context.run_id = bindings("run.id").value_or("");
      context.operation = mark_of(bindings);
    }
    context.host = operation.host;
    const planner::Instruction instruction = fill(operation.instruction, bindings);
    Outcome outcome = std::visit([&](const auto& it) { return perform_there(context, it); }, instruction);
    outcome.error = mask(std::move(outcome.error));
    return outcome;
  }

  std::optional<std::string> await_leftovers(const Bindings& bindings, std::chrono::milliseconds patience,
                                             const std::function<void(std::string_view)>& progress,
                                             std::stop_token stop) override {
    Context context{settings_, progress,         std::move(stop), settings_.clock->steady() + patience,
                    "",        mark_of(bindings)};
    return executor::await_leftovers(context);
  }

  std::string mask(std::string text) const override {
    return settings_.secrets ? settings_.secrets->mask(std::move(text)) : text;
  }

 private:
  /// Unique on this machine: other stacks count their runs too.
  std::string mark_of(const Bindings& bindings) const {
    const auto operation = bindings("operation");
    std::error_code unknown;
    return operation ? *operation + ":" + std::filesystem::absolute(settings_.root, unknown).string() : "";
  }

  WorldSettings settings_;
};

}  // namespace

planner::Answer ask(const Context& context, const planner::Question& question) {
  Context there = context;
  there.host = question.host;
  return std::visit([&](const auto& it) { return ask_there(there, it); }, question.query);
}

std::unique_ptr<World> make_world(WorldSettings settings) {
  return std::make_unique<RealWorld>(std::move(settings));
}

}  // namespace pawl::executor
