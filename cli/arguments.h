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

struct ValidateArguments {};
struct FmtArguments {
  std::vector<std::string> files;  // empty: the manifest and everything it includes
  bool check = false;
  bool diff = false;
};
struct ObserveArguments {
  std::string out;
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

using CommandArguments =
    std::variant<ValidateArguments, FmtArguments, ObserveArguments, PlanArguments, ShowArguments,
                 ApplyArguments, RollbackArguments, SimulateArguments, BackupArguments, BackupsArguments,
                 DrillArguments, RestoreArguments, StatusArguments, HistoryArguments, UnlockArguments,
                 SchemaArguments, DebugArguments, VersionArguments>;

struct Arguments {
  Common common;
  CommandArguments command;
};

/// What to do, or the exit code after help or a usage error has been printed.
std::variant<Arguments, Exit> parse_arguments(int argc, char** argv);

}  // namespace pawl::cli
