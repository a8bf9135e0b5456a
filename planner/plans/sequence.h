// A plan whose steps follow each other one by one: a backup, a drill, a restore. An upgrade needs more
// (compile.cc).
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "planner/pass/draft.h"
#include "planner/scene/probes.h"

namespace pawl::planner {

/// The version that the data has now, where nothing is to be upgraded: what the services that migrate run,
/// else the pin, else what most services run.
Pass<Target> running_target(const CompileInput& input);
/// How every service is configured in `target.to`, and the edits of the pins; nothing is refused, whatever
/// runs now.
Pass<Changes> render_target(const CompileInput& input, const Target& target);

class Sequence {
 public:
  Sequence(const CompileInput& input, Target target, Changes changes);

  Sequence(const Sequence&) = delete;  // the scene points into it

  const Scene& scene() const { return scene_; }
  const Target& target() const { return target_; }
  const Changes& changes() const { return changes_; }
  Traits traits(const lang::Service& service) const { return traits_of(input_, service); }
  /// "stack.pawl:12"
  std::string where(lang::Span span) const { return input_.sources->where(span); }

  /// A step with its operations. References stay valid.
  Step& add(StepKind kind, std::string subject, std::string why, std::vector<Operation> operations,
            lang::Span span);
  Step& add(Step step);
  Step& add(Draft draft);
  /// A step that is lowered as in an upgrade.
  Step& add(StepKind kind, std::string subject, std::string why, Task task, lang::Span span);

  /// Lowers, connects, estimates and seals; every failure leads to `next`.
  Pass<Plan> plan(Purpose purpose, std::vector<Notice> notices, const std::string& next);

 private:
  struct Item {
    Step step;
    std::optional<Task> task;
  };
  Step& append(StepKind kind, std::string subject, std::string why, lang::Span span);
  Pass<void> lower_tasks();

  const CompileInput& input_;
  Target target_;
  Changes changes_;
  Scene scene_;
  std::deque<Item> items_;
};

}  // namespace pawl::planner
