// Invariants about order, availability, the way back and repetition (1, 4, 5, 6 and 7).
#include "planner/proof/rules.h"

#include <algorithm>

namespace pawl::planner {
namespace {

using Kind = lang::DiagnosticKind;
using Found = std::optional<Violation>;

/// Steps that may do anything to the deployment; their author alone knows what.
bool does_something(const Step& step) {
  return step.effects.changes_anything() || step.kind == StepKind::Custom || step.kind == StepKind::Seed ||
         step.kind == StepKind::Migrate || step.kind == StepKind::Reload;
}

/// The service's engine moves more than one instance at a time, by its nature or because the block says so.
bool moves_together(const Facts& facts, const lang::Service& service) {
  return traits_of(facts.input, service).moves != Traits::Moves::OneByOne;
}

std::string how_to_be_out(const Facts& facts, const lang::Service& service) {
  const std::string word = traits_of(facts.input, service).stops_first_when;
  return word.empty() ? "let its stop and its start be one step"
                      : "say `" + word + "` in the deployment block if everything may be out";
}

/// Stopping a service on its own is written down somewhere, or it does not come back at all.
bool may_be_stopped(const Facts& facts, const lang::Service& service) {
  return service.role == lang::Role::Scheduler || facts.rolling_back() || !facts.of(service).returns ||
         moves_together(facts, service) || ((facts.one_way || facts.rebuilds) && facts.of(service).uses);
}

}  // namespace

Violation violation(lang::DiagnosticKind rule, std::uint32_t step, std::string what, std::string why,
                    std::string fix) {
  return {rule, step, std::nullopt, std::move(what), std::move(why), std::move(fix), {}};
}

std::string step_name(const Plan& plan, std::uint32_t step) {
  const Step& it = plan.steps[step];
  return "step " + std::to_string(step + 1) + " (" + std::string(name(it.kind)) + " " + it.subject + ")";
}

Found nothing_before_checks(const Facts& facts, std::uint32_t step, const Moment& moment) {
  if (!does_something(facts.plan.steps[step]) || facts.guards.all_finished(moment)) return std::nullopt;
  const auto open = std::find_if(facts.guards.all().begin(), facts.guards.all().end(),
                                 [&](std::uint32_t guard) { return !moment.finished(guard); });
  Violation found = violation(Kind::ChangeBeforeChecks, step,
                              "changes something before " + step_name(facts.plan, *open) + " holds",
                              "nothing is changed on a deployment that was not healthy when pawl looked",
                              "let it come after the checks and gates: `after = checks`");
  found.other = *open;
  return found;
}

// ---------------------------------------------------------------- 4, 5

namespace {

Found too_much_out(const Facts& facts, std::uint32_t step, const Touched& touched, const Moment& moment) {
  const lang::Service& service = *touched.service;
  if (touched.effect->down == 0) return std::nullopt;
  if (touched.effect->stops) {
    if (may_be_stopped(facts, service)) return std::nullopt;
    return violation(Kind::TooMuchOut, step,
                     "stops all of " + service.name + ", which comes back in a later step",
                     "a service is out only inside its own replace step, one instance at a time",
                     how_to_be_out(facts, service));
  }
  int out = touched.effect->down;
  std::optional<std::uint32_t> other;
  for (std::size_t t = 0; t < facts.tracks.count(); ++t) {
    if (!moment.running()[t]) continue;
    const std::uint32_t beside = facts.tracks[t][moment.finished()[t]];
    const ServiceEffect* too = facts.plan.steps[beside].effects.on(service.name);
    if (beside == step || !too) continue;
    out += too->down;
    other = beside;
  }
  if (out <= 1 || (!other && moves_together(facts, service))) return std::nullopt;
  Violation found =
      violation(Kind::TooMuchOut, step,
                "takes " + service.name + " down" +
                    (other ? " while " + step_name(facts.plan, *other) + " has one of it out already"
                           : ", " + std::to_string(out) + " instances at once"),
                "one instance of a service is out at a time, so that the others carry on",
                "let the steps of `" + service.name + "` follow each other");
  found.other = other;
  return found;
}

}  // namespace

Found one_out_at_once(const Facts& facts, std::uint32_t step, const Moment& moment) {
  for (const Touched& touched : facts.touched[step]) {
    if (auto found = too_much_out(facts, step, touched, moment)) return found;
  }
  return std::nullopt;
}

Found schedulers_silent(const Facts& facts, std::uint32_t step, const Moment& moment) {
  const bool touches = !facts.schemas[step].empty() || !facts.restored[step].empty();
  const std::string why = "a job that starts while the schema changes sees neither the old nor the new one";
  for (const lang::Service& service : facts.stack.services) {
    if (!touches) break;
    if (service.role != lang::Role::Scheduler || facts.plan.steps[step].effects.on(service.name)) continue;
    if (facts.up(service, moment) == 0) continue;
    Violation found = violation(
        Kind::SchedulerRuns, step, "touches the schema while " + service.name + " may still run", why,
        "take away the `after` or `before` that puts it there: by itself pawl stops `" + service.name +
            "` first");
    for (const Event& event : facts.of(service).events) {
      if (event.effect.stops && !moment.finished(event.step)) found.other = event.step;
    }
    found.notes.push_back({"`" + service.name + "` is a scheduler", service.span});
    return found;
  }
  for (const Touched& own : facts.touched[step]) {
    if (own.service->role != lang::Role::Scheduler || own.effect->stops) continue;
    for (const DatabaseFacts& database : facts.databases) {
      const Group& busy = database.changes.first_running(moment) ? database.changes : database.restores;
      const auto running = busy.first_running(moment);
      if (!running || *running == step) continue;
      Violation found = violation(Kind::SchedulerRuns, step,
                                  "starts " + own.service->name + " while " +
                                      step_name(facts.plan, *running) + " may still be at work on the schema",
                                  why, "let it start after that step");
      found.other = running;
      return found;
    }
  }
  return std::nullopt;
}

// ---------------------------------------------------------------- 6

namespace {

/// Why the listed recovery would not lead home at this moment; empty: it does.
class Recoveries {
 public:
  Recoveries(const Facts& facts, std::uint32_t step, const Moment& moment)
      : facts_(facts), step_(step), moment_(moment) {}

