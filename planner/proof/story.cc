#include "planner/proof/story.h"

#include <algorithm>

namespace pawl::planner {
namespace {

/// Every step that is finished at this moment, those on no track included when they had to be.
std::vector<std::uint32_t> done_by(const Facts& facts, const Violation& violation, const Moment& moment) {
  std::vector<bool> done(facts.plan.steps.size(), false);
  const auto must_be_done = [&](std::uint32_t step) {
    for (const StepId need : facts.plan.steps[step].needs) done[need.value] = true;
  };
  must_be_done(violation.step);
  for (std::size_t t = 0; t < facts.tracks.count(); ++t) {
    const std::uint32_t finished = moment.finished()[t];
    for (std::uint32_t place = 0; place < finished; ++place) done[facts.tracks[t][place]] = true;
    if (moment.running()[t]) must_be_done(facts.tracks[t][finished]);
  }
  std::vector<std::uint32_t> list;
  for (auto step = static_cast<std::uint32_t>(done.size()); step-- > 0;) {
    if (!done[step]) continue;
    must_be_done(step);
    list.push_back(step);
  }
  std::reverse(list.begin(), list.end());
  return list;
}

std::vector<std::uint32_t> running_beside(const Facts& facts, const Violation& violation,
                                          const Moment& moment) {
  std::vector<std::uint32_t> beside;
  for (std::size_t t = 0; t < facts.tracks.count(); ++t) {
    if (!moment.running()[t]) continue;
    const std::uint32_t step = facts.tracks[t][moment.finished()[t]];
    if (step != violation.step && step != violation.other) beside.push_back(step);
  }
  return beside;
}

const lang::UserStep* user_step(const Facts& facts, std::uint32_t step) {
  for (const lang::UserStep& each : facts.stack.steps) {
    if (facts.plan.steps[step].kind == StepKind::Custom && each.name == facts.plan.steps[step].subject)
      return &each;
  }
  return nullptr;
}

/// The author's own steps on the way from `earlier` to `later`, which waits for it: they are what put it
/// there.
std::vector<const lang::UserStep*> in_between(const Facts& facts, std::uint32_t earlier,
                                              std::uint32_t later) {
  std::vector<bool> after(later + 1, false), wanted(later + 1, false);
  after[earlier] = wanted[later] = true;
  for (std::uint32_t step = earlier + 1; step <= later; ++step) {
    for (const StepId need : facts.plan.steps[step].needs) {
      if (need.value >= earlier && after[need.value]) after[step] = true;
    }
  }
  std::vector<const lang::UserStep*> found;
  for (std::uint32_t step = later; step > earlier; --step) {
    if (!wanted[step] || !after[step]) continue;
    for (const StepId need : facts.plan.steps[step].needs) wanted[need.value] = true;
    if (const lang::UserStep* user = user_step(facts, step)) found.push_back(user);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

/// The line of the manifest that is nearest to a step.
lang::Span span_of(const Facts& facts, std::uint32_t step) {
  if (const lang::UserStep* user = user_step(facts, step)) return user->span;
  if (!facts.touched[step].empty()) return facts.touched[step].front().service->span;
  for (const std::size_t d : facts.schemas[step]) return facts.stack.databases[d].span;
  return facts.stack.span;
}

}  // namespace

std::string step_list(const std::vector<std::uint32_t>& steps) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < steps.size();) {
    std::size_t end = i;
    while (end + 1 < steps.size() && steps[end + 1] == steps[end] + 1) ++end;
    std::string part = std::to_string(steps[i] + 1);
    if (end > i) part += (end == i + 1 ? " and " : " to ") + std::to_string(steps[end] + 1);
    parts.push_back(std::move(part));
    i = end + 1;
  }
  std::string out = steps.size() == 1 ? "step " : "steps ";
  for (std::size_t i = 0; i < parts.size(); ++i)
    out += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return out;
}

lang::Diagnostic tell(const Facts& facts, const Violation& violation, const Moment& moment) {
  const std::vector<std::uint32_t> done = done_by(facts, violation, moment);
  const std::vector<std::uint32_t> beside = running_beside(facts, violation, moment);
  std::string story;
  const bool anywhere = violation.rule == lang::DiagnosticKind::NotRepeatable;
  if (!done.empty() && !anywhere)
    story += step_list(done) + (done.size() == 1 ? " is done; " : " are done; ");
  if (!beside.empty() && !anywhere) story += step_list(beside) + (beside.size() == 1 ? " runs; " : " run; ");
  story += step_name(facts.plan, violation.step) + " " + violation.what;
  lang::Diagnostic told{
      violation.rule, span_of(facts, violation.step), std::move(story), violation.why, violation.fix, "",
      violation.notes};
  if (!violation.other) return told;
  const auto [earlier, later] = std::minmax(violation.step, *violation.other);
  for (const lang::UserStep* user : in_between(facts, earlier, later)) {
    told.notes.insert(told.notes.begin(), {"`step " + user->name + "` makes " + step_name(facts.plan, later) +
                                               " wait for " + step_name(facts.plan, earlier),
                                           user->span});
  }
  return told;
}

}  // namespace pawl::planner
