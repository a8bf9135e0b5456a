// `pawl complete`: the words that may come next, for the shells' completion. Reads the manifest, plan files,
// the state store and the backup folder, asks no engine, starts nothing, and is silent about whatever goes
// wrong.
//
// Prints lines of `WORD` or `WORD<TAB>WHAT IT IS`. A line `:files` or `:folders` asks the shell to complete
// names of those.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>

#include "cli/command_words.h"
#include "cli/commands.h"
#include "cli/run_report.h"
#include "cli/state.h"
#include "cli/workspace.h"
#include "executor/run.h"
#include "planner/bundle/backup.h"
#include "planner/file/plan_file.h"

namespace pawl::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPlanBytes = 64u << 20;
constexpr int kRuns = 50;

class Completer {
 public:
  explicit Completer(const Typed& typed) : typed_(typed) {}

  std::vector<Candidate> candidates() {
    for (const Candidate& each : typed_.fixed) add(each.word, each.help);
    std::string_view rest = typed_.type;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('|'), rest.size());
      add_kind(std::string(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::move(out_);
  }

 private:
  void add(const std::string& word, const std::string& help) {
    if (word.starts_with(typed_.begun)) out_.push_back({typed_.prefix + word, help});
  }

  void add_kind(const std::string& kind) {
    const bool is_word = std::all_of(kind.begin(), kind.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (is_word) return add(kind, "");
    if (kind == "FILE") return shell_completes(":files");
    if (kind == "DIR") return shell_completes(":folders");
    if (kind == "PLAN") return add_plans();
    if (kind == "RUN") return add_runs();
    if (kind == "STEP") return add_steps();
    if (kind == "NAME") return add_questions();
    if (kind == "BUNDLE") return add_bundles();
    if (kind == "VERSION") return add_versions();
    if (kind == "NAME=VALUE") return add_variables();
  }

  /// The shell would complete the whole word, not what comes after --option=.
  void shell_completes(const char* what) {
    if (typed_.prefix.empty()) out_.push_back({what, ""});
  }

  const lang::Stack* stack() {
    if (loaded_) return loaded_->stack ? &*loaded_->stack : nullptr;
    loaded_.emplace();
    const auto variables = given_variables(typed_.common);
    if (!variables) return nullptr;
    loaded_ = lang::load(lang::DiskReader("."), {.manifest = typed_.common.manifest,
                                                 .variables = variables->given,
                                                 .environment = variables->environment,
                                                 .limits = {}});
    return loaded_->stack ? &*loaded_->stack : nullptr;
  }

  executor::StateStore* store() {
    if (store_) return store_.get();
    auto opened = existing_store(stack() ? state_path(*stack()) : planner::Plan().state_path);
    if (opened) store_ = std::move(*opened);
    return store_.get();
  }

  void add_plans() {
    const std::size_t slash = typed_.begun.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : typed_.begun.substr(0, slash + 1);
    std::error_code error;
    std::set<std::string> words;
    for (fs::directory_iterator at(folder.empty() ? "." : folder, error), end; !error && at != end;
         at.increment(error)) {
      const std::string name = at->path().filename();
      std::error_code unknown;
      if (name.ends_with(".pawlplan")) words.insert(folder + name);
      if (!name.starts_with('.') && at->is_directory(unknown)) words.insert(folder + name + "/");
    }
    for (const std::string& word : words) add(word, word.ends_with('/') ? "" : "plan file");
  }

  void add_runs() {
    if (!store()) return;
    const auto runs = store()->runs(kRuns, stack() ? std::string(*stack()->name) : "");
    if (!runs) return;
    for (const executor::RunSummary& run : *runs) {
      if (typed_.command == "rollback" && run.purpose != planner::name(planner::Purpose::Upgrade)) continue;
      const bool live = is_live(*store(), run);
      add(std::to_string(run.run),
          fmt::format("{} {} → {}, {}", run.purpose, run.from, run.to, outcome(run, live)));
    }
  }

  std::optional<planner::Plan> plan_of_run(const std::string& number) {
    if (!store()) return std::nullopt;
    const auto report = fold_run(*store(), std::atoll(number.c_str()));
    return report ? std::optional(report->plan) : std::nullopt;
  }

  /// The plan that was typed, by its file or, for `show`, the number of a run; for `apply --resume` that of
  /// the run.
  std::optional<planner::Plan> plan() {
    if (!typed_.places.empty()) {
      const std::string& path = typed_.places.front();
      const auto text = lang::DiskReader(path.starts_with('/') ? "/" : ".").read(path, kPlanBytes);
      if (text && !*text && typed_.command == "show") return plan_of_run(path);
      if (!text || !*text) return std::nullopt;
      const auto read = planner::read_plan(**text);
      return read ? std::optional(*read) : std::nullopt;
    }
    if (typed_.command != "apply" || !store()) return std::nullopt;
    const auto run = executor::resumable(*store(), stack() ? std::string(*stack()->name) : "");
    if (!run || !*run) return std::nullopt;
    const auto saved = plan_of(*store(), **run);
    return saved ? std::optional(*saved) : std::nullopt;
  }

  void add_steps() {
    const auto plan = this->plan();
    if (!plan) return;
    for (std::size_t number = 0; number < plan->steps.size(); ++number) {
      const planner::Step& step = plan->steps[number];
      add(std::to_string(number + 1), fmt::format("{} {}", planner::name(step.kind), step.subject));
    }
  }

  /// What --yes may acknowledge: the questions of a plan, or those that the manifest would put into one.
  void add_questions() {
    if (const auto plan = this->plan()) {
      for (const planner::Step& step : plan->steps) {
        for (const planner::Operation& operation : step.operations) {
          const auto* ask = std::get_if<planner::Ask>(&operation.instruction);
          if (ask && ask->phrase.empty() && !ask->name.empty()) add(ask->name, ask->prompt);
        }
      }
      return;
    }
    if (!stack()) return;
    for (const lang::Gate& gate : stack()->gates) {
      if (std::holds_alternative<lang::ManualTask>(gate.what)) add(gate.name, "gate");
    }
    for (const lang::Check& check : stack()->checks) {
      if (std::holds_alternative<lang::ManualTask>(check.run.how)) add(check.name, "manual check");
    }
  }

  void add_bundles() {
    if (!stack()) return;
    const std::string folder = planner::bundle_folder(*stack());
    std::error_code error;
    std::set<std::string, std::greater<>> names;  // they end with their time: the newest first
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename();
      std::error_code unknown;
      if (name.starts_with(*stack()->name + "-") && fs::exists(at->path() / "bundle.json", unknown))
        names.insert(name);
    }
    for (const std::string& name : names) add(name, "bundle");
  }

  void add_versions() {
    if (!stack()) return;
    for (const lang::Release& release : stack()->releases) add(release.version.value.text, "");
  }

  void add_variables() {
    if (!stack()) return;
    for (const lang::Variable& variable : stack()->variables) add(variable.name + "=", "");
  }

  const Typed& typed_;
  std::optional<lang::Loaded> loaded_;
  std::unique_ptr<executor::StateStore> store_;
  std::vector<Candidate> out_;
};

/// A help in one line, without what would begin a new candidate.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return text;
}

}  // namespace

Exit run(const Common&, const CompleteArguments& arguments) {
  const Typed typed = read_typed(describe_command_line(), arguments.words);
  if (!typed.common.dir.empty() && ::chdir(typed.common.dir.c_str()) != 0) return Exit::Done;
  for (const Candidate& each : Completer(typed).candidates()) {
    std::cout << each.word << (each.help.empty() ? "" : "\t" + one_line(each.help)) << '\n';
  }
  return Exit::Done;
}

}  // namespace pawl::cli
