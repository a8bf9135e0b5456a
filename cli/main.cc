// pawl: parse the command line, go to the folder, run the one command.
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "cli/arguments.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  using namespace pawl::cli;
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of a write, not the end of an upgrade
  const auto parsed = parse_arguments(argc, argv);
  if (const Exit* exit = std::get_if<Exit>(&parsed)) return static_cast<int>(*exit);
  const Arguments& arguments = std::get<Arguments>(parsed);
  const Common& common = arguments.common;
  if (!common.dir.empty() && ::chdir(common.dir.c_str()) != 0) {
    std::fprintf(stderr, "Cannot work in %s: %s.\n", common.dir.c_str(), std::strerror(errno));
    return static_cast<int>(Exit::Usage);
  }
  return static_cast<int>(
      std::visit([&](const auto& command) { return run(common, command); }, arguments.command));
}
