// Pass `drill`: with `backup { drill = true }`, a step right after the backup proves that its bundle
// restores.
//
// Only then does the bundle count as a way back: the drill step has the backup's effect, and the backup step
// none. Everything that waited for the backup waits for the drill.
#include <algorithm>

#include "planner/bundle/backup.h"
#include "planner/bundle/restore.h"
#include "planner/pass/passes.h"

namespace pawl::planner {

Pass<void> add_drill(const CompileInput& input, const Target& target, std::vector<Draft>& drafts) {
  if (!input.stack->backup || !input.stack->backup->drill) return {};
  const auto backup = std::find_if(drafts.begin(), drafts.end(),
                                   [](const Draft& draft) { return draft.step.kind == StepKind::Backup; });
  if (backup == drafts.end()) return {};
  const auto index = static_cast<std::uint32_t>(backup - drafts.begin());
  const Scene scene{*input.stack, *input.providers, *input.answers, *input.snapshot, &target};
  auto step = drill_step(scene, bundle_path(scene), backup->step);
  if (!step) return refuse(step.error());
  step->needs = {StepId{index}};
  for (std::size_t i = index + 1; i < drafts.size(); ++i) {
    for (StepId& need : drafts[i].step.needs) {
      if (need.value >= index) ++need.value;
    }
  }
  Draft draft;
  draft.step = std::move(*step);
  draft.rank = Rank::Backup;
  draft.span = backup->span;
  drafts.insert(backup + 1, std::move(draft));
  return {};
}

}  // namespace pawl::planner
