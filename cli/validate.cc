#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/workspace.h"

namespace pawl::cli {

Exit run(const Common& common, const ValidateArguments&) {
  const lang::DiskReader files(".");
  const auto variables = given_variables(common);
  if (!variables) {
    print_error(variables.error());
    return Exit::Usage;
  }
  const lang::Loaded loaded = lang::load(files, {.manifest = common.manifest,
                                                 .variables = variables->given,
                                                 .environment = variables->environment,
                                                 .limits = {},
                                                 .unbuilt = lang::Unbuilt::Refuse});
  const bool quiet = loaded.diagnostics.sorted().empty();
  if (common.json || !quiet) print_diagnostics(common, loaded.diagnostics, loaded.sources);
  if (!loaded.stack) return Exit::Usage;
  if (!common.json) {
    const auto files_read = loaded.sources.size();
    std::cout << common.manifest
              << (files_read > 1 ? " and " + std::to_string(files_read - 1) + " included: " : ": ")
              << "valid; stack " << *loaded.stack->name << ", " << loaded.stack->services.size()
              << (loaded.stack->services.size() == 1 ? " service\n" : " services\n");
  }
  return Exit::Done;
}

}  // namespace pawl::cli