  std::string wrong(const Recovery& recovery) const {
    switch (recovery.kind) {
      case RecoveryKind::NothingToUndo:
        return facts_.changing.any_begun(moment_) ? "something has changed by then" : "";
      case RecoveryKind::SwitchBack:
        if (const std::string server = rewritten(); !server.empty())
          return "the files of " + server + " may have been changed by then";
        if (const std::string done = final(); !done.empty()) return done;
        if (!touched().empty()) return "what " + touched() + " holds may have changed by then";
        return moved().empty() ? "" : "the schema of " + moved() + " may have changed by then";
      case RecoveryKind::Downgrade:
        return downgrade();
      case RecoveryKind::Restore:
        return restore(recovery);
      case RecoveryKind::ForwardOnly:
        return forward();
      case RecoveryKind::GoOn:     // every step may be repeated: rule 7
      case RecoveryKind::Unknown:  // nothing is claimed
        return "";
    }
    return "";
  }

 private:
  /// A service whose data another server may have been started on; empty: none.
  std::string rewritten() const {
    for (const auto& [step, service] : facts_.rewriting) {
      if (moment_.begun(step)) return service;
    }
    return "";
  }
  /// A database whose schema the old version may not find as it was; empty: none.
  std::string moved() const {
    if (!facts_.changing.any_begun(moment_)) return "";
    for (std::size_t d = 0; d < facts_.databases.size(); ++d) {
      const DatabaseFacts& it = facts_.databases[d];
      const Group& touched = facts_.rolling_back() ? it.restores : it.changes;
      if ((it.ahead && !facts_.rolling_back()) || touched.any_begun(moment_))
        return facts_.stack.databases[d].name;
    }
    return "";
  }
  /// What a step of the author's own may have changed; empty: nothing.
  std::string touched() const {
    for (const auto& [step, what] : facts_.touching) {
      if (moment_.begun(step)) return what;
    }
    return "";
  }
  /// Why there is no way back at all; empty: there may be one.
  std::string final() const {
    return facts_.final.any_begun(moment_) ? "a step that nothing undoes may have begun by then" : "";
  }
  std::string downgrade() const {
    if (const std::string done = final(); !done.empty()) return done;
    if (facts_.one_way && !facts_.rolling_back())
      return "release " + facts_.one_way->version->text + " is one way";
    if (!touched().empty()) return "what " + touched() + " holds may have changed by then";
    for (std::size_t d = 0; d < facts_.databases.size(); ++d) {
      if (facts_.databases[d].changes.any_begun(moment_) && !facts_.stack.databases[d].down)
        return "nothing migrates " + facts_.stack.databases[d].name + " back";
    }
    return "";
  }
  std::string restore(const Recovery& recovery) const {
    // Before anything has changed the old version is still there, with its data.
    if (!facts_.changing.any_begun(moment_)) return "";
    if (!recovery.also_switch_back) return "the old version must be switched back to as well";
    if (facts_.rolling_back()) return "";
    if (const std::string done = final(); !done.empty()) return done;
    for (const auto& [step, what] : facts_.touching) {
      const auto saved = facts_.saving.find(what);
      if (moment_.begun(step) && (saved == facts_.saving.end() || !saved->second.any_finished(moment_)))
        return "there is no finished backup of " + what + " to restore by then";
    }
    if (facts_.ahead) return facts_.old_bundle ? "" : "no bundle of " + facts_.target.from + " is known";
    for (std::size_t d = 0; d < facts_.databases.size(); ++d) {
      const DatabaseFacts& it = facts_.databases[d];
      // What a rebuilt server held is in its old files as well.
      if (!it.changes.empty() && !it.backups.any_finished(moment_) && !it.restores.any_finished(moment_))
        return "there is no finished backup of " + facts_.stack.databases[d].name + " to restore by then";
    }
    return "";
  }
  /// One recovery is listed for a step, so what may have begun while it runs counts, and not only what has by
  /// now.
  bool final_may_be_beside() const {
    const auto may_have_begun = [&](std::uint32_t other) {
      return facts_.tracks.stands(other) &&
             facts_.tracks.place_of(other) < facts_.tracks.beside(step_, facts_.tracks.track_of(other));
    };
    const auto& final = facts_.final.all();
    return std::any_of(final.begin(), final.end(), may_have_begun) ||
           std::any_of(facts_.rewriting.begin(), facts_.rewriting.end(),
                       [&](const auto& each) { return may_have_begun(each.first); });
  }
  /// Going on is the only way only where somebody said so, or where an earlier run left no other.
  std::string forward() const {
    if (facts_.target.hop == lang::HopClass::Same || final_may_be_beside()) return "";
    if (facts_.rolling_back() || !facts_.policy.backup || (facts_.ahead && !facts_.old_bundle)) return "";
    return "no policy says that there may be no way back";
  }

