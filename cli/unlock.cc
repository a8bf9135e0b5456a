#include <fmt/format.h>

#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/state.h"

namespace pawl::cli {

Exit run(const Common& common, const UnlockArguments& arguments) {
  const auto here = state_here(common);
  if (!here) {
    print_error(here.error());
    return Exit::Failed;
  }
  const auto holder = here->store ? here->store->lock_holder() : std::optional<executor::LockInfo>{};
  if (!holder) {
    print_error(holder.error());
    return Exit::Failed;
  }
  if (!*holder) {
    std::cout << "There is no lock.\n";
    return Exit::Done;
  }
  const executor::LockInfo& lock = **holder;
  std::cout << fmt::format("Locked by {} (pid {} on {}), since {}: {}\n", lock.owner, lock.pid, lock.host,
                           local_time(lock.since), lock.reason);
  if (!arguments.force) {
    const auto answer =
        prompt("Break it? If that run still goes on, two will change the deployment at once. [yes/no]");
    if (!answer || *answer != "yes") {
      std::cerr << "The lock stays." << (answer ? "\n" : " Not on a terminal: pawl unlock --force\n");
      return Exit::Refused;
    }
  }
  if (auto broken = here->store->break_lock(); !broken) {
    print_error(broken.error());
    return Exit::Failed;
  }
  std::cout << "Unlocked.\n";
  return Exit::Done;
}

}  // namespace pawl::cli
