// Printing for people and programs, and files written for them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "lang/diagnostic.h"
#include "lang/result.h"
#include "lang/stack.h"
#include "planner/plan/render.h"

namespace pawl::cli {

/// Colour on this stream: a terminal, no --no-color, no NO_COLOR, not TERM=dumb.
bool colour(const Common& common, int descriptor);
/// Columns of the terminal on stdout, 60 … 400; 120 when it is not one.
int width();

/// "what" and, on a line of its own, "fix", to stderr.
void print_error(const lang::Error& error);
/// To stderr as text, or to stdout as one JSON object with --json.
void print_diagnostics(const Common& common, const lang::Diagnostics& diagnostics,
                       const lang::Sources& sources);
/// {"refused": true, "reasons": [{"what", "fix"}]} with --json, otherwise each to stderr. `unfinished`: the
/// number of a run that stopped halfway, as a further member; 0: none, or its caller says it.
void print_refusal(const Common& common, const std::vector<lang::Error>& reasons,
                   std::int64_t unfinished = 0);

/// Writes beside, syncs, renames, syncs the folder: a reader sees the old file or the whole new one. Keeps
/// the mode of a file that is there; a new one gets `mode`.
lang::Result<void> publish(const std::string& path, std::string_view bytes, unsigned mode = 0644);

/// A command to type next, with the folder and the manifest when they are not the usual ones: "pawl rollback
/// --manifest shop.pawl".
std::string typed(const Common& common, std::string command);
/// Words of a command as a shell takes them.
std::string quoted(const std::vector<std::string>& words);
/// The options of this plan's last line: what was given to reach it. The values of secret variables are left
/// out.
planner::RenderOptions::Next commands_for(const Common& common, const PlanArguments& arguments,
                                          const lang::Stack& stack);
/// The same of a saved plan, whose manifest it names itself.
planner::RenderOptions::Next commands_for(const Common& common, const planner::Plan& plan);

/// A local time for people: "2026-11-21 14:03:07 +01:00". `milliseconds` since 1970-01-01 UTC.
std::string local_time(std::int64_t milliseconds);

}  // namespace pawl::cli
