#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "lang/diagnostic.h"

namespace pawl::cli {
namespace {

/// Options may come before or after the command's name, as hands expect.
void add_common(CLI::App& app, Common& common) {
  app.add_option("-C,--chdir", common.dir, "Work in this folder")->type_name("DIR");
  app.add_option("--manifest", common.manifest, "The manifest to read (default stack.pawl)")
      ->type_name("FILE");
  app.add_option("--var", common.var, "Set a variable of the manifest; may be repeated")
      ->type_name("NAME=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--var-file", common.var_files,
                 "Read variables from a file of NAME=VALUE lines; may be repeated")
      ->type_name("FILE")
      ->take_all()
      ->allow_extra_args(false);
  app.add_flag("--json", common.json, "Print JSON for programs");
  app.add_flag("--no-color", common.no_color, "No colours (NO_COLOR does the same)");
}

/// The value is one of these words, and its type says which.
CLI::Option* one_of(CLI::Option* option, const std::vector<std::string>& words) {
  return option->type_name(CLI::detail::join(words, "|"))->check(CLI::IsMember(words).description(""));
}

OptionDescription describe(const CLI::Option& option) {
  OptionDescription out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  out.help = option.get_description();
  if (option.get_items_expected_max() > 0) {
    out.type = option.get_type_name();
    out.type.erase(std::min(out.type.find(':'), out.type.size()));  // what checks it
  }
  return out;
}

CommandDescription describe(const CLI::App& app) {
  CommandDescription out;
  out.name = app.get_name();
  out.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    OptionDescription described = describe(*option);
    if (!option->get_positional()) {
      out.options.push_back(std::move(described));
    } else {
      out.places.push_back(std::move(described.type));
      out.many = option->get_items_expected_max() > 1;
    }
  }
  return out;
}

class Parser {
 public:
  Parser() {
    app_.set_help_flag("-h,--help", "Show help");
    app_.require_subcommand(0, 1);
    app_.footer("Every command explains itself: pawl COMMAND --help");
    add_manifest_commands();
    add_plan_commands();
    add_run_commands();
    add_housekeeping_commands();
    add_common(app_, common_);
  }