  const Facts& facts_;
  std::uint32_t step_;
  const Moment& moment_;
};

}  // namespace

Found recovery_leads_home(const Facts& facts, std::uint32_t step, const Moment& moment) {
  const Recovery& recovery = facts.plan.steps[step].recovery;
  const std::string wrong = Recoveries(facts, step, moment).wrong(recovery);
  if (wrong.empty()) return std::nullopt;
  return violation(
      Kind::NoWayBack, step, "may fail, and `" + describe(recovery) + "` would not lead back: " + wrong,
      "from every step at which an upgrade may fail there must be a way back, or on",
      "this is a mistake of pawl's rather than of the manifest: please report it with the manifest");
}

// ---------------------------------------------------------------- 7

Found safe_to_repeat(const Facts& facts, std::uint32_t step) {
  for (const Operation& operation : facts.plan.steps[step].operations) {
    const bool asked = operation.done_when.has_value() || std::holds_alternative<Ask>(operation.instruction);
    if (operation.repeat == Repeat::Safe || asked) continue;
    return violation(
        Kind::NotRepeatable, step,
        "runs `" + render(operation) +
            "`, which may not run twice; if it were killed in the middle, nobody could tell whether it "
            "happened",
        "pawl may be killed at any moment, and a run goes on from there",
        "say `idempotent = true` if running it twice is the same as once, or tell with `done_when = …` how "
        "to see that it happened");
  }
  return std::nullopt;
}

}  // namespace pawl::planner
