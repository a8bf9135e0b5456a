#include "planner/plans/backup_plans.h"

#include "planner/bundle/backup.h"
#include "planner/bundle/restore.h"
#include "planner/plans/bundle_plans.h"

namespace pawl::planner {
namespace {

Operation room(const CompileInput& input) {
  Await await;
  await.condition.question = DiskSpace{{}, bundle_folder(*input.stack)};
  await.condition.expect.at_least = {{"free", backup_room(input, PolicyDecision{})}};
  await.condition.means = "there is room for the backup";
  await.within = Duration(0);
  return operation(std::move(await), Duration(0));
}

}  // namespace

tl::expected<Plan, Refusal> compile_backup(const CompileInput& given) {
  const Asked asked(given);
  const CompileInput& input = asked.input;
  if (auto can = can_back_up(input); !can) return tl::unexpected(can.error());
  auto target = running_target(input);
  if (!target) return tl::unexpected(target.error());
  for (const DatabaseState& state : input.snapshot->databases) {
    if (auto why = cannot_back_up(state)) return refuse(std::move(*why));
  }
  Changes none;
  none.services.resize(input.stack->services.size());
  Sequence sequence(input, std::move(*target), std::move(none));
  sequence.add(StepKind::Check, "room", "A backup that fills the disk stops more than itself.", {room(input)},
               input.stack->backup->span);
  Step& backup = sequence.add(StepKind::Backup, names_of_parts(*input.stack), "Asked for by name.",
                              Task(TakeBackup{}), input.stack->backup->span);
  backup.effects.backs_up = parts_of(*input.stack);
  if (input.stack->backup->drill) {
    auto drill = drill_step(sequence.scene(), bundle_path(sequence.scene()), backup);
    if (!drill) return refuse(drill.error());
    sequence.add(std::move(*drill));
  }
  return sequence.plan(Purpose::Backup, {}, "pawl apply --resume");
}

tl::expected<Plan, Refusal> compile_drill(const CompileInput& given, const std::string& name) {
  const Asked asked(given);
  const CompileInput& input = asked.input;
  if (auto can = can_back_up(input); !can) return tl::unexpected(can.error());
  const auto bundle = find_bundle(input, name);
  if (!bundle) return tl::unexpected(bundle.error());
  auto target = running_target(input);
  if (!target) return tl::unexpected(target.error());
  Changes none;
  none.services.resize(input.stack->services.size());
  Sequence sequence(input, std::move(*target), std::move(none));
  Step made;  // the backup, in another run
  made.subject = names_of_parts(*input.stack);
  made.effects.backs_up = parts_of(*input.stack);
  made.origin = origin_of(input, input.stack->backup->span);
  auto drill = drill_step(sequence.scene(), bundle_folder(*input.stack) + "/" + name, made);
  if (!drill) return refuse(drill.error());
  sequence.add(std::move(*drill));
  std::vector<Notice> notices;
  const auto actions = own_actions(sequence.scene(), name);
  if (!actions) return refuse(actions.error());
  if (!actions->empty())
    notices.push_back({"not drilled: what " + *actions +
                           " saved; only its own program can show whether that can be put back",
                       origin_of(input, input.stack->backup->span)});
  return sequence.plan(Purpose::Drill, std::move(notices), "pawl apply --resume");
}

}  // namespace pawl::planner
