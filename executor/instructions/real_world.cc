// The real world: picks the interpreter and gives it what it needs.
#include <filesystem>

#include "executor/instructions/fill.h"
#include "executor/instructions/interpreters.h"
#include "executor/instructions/leftovers.h"

namespace pawl::executor {
namespace {

class RealWorld final : public World {
 public:
  explicit RealWorld(WorldSettings settings) : settings_(std::move(settings)) {
    if (settings_.run_dir.empty()) settings_.run_dir = ".pawl/runs";
  }

  planner::Answer ask(const planner::Query& query, std::stop_token stop) override {
    const Context context{settings_, {}, std::move(stop), std::nullopt, "", ""};
    planner::Answer answer = executor::ask(context, query);
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
    const planner::Instruction instruction = fill(operation.instruction, bindings);
    Outcome outcome = std::visit([&](const auto& it) { return executor::perform(context, it); }, instruction);
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

planner::Answer ask(const Context& context, const planner::Query& query) {
  return std::visit([&](const auto& it) { return executor::ask(context, it); }, query);
}

std::unique_ptr<World> make_world(WorldSettings settings) {
  return std::make_unique<RealWorld>(std::move(settings));
}

}  // namespace pawl::executor