  std::variant<Arguments, Exit> parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      print_help();
      return Exit::Done;
    } catch (const CLI::ParseError& error) {
      return usage_error(error, argc, argv);
    }
    if (!chosen_) {
      std::cout << app_.help();
      return Exit::Usage;
    }
    return Arguments{common_, *chosen_};
  }

  CommandLineDescription describe_command_line() const {
    CommandLineDescription out;
    for (const CLI::App* sub : app_.get_subcommands({})) out.commands.push_back(describe(*sub));
    out.common = describe(app_).options;
    std::erase_if(out.common, [](const OptionDescription& each) { return each.names.back() == "--version"; });
    return out;
  }

 private:
  template <class T>
  CLI::App* command(const char* name, const char* description, T& arguments) {
    CLI::App* sub = app_.add_subcommand(name, description);
    // Only when the command is chosen: for all of them it is a third of the time that pawl needs to start.
    sub->preparse_callback([this, sub](std::size_t) { add_common(*sub, common_); });
    sub->callback([this, &arguments] { chosen_ = arguments; });
    names_.push_back(name);
    return sub;
  }

  void add_manifest_commands() {
    CLI::App* validate = command("validate", "Check the manifest", validate_);
    validate->add_flag("--cross-check", validate_.cross_check,
                       "Compare pawl's reading of the Compose files with that of the installed Compose");
    CLI::App* fmt = command("fmt", "Format the manifest and what it includes", fmt_);
    fmt->add_option("files", fmt_.files, "Files to format (default: the manifest and its includes)")
        ->type_name("FILE");
    fmt->add_flag("--check", fmt_.check, "Change nothing; exit 1 when a file would change");
    fmt->add_flag("--diff", fmt_.diff, "Show what would change, and change nothing");
    CLI::App* observe =
        command("observe", "Look at what runs now: versions, health, replicas, ledgers", observe_);
    observe->add_option("--out", observe_.out, "Save the snapshot, for plan --snapshot")->type_name("FILE");
  }

  void add_plan_commands() {
    CLI::App* drift =
        command("drift", "Compare what runs with what the files ask for; exit 2 when it differs", drift_);
    drift->add_option("--snapshot", drift_.snapshot, "Compare a saved snapshot; asks no engine")
        ->type_name("FILE");
    CLI::App* plan = command("plan", "Compile and show what an upgrade would do", plan_);
    plan->add_option("--to", plan_.to, "The version to go to")->type_name("VERSION");
    plan->add_option("--out", plan_.out, "Save the plan, for apply")->type_name("FILE");
    plan->add_option("--at", plan_.at, "Read manifest and configuration from a git revision")
        ->type_name("REV");
    plan->add_option("--snapshot", plan_.snapshot, "Plan for a saved snapshot; asks no engine")
        ->type_name("FILE");
    one_of(plan->add_option("--format", plan_.format, "How it is shown"), {"text", "json"});
    plan->add_flag("--detailed-exitcode", plan_.detailed_exitcode, "Exit 2 when there is something to do");
    CLI::App* show = command("show", "Show a saved plan, or a run", show_);
    show->add_option("what", show_.what, "A plan file, or the number of a run")
        ->type_name("PLAN|RUN")
        ->required();
    show->add_option("--step", show_.step, "Only this step, in full")
        ->type_name("STEP")
        ->check(CLI::Range(1, 1'000'000));
  }

  static void add_choices(CLI::App& app, RunChoices& choices) {
    app.add_flag("--auto-approve", choices.auto_approve, "Do not ask before changing anything");
    app.add_option("--parallelism", choices.parallelism, "Steps at once (default: what suits the engine)")
        ->check(CLI::Range(1, 256));
    app.add_option("--yes", choices.yes, "Acknowledge a gate or manual check by name; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--confirm", choices.confirm, "The phrase that the manifest wants before data is replaced")
        ->type_name("PHRASE");
  }

  void add_run_commands() {
    CLI::App* apply = command("apply", "Run a plan", apply_);
    auto* file =
        apply->add_option("file", apply_.file, "A saved plan (default: compile one now)")->type_name("PLAN");
    auto* to = apply->add_option("--to", apply_.to, "The version to go to")->type_name("VERSION");
    add_choices(*apply, apply_.choices);
    auto* resume = apply->add_flag("--resume", apply_.resume, "Continue the run that did not finish");
    one_of(apply->add_option("--on-failure", apply_.on_failure,
                             "stop (default), rollback (at once, without asking), or ask"),
           {"stop", "rollback", "ask"});
    to->excludes(file);
    resume->excludes(file);
    resume->excludes(to);
    CLI::App* rollback = command("rollback", "Go back to the version that a run started from", rollback_);
    rollback->add_option("run", rollback_.run, "The number of the run (default: the newest)")
        ->type_name("RUN")
        ->check(CLI::PositiveNumber);
    rollback->add_flag("--lossy-down", rollback_.lossy_down,
                       "Undo migrations with `down` although the manifest says that this loses data");
    add_choices(*rollback, rollback_.choices);
    add_simulate();
    add_bundle_commands();
    command("status", "The run that is going on, or the last one", status_);
    CLI::App* history = command("history", "All runs, newest first", history_);
    history->add_option("-n", history_.count, "How many")->check(CLI::Range(1, 100'000));
  }

  void add_simulate() {
    CLI::App* simulate = command(
        "simulate", "Run a plan in memory, with a failure or a crash in it; touches nothing", simulate_);
    auto* file = simulate->add_option("plan", simulate_.file, "A saved plan (default: compile one now)")
                     ->type_name("PLAN");
    auto* to = simulate->add_option("--to", simulate_.to, "The version to go to")->type_name("VERSION");
    auto* snapshot =
        simulate->add_option("--snapshot", simulate_.snapshot, "Plan for a saved snapshot; asks no engine")
            ->type_name("FILE");
    auto* fail = simulate->add_option("--fail", simulate_.fail, "This step fails")->type_name("STEP");
    auto* crash = simulate->add_option("--crash", simulate_.crash, "pawl is killed in this step, and resumed")
                      ->type_name("STEP");
    auto* all = simulate->add_flag("--all", simulate_.all, "Every failure point, and where it ends");
    fail->check(CLI::Range(1, 1'000'000));
    crash->check(CLI::Range(1, 1'000'000));
    to->excludes(file);
    snapshot->excludes(file);
    fail->excludes(crash)->excludes(all);
    crash->excludes(all);
  }

  void add_bundle_commands() {
    CLI::App* backup = command("backup", "Take a bundle of the data as it is now", backup_);
    add_choices(*backup, backup_.choices);
    CLI::App* backups = command("backups", "The bundles there are, newest first", backups_);
    backups->add_flag("--verify", backups_.verify, "Read every byte and compare it with its SHA-256");
    CLI::App* drill = command("drill", "Prove that a bundle restores, beside what runs", drill_);
    drill->add_option("bundle", drill_.bundle, "Which one (default: the newest)")->type_name("BUNDLE");
    add_choices(*drill, drill_.choices);
    CLI::App* restore = command("restore", "Put a bundle back, in the version it was taken in", restore_);
    restore->add_option("bundle", restore_.bundle, "Which one: see pawl backups")
        ->type_name("BUNDLE")
        ->required();
    add_choices(*restore, restore_.choices);
  }

  void add_housekeeping_commands() {
    CLI::App* unlock = command("unlock", "Break the lock of a run that is known to be dead", unlock_);
    unlock->add_flag("--force", unlock_.force, "Do not ask");
    CLI::App* schema = command("schema", "Print the JSON Schema of a file pawl writes", schema_);
    one_of(schema->add_option("what", schema_.what, "Of which file (default: plan)"), {"plan", "snapshot"});
    CLI::App* debug = command("debug", "Print one stage of the compiler", debug_);
    one_of(debug->add_option("stage", debug_.stage, "Which one"), {"ast", "stack", "plan", "journal"})
        ->required();
    debug->add_option("what", debug_.what, "journal: the run (default: the last one)")->type_name("RUN");
    command("version", "Print pawl's version", version_);
    CLI::App* completion =
        command("completion", "Print what teaches a shell to complete pawl's words", completion_);
    one_of(completion->add_option("shell", completion_.shell, "Which shell"), {"bash", "zsh", "fish"})
        ->required();
    app_.set_version_flag("--version", std::string("pawl ") + PAWL_VERSION);
  }

  void print_help() const {
    for (const CLI::App* sub : app_.get_subcommands()) {
      std::cout << sub->help();
      return;
    }
    std::cout << app_.help();
  }

  Exit usage_error(const CLI::ParseError& error, int argc, char** argv) {
    if (error.get_exit_code() == 0) {  // --version
      std::cout << error.what() << '\n';
      return Exit::Done;
    }
    const bool unknown_command = argc > 1 && argv[1][0] != '-' && app_.get_subcommands().empty();
    if (unknown_command) {
      std::cerr << "pawl has no command \"" << argv[1] << "\".";
      const std::string near = lang::nearest(argv[1], {names_.begin(), names_.end()});
      if (!near.empty()) std::cerr << " Did you mean \"" << near << "\"?";
      std::cerr << "\nSee them all: pawl --help\n";
      return Exit::Usage;
    }
    std::cerr << "Wrong usage: " << error.what() << '\n';
    const auto chosen = app_.get_subcommands();
    std::cerr << "See: pawl " << (chosen.empty() ? "" : chosen.front()->get_name() + " ") << "--help\n";
    return Exit::Usage;
  }

  CLI::App app_{
      "Upgrades self-hosted software: a manifest in git, a plan you can read, a way back that is proved.",
      "pawl"};
  Common common_;
  std::optional<CommandArguments> chosen_;
  std::vector<std::string_view> names_;
  ValidateArguments validate_;
  FmtArguments fmt_;
  ObserveArguments observe_;
  DriftArguments drift_;
  PlanArguments plan_;
  ShowArguments show_;
  ApplyArguments apply_;
  RollbackArguments rollback_;
  SimulateArguments simulate_;
  BackupArguments backup_;
  BackupsArguments backups_;
  DrillArguments drill_;
  RestoreArguments restore_;
  StatusArguments status_;
  HistoryArguments history_;
  UnlockArguments unlock_;
  SchemaArguments schema_;
  DebugArguments debug_;
  VersionArguments version_;
  CompletionArguments completion_;
};

}  // namespace

CommandLineDescription describe_command_line() {
  return Parser().describe_command_line();
}

std::variant<Arguments, Exit> parse_arguments(int argc, char** argv) {
  // Not for people, and its words are not options of its own: they are those of an unfinished command line.
  if (argc > 1 && std::string_view(argv[1]) == "complete") {
    return Arguments{{}, CompleteArguments{{argv + 2, argv + argc}}};
  }
  return Parser().parse(argc, argv);
}

}  // namespace pawl::cli
