// The command line as values. Only arguments.cc knows the library that parses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/exit_code.h"

namespace pawl::cli {

/// Options every command takes.
struct Common {
  std::string dir;                      // -C: the folder to work in; empty: where we are
  std::string manifest = "stack.pawl";  // --manifest, relative to dir
  std::vector<std::string> var;         // NAME=VALUE
  std::vector<std::string> var_files;   // files of NAME=VALUE lines
  bool json = false;
  bool no_color = false;
};

struct ValidateArguments {
  bool cross_check = false;
};
struct FmtArguments {
  std::vector<std::string> files;  // empty: the manifest and everything it includes
  bool check = false;
  bool diff = false;
};
struct ObserveArguments {
  std::string out;
};
struct DriftArguments {
  std::string snapshot;
};
struct PlanArguments {
  std::string to;
  std::string out;
  std::string at;
  std::string snapshot;
  std::string format = "text";  // text, json
  bool detailed_exitcode = false;
};
struct ShowArguments {
  std::string what;  // a plan file, or the number of a run
  int step = 0;      // 0: all
};
/// How a plan is run, whatever it is for.
struct RunChoices {
  bool auto_approve = false;
  int parallelism = 0;           // 0: the plan's own
  std::vector<std::string> yes;  // gates and manual checks that are acknowledged, by name
  std::string confirm;           // the phrase of the manifest's `restore` block; empty: asked for
};
struct ApplyArguments {
  RunChoices choices;
  std::string file;  // empty: compile now
  std::string to;
  bool resume = false;
  std::string on_failure = "stop";  // stop, rollback, ask
};
struct RollbackArguments {
  RunChoices choices;
  std::int64_t run = 0;  // 0: the newest
  bool lossy_down = false;
};
struct SimulateArguments {
  std::string file;  // a saved plan; empty: compile now
  std::string to;
  std::string snapshot;
  int fail = 0;   // the step that fails; 0: none
  int crash = 0;  // the step in which pawl is killed; 0: none
  bool all = false;
};
struct BackupArguments {
  RunChoices choices;
};
struct BackupsArguments {
  bool verify = false;  // read every byte
};
struct DrillArguments {
  RunChoices choices;
  std::string bundle;  // empty: the newest
};
struct RestoreArguments {
  RunChoices choices;
  std::string bundle;
};
struct StatusArguments {};
struct HistoryArguments {
  int count = 20;
};
struct UnlockArguments {
  bool force = false;
};
struct SchemaArguments {
  std::string what = "plan";
};
struct DebugArguments {
  std::string stage;  // ast, stack, plan, journal
  std::string what;   // journal: the run; plan: a file
};
struct VersionArguments {};
struct CompletionArguments {
  std::string shell;  // bash, zsh, fish
};
struct CompleteArguments {
  std::vector<std::string> words;  // those after `pawl`; the last one is being typed and may be empty
};

using CommandArguments =
    std::variant<ValidateArguments, FmtArguments, ObserveArguments, DriftArguments, PlanArguments,
                 ShowArguments, ApplyArguments, RollbackArguments, SimulateArguments, BackupArguments,
                 BackupsArguments, DrillArguments, RestoreArguments, StatusArguments, HistoryArguments,
                 UnlockArguments, SchemaArguments, DebugArguments, VersionArguments, CompletionArguments,
                 CompleteArguments>;

struct Arguments {
  Common common;
  CommandArguments command;
};

/// The command line described, for completion. What may go in a place is told by its type, as in the help:
/// words to choose from in small letters and kinds in capitals, such as "text|json", "FILE" or "PLAN|RUN".
struct OptionDescription {
  std::vector<std::string> names;  // "-C", "--chdir"
  std::string help;
  std::string type;  // of its value; empty: it takes none
};
struct CommandDescription {
  std::string name;
  std::string help;
  std::vector<OptionDescription> options;
  std::vector<std::string> places;  // types of the words that follow
  bool many = false;                // the last place may be filled more than once
};
struct CommandLineDescription {
  std::vector<CommandDescription> commands;
  std::vector<OptionDescription> common;  // options that every command takes, and that may come before it
};
CommandLineDescription describe_command_line();

/// What to do, or the exit code after help or a usage error has been printed.
std::variant<Arguments, Exit> parse_arguments(int argc, char** argv);

}  // namespace pawl::cli
