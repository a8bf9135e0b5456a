// `pawl debug`: every stage between the manifest and the run, printed.
#include <iostream>

#include "cli/commands.h"
#include "cli/make_plan.h"
#include "cli/output.h"
#include "cli/state.h"
#include "executor/record/record.h"
#include "lang/dump.h"
#include "planner/file/plan_file.h"

namespace pawl::cli {
namespace {

Exit print_ast(const Common& common) {
  const lang::DiskReader disk(".");
  const auto text = disk.read(common.manifest, lang::Limits().file_bytes);
  if (!text || !*text) {
    print_error(text ? lang::Error{"There is no manifest " + common.manifest + ".", {}} : text.error());
    return Exit::Usage;
  }
  lang::Sources sources;
  lang::Diagnostics diagnostics;
  const lang::SourceId id = sources.add(common.manifest, **text);
  std::cout << lang::dump_ast(sources, id, diagnostics);
  if (diagnostics.has_errors()) print_diagnostics(common, diagnostics, sources);
  return diagnostics.has_errors() ? Exit::Usage : Exit::Done;
}

Exit print_stack(const Common& common) {
  const lang::DiskReader disk(".");
  const auto workspace = open_workspace(common, disk, lang::Unbuilt::Accept);
  if (!workspace) return Exit::Usage;
  std::cout << lang::dump_stack(workspace->stack(), workspace->loaded.sources);
  return Exit::Done;
}

Exit print_plan(const Common& common) {
  const auto made = make_plan(common, {});
  if (const Exit* exit = std::get_if<Exit>(&made)) return *exit;
  std::cout << planner::write_plan(std::get<Planned>(made).plan);
  return Exit::Done;
}

Exit print_journal(const Common& common, const std::string& which) {
  const auto here = state_here(common);
  if (!here || !here->store) {
    print_error(here ? lang::Error{no_run(*here), {}} : here.error());
    return Exit::Usage;
  }
  const auto runs = runs_here(*here, 1);
  executor::RunId run = runs && !runs->empty() ? runs->front().run : 0;
  if (!which.empty()) run = std::atoll(which.c_str());
  const auto records = here->store->records(run);
  if (!records) {
    print_error(records.error());
    return Exit::Failed;
  }
  for (const executor::Record& record : *records) std::cout << executor::write_record(record) << '\n';
  return Exit::Done;
}

}  // namespace

Exit run(const Common& common, const DebugArguments& arguments) {
  if (arguments.stage == "ast") return print_ast(common);
  if (arguments.stage == "stack") return print_stack(common);
  if (arguments.stage == "plan") return print_plan(common);
  return print_journal(common, arguments.what);
}

}  // namespace pawl::cli
