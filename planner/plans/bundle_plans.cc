#include "planner/plans/bundle_plans.h"

#include "planner/bundle/backup.h"

namespace pawl::planner {

Pass<void> can_back_up(const CompileInput& input) {
  if (input.stack->backup) return {};
  return refuse("The manifest has no backup block, so nothing says what a bundle holds.",
                "Add one: backup { of = [database.main] }");
}

Pass<const BundleState*> find_bundle(const CompileInput& input, const std::string& name) {
  for (const BundleState& bundle : input.snapshot->bundles) {
    if (bundle.name == name) return &bundle;
  }
  return refuse("There is no complete bundle " + name + " in " + bundle_folder(*input.stack) + ".",
                "See what there is: pawl backups");
}

std::vector<std::string> parts_of(const lang::Stack& stack) {
  std::vector<std::string> out;
  for (const auto& item : stack.backup->of) {
    if (const auto* database = std::get_if<lang::DatabaseId>(&item)) out.push_back(stack[*database].name);
    if (const auto* files = std::get_if<lang::FilesId>(&item)) out.push_back(stack[*files].name);
  }
  return out;
}

std::string names_of_parts(const lang::Stack& stack) {
  std::string out;
  for (const std::string& name : parts_of(stack)) out += (out.empty() ? "" : " ") + name;
  return out.empty() ? *stack.name : out;
}

}  // namespace pawl::planner
