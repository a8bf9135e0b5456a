#include "executor/instructions/interpreters.h"

namespace pawl::executor {

/// Through the `git` program, so that hooks, filters and credentials work as the operator knows them.
Outcome perform(const Context& context, const planner::GitCheckout& it) {
  const auto ref = context.text(it.ref);
  if (!ref) return failed(ref.error());
  if (ref->empty() || ref->front() == '-') return failed("`" + *ref + "` is not a git ref");
  planner::Command command;
  command.process.cwd = it.folder;
  command.process.env.emplace_back("GIT_TERMINAL_PROMPT", lang::Text("0"));
  for (const char* word : {"git", "-c", "advice.detachedHead=false", "checkout"})
    command.process.argv.emplace_back(word);
  command.process.argv.emplace_back(*ref);
  command.process.argv.emplace_back("--");
  return perform(context, command);
}

}  // namespace pawl::executor
