// demo-up [VERSION]: starts every service of a `local` manifest for the first time; demo-up --down stops
// them.
//
// pawl changes what runs; it does not bring up what never ran. So this little program asks pawl's own parts:
// the local provider says what starting (or stopping) each service means, and the executor's world does it.
// The pid files are therefore exactly those that `pawl apply` writes.
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "examples/demo/arguments.h"
#include "executor/instructions/matching.h"
#include "executor/instructions/real_world.h"
#include "lang/load.h"
#include "planner/observe.h"
#include "planner/plans/compile.h"
#include "providers/providers.h"

extern char** environ;

namespace {

using namespace pawl;

constexpr const char* kUsage =
    "usage: demo-up [VERSION]   start every service in VERSION (default: what the pin says) and wait until "
    "all are healthy\n"
    "       demo-up --down      stop every service\n"
    "Run it in the folder of stack.pawl.\n";
constexpr auto kHealthyWithin = std::chrono::seconds(90);

/// A failure that was not told yet.
[[noreturn]] void give_up(const lang::Error& error) {
  throw std::runtime_error(error.what + ". " + error.fix);
}

std::map<std::string, std::string> variables_of_environment() {
  constexpr std::string_view kPrefix = "PAWL_VAR_";
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view line = *entry;
    const std::size_t equals = line.find('=');
    if (line.starts_with(kPrefix) && equals != std::string_view::npos)
      variables.emplace(line.substr(kPrefix.size(), equals - kPrefix.size()), line.substr(equals + 1));
  }
  return variables;
}

class Starter {
 public:
  Starter() : reader_(".") {
    const auto variables = variables_of_environment();
    lang::LoadOptions options;
    options.environment = variables;
    loaded_ = lang::load(reader_, options);
    if (!loaded_.stack) throw std::runtime_error(lang::render(loaded_.diagnostics, loaded_.sources, false));
    clock_ = executor::make_clock();
    secrets_ = executor::make_secrets(variables);
    executor::WorldSettings settings;
    settings.root = ".";
    settings.clock = clock_.get();
    settings.secrets = secrets_.get();
    world_ = executor::make_world(std::move(settings));
  }

  void start(const std::string& version) {
    carry_out([&](lang::ServiceId id) { return planner::StartService{id, version}; });
  }
  void stop() {
    carry_out([](lang::ServiceId id) { return planner::StopService{id}; });
  }
  /// The services that are not healthy; empty when all are.
  std::string unhealthy() {
    look();
    std::string names;
    for (const planner::ServiceState& state : snapshot_.services)
      if (state.health != planner::Health::Healthy)
        names += (names.empty() ? "" : ", ") + state.service + ": " + state.detail;
    return names;
  }

 private:
  const lang::Stack& stack() const { return *loaded_.stack; }

  void look() {
    answers_ = {};
    for (;;) {
      const auto round = planner::next_questions(stack(), providers_, answers_, false);
      if (round.empty()) break;
      for (const auto& questions : {round.configuration, round.world})
        for (const planner::Question& each : questions) answers_.add(each, world_->ask(each, {}));
    }
    auto snapshot = planner::observe(stack(), providers_, answers_);
    if (!snapshot) give_up(snapshot.error());
    snapshot_ = std::move(*snapshot);
  }

  /// All services at once: those that need another wait for it themselves.
  template <class Action>
  void carry_out(Action action) {
    look();
    std::vector<std::vector<planner::Operation>> services;
    for (std::uint32_t i = 0; i < stack().services.size(); ++i)
      services.push_back(lower(lang::ServiceId{i}, action(lang::ServiceId{i})));
    std::vector<std::string> errors(services.size());
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < services.size(); ++i)
        threads.emplace_back([&, i] { errors[i] = perform(services[i]); });
    }
    for (const std::string& error : errors)
      if (!error.empty()) throw std::runtime_error(error);
  }

  std::vector<planner::Operation> lower(lang::ServiceId id, const planner::EngineAction& action) {
    const auto on = stack()[id].on;
    const planner::Provider* provider = on ? providers_.engine(stack()[*on].kind()) : nullptr;
    if (!provider || provider->kind() != "local")
      throw std::runtime_error("only services of a local block can be started");
    auto operations = provider->lower(action, {stack(), *on, answers_}, snapshot_);
    if (!operations) give_up(operations.error());
    return std::move(operations->operations);
  }

  bool holds(const planner::Condition& condition) {
    return executor::judge(condition, [this](const auto& question) { return world_->ask(question, {}); })
        .holds();
  }

  /// Why it could not be done; empty when it was.
  std::string perform(const std::vector<planner::Operation>& operations) {
    const auto no_bindings = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
    const auto no_progress = [](std::string_view) {};
    for (const planner::Operation& operation : operations) {
      if (operation.done_when && holds(*operation.done_when)) continue;
      const auto outcome = world_->perform(operation, no_bindings, no_progress, {});
      if (!outcome.ok) return outcome.error;
      std::lock_guard lock(output_);
      std::cout << "  " << planner::render(operation.instruction) << std::endl;
    }
    return "";
  }

  lang::DiskReader reader_;
  lang::Loaded loaded_;
  planner::Providers providers_ = providers::all_providers();
  std::unique_ptr<executor::Clock> clock_;
  std::unique_ptr<executor::Secrets> secrets_;
  std::unique_ptr<executor::World> world_;
  planner::Answers answers_;
  planner::Snapshot snapshot_;
  std::mutex output_;
};

int await_health(Starter& starter) {
  const auto until = std::chrono::steady_clock::now() + kHealthyWithin;
  std::string unhealthy;
  while (!(unhealthy = starter.unhealthy()).empty()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("not healthy: " + unhealthy);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return 0;
}

int run(const piprio::Arguments& arguments) {
  Starter starter;
  if (arguments.has("--down")) return starter.stop(), 0;
  starter.start(arguments.rest().empty() ? "" : arguments.rest()[0]);
  return await_health(starter);
}

}  // namespace

int main(int count, char** words) {
  try {
    const piprio::Arguments arguments(count, words, {}, {"--down", "--help"});
    if (arguments.has("--help") || arguments.rest().size() > 1) return std::cerr << kUsage, 2;
    return run(arguments);
  } catch (const std::exception& error) {
    std::cerr << "demo-up: " << error.what() << "\n";
    return 1;
  }
}
