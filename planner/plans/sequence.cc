#include "planner/plans/sequence.h"

#include <algorithm>

#include "planner/pass/passes.h"
#include "planner/plan/render.h"

namespace pawl::planner {
namespace {

std::string pinned_version(const CompileInput& input) {
  for (const EngineState& engine : input.snapshot->engines) {
    if (!engine.pin.value.empty()) return engine.pin.value;
  }
  return "";
}

std::string running_version(const CompileInput& input) {
  std::string version =
      common_version(input, [](const lang::Service& service) { return !service.migrates.empty(); });
  if (version.empty()) version = pinned_version(input);
  if (!version.empty()) return version;
  return common_version(input, has_the_stacks_version);
}

}  // namespace

Pass<Target> running_target(const CompileInput& input) {
  Target target;
  target.from = target.to = running_version(input);
  const auto version = lang::Version::parse(target.to);
  if (!version)
    return refuse("Nothing says which version runs: the pin is not set and no service tells its version.",
                  "Write the running version where the pin of the manifest points.");
  target.from_version = target.to_version = *version;
  target.source = "what runs";
  return target;
}

Pass<Changes> render_target(const CompileInput& input, const Target& target) {
  const lang::Stack& stack = *input.stack;
  Changes changes;
  changes.services.resize(stack.services.size());
  for (std::uint32_t i = 0; i < stack.deployments.size(); ++i) {
    const lang::DeploymentId id{i};
    const EngineState* state = engine_state(input, id);
    const DeploymentEngine engine = engine_of(input, id);
    DeploymentChange change;
    change.from = state && !state->pin.value.empty() ? state->pin.value : target.from;
    auto before = engine.render(change.from);
    if (!before) return refuse(before.error());
    auto after = engine.render(target.to);
    if (!after) return refuse(after.error());
    change.before = std::move(*before);
    change.after = std::move(*after);
    changes.deployments.push_back(std::move(change));
  }
  for (std::size_t i = 0; i < stack.services.size(); ++i) {
    const lang::Service& service = stack.services[i];
    ServiceChange& change = changes.services[i];
    const ServiceState* state = input.snapshot->service(service.name);
    change.running = state ? static_cast<int>(state->instances.size()) : 0;
    if (!service.on) continue;
    const auto in = [&](const Rendering& rendering) {
      return std::find_if(rendering.services.begin(), rendering.services.end(),
                          [&](const RenderedService& each) { return each.service == service.name; });
    };
    const DeploymentChange& of = changes.deployments[service.on->value];
    const auto found = in(of.after), was = in(of.before);
    if (found == of.after.services.end()) {
      change.kind = ServiceChange::Kind::Disappears;
      continue;
    }
    change.replicas = found->replicas;
    change.new_image = found->image;
    change.versioned = was == of.before.services.end() || was->image != found->image;
  }
  auto pins = pin_edits(input, target);
  if (!pins) return tl::unexpected(pins.error());
  changes.pins = std::move(*pins);
  return changes;
}

Sequence::Sequence(const CompileInput& input, Target target, Changes changes)
    : input_(input),
      target_(std::move(target)),
      changes_(std::move(changes)),
      scene_{*input.stack, *input.providers, *input.answers, *input.snapshot, &target_} {}

Step& Sequence::add(Step step) {
  items_.emplace_back().step = std::move(step);
  return items_.back().step;
}

Step& Sequence::add(Draft draft) {
  Step& step = add(std::move(draft.step));
  items_.back().task = std::move(draft.task);
  return step;
}

Step& Sequence::append(StepKind kind, std::string subject, std::string why, lang::Span span) {
  Item& item = items_.emplace_back();
  item.step.kind = kind;
  item.step.subject = std::move(subject);
  item.step.why = std::move(why);
  item.step.origin = origin_of(input_, span);
  return item.step;
}

Step& Sequence::add(StepKind kind, std::string subject, std::string why, std::vector<Operation> operations,
                    lang::Span span) {
  Step& step = append(kind, std::move(subject), std::move(why), span);
  step.operations = std::move(operations);
  if (!step.operations.empty()) step.summary = render(step.operations.front().instruction);
  return step;
}

Step& Sequence::add(StepKind kind, std::string subject, std::string why, Task task, lang::Span span) {
  Step& step = append(kind, std::move(subject), std::move(why), span);
  items_.back().task = std::move(task);
  return step;
}

Pass<void> Sequence::lower_tasks() {
  std::vector<Draft> drafts;
  for (Item& item : items_) {
    if (!item.task) continue;
    Draft& draft = drafts.emplace_back();
    draft.step = std::move(item.step);
    draft.task = *item.task;
  }
  if (auto lowered = lower(input_, target_, PolicyDecision{}, changes_, drafts); !lowered) return lowered;
  std::size_t next = 0;
  for (Item& item : items_) {
    if (item.task) item.step = std::move(drafts[next++].step);
  }
  return {};
}

Pass<Plan> Sequence::plan(Purpose purpose, std::vector<Notice> notices, const std::string& next) {
  if (auto lowered = lower_tasks(); !lowered) return tl::unexpected(lowered.error());
  Plan plan;
  plan.purpose = purpose;
  plan.notices = std::move(notices);
  for (Item& item : items_) {
    const auto number = static_cast<std::uint32_t>(plan.steps.size());
    if (number > 0) item.step.needs = {StepId{number - 1}};
    if (item.step.recovery.next.empty()) item.step.recovery.next = next;
    plan.steps.push_back(std::move(item.step));
  }
  estimate(input_, target_, plan);
  seal(input_, target_, PolicyDecision{}, plan);
  return plan;
}

}  // namespace pawl::planner
