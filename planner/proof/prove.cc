// Pass `prove`: walks every state that a plan can reach, and passes no plan that could lead into a corner.
//
// A run is a pile of steps, some finished, some running, the rest waiting; the executor may start any step
// whose needs are finished, beside any others. A state is which steps are finished and which run. Whatever
// has been begun may have done any part of its work, so a step that fails in a state and a pawl that is
// killed in it leave the same behind: the state. (A resumed run goes on from there; a step in doubt counts as
// one that runs.) So it is enough to reach every state by starting and finishing steps in every order that
// `needs` allows, and to ask in each: does an invariant break when this step starts here, and would the
// recovery that the plan lists lead home if this step, or one beside it, failed now?
//
// The search is breadth first, so that the first state found to break an invariant is one with the fewest
// steps begun: the counterexample a person is told is the shortest there is.
//
// There are far fewer states than sets of steps:
// - Steps without effects that an invariant speaks of (fetching, probes, an author's own commands) are seen
//   through: whoever waits for them waits for what they need.
// - The others lie on tracks (tracks.h). A state is one number per track, and pawl's own steps lie on one
//   track, so that a plan of n steps has about 2n states.
// - A step that was seen through is asked in two states only: the earliest in which it can run and the
//   latest. What has begun only grows between them, and every rule about it is either broken more easily
//   with less begun (no backup yet) or with more (a schema has moved).
//
// The parallelism of the plan is not counted in: `apply --parallelism` may change it.
#include <algorithm>
#include <deque>
#include <string>
#include <unordered_set>

#include "planner/proof/rules.h"
#include "planner/proof/story.h"

namespace pawl::planner {
namespace {

/// More states than any plan of pawl's own has; a plan beyond is refused rather than waited for.
constexpr std::size_t kMostStates = 200'000;

using Refused = std::optional<lang::Diagnostic>;

class Search {
 public:
  explicit Search(const Facts& facts) : facts_(facts), tracks_(facts.tracks) {}

  bool gave_up() const { return gave_up_; }

  /// The shortest way to break an invariant; nothing: there is none.
  Refused run() {
    visit(
        Moment(tracks_, std::vector<std::uint32_t>(tracks_.count(), 0), std::vector<bool>(tracks_.count())));
    while (!open_.empty() && !gave_up_) {
      const Moment here = std::move(open_.front());
      open_.pop_front();
      for (std::size_t t = 0; t < tracks_.count(); ++t) {
        if (here.running()[t]) {
          Moment next = here;
          next.finish(t);
          visit(std::move(next));
        } else if (can_start(here, t)) {
          Moment next = here;
          next.start(t);
          if (auto found = ask(next, tracks_[t][here.finished()[t]])) return found;
          visit(std::move(next));
        }
      }
    }
    return std::nullopt;
  }

 private:
  bool can_start(const Moment& here, std::size_t track) const {
    if (here.finished()[track] >= tracks_[track].size()) return false;
    const std::uint32_t step = tracks_[track][here.finished()[track]];
    for (std::size_t t = 0; t < tracks_.count(); ++t) {
      if (here.finished()[t] < tracks_.before(step, t)) return false;
    }
    return true;
  }

  Refused ask(const Moment& moment, std::uint32_t started) const {
    for (const Rule rule : {nothing_before_checks, backup_before_schema, everybody_can_read,
                            schedulers_silent, one_out_at_once}) {
      if (const auto broken = rule(facts_, started, moment)) return tell(facts_, *broken, moment);
    }
    for (std::size_t t = 0; t < tracks_.count(); ++t) {
      if (!moment.running()[t]) continue;
      const auto broken = recovery_leads_home(facts_, tracks_[t][moment.finished()[t]], moment);
      if (broken) return tell(facts_, *broken, moment);
    }
    return std::nullopt;
  }

  void visit(Moment moment) {
    if (tracks_.count() > 1 && !seen_.insert(key(moment)).second) return;
    if (++states_ > kMostStates) gave_up_ = true;
    open_.push_back(std::move(moment));
  }

  static std::string key(const Moment& moment) {
    std::string out;
    for (std::size_t t = 0; t < moment.finished().size(); ++t) {
      const std::uint32_t at = 2 * moment.finished()[t] + (moment.running()[t] ? 1 : 0);
      out.append(reinterpret_cast<const char*>(&at), sizeof at);
    }
    return out;
  }

  const Facts& facts_;
  const Tracks& tracks_;
  std::deque<Moment> open_;
  std::unordered_set<std::string> seen_;
  std::size_t states_ = 0;
  bool gave_up_ = false;
};

/// A step that is on no track, at the first and at the last moment at which it can run.
Refused ask_beside(const Facts& facts, std::uint32_t step) {
  std::vector<std::uint32_t> early, late;
  for (std::size_t t = 0; t < facts.tracks.count(); ++t) {
    early.push_back(facts.tracks.before(step, t));
    late.push_back(facts.tracks.beside(step, t));
  }
  const std::vector<bool> none(facts.tracks.count());
  const Moment first(facts.tracks, std::move(early), none), last(facts.tracks, std::move(late), none);
  if (const auto broken = nothing_before_checks(facts, step, first)) return tell(facts, *broken, first);
  for (const Moment* moment : {&first, &last}) {
    if (const auto broken = recovery_leads_home(facts, step, *moment)) return tell(facts, *broken, *moment);
  }
  return std::nullopt;
}

Refusal refusal(lang::Diagnostics diagnostics) {
  Refusal out;
  out.kind = Refusal::Kind::Manifest;
  out.diagnostics = std::move(diagnostics);
  return out;
}

}  // namespace

Pass<std::uint32_t> prove(const CompileInput& input, const Target& target, const PolicyDecision& policy,
                          const Plan& plan, const std::vector<std::string>& ahead) {
  const Facts facts(input, target, policy, plan, ahead);
  lang::Diagnostics broken;
  for (std::uint32_t step = 0; step < plan.steps.size(); ++step) {
    if (const auto found = safe_to_repeat(facts, step)) {
      const Moment nowhere(facts.tracks, std::vector<std::uint32_t>(facts.tracks.count(), 0),
                           std::vector<bool>(facts.tracks.count()));
      broken.add(tell(facts, *found, nowhere));
    }
  }
  Search search(facts);
  if (!facts.tracks.too_wide()) {
    if (auto found = search.run()) broken.add(std::move(*found));
  }
  if (facts.tracks.too_wide() || search.gave_up()) {
    return refuse("The plan has too many steps that change something side by side to prove that it is safe.",
                  "Order them with `after` and `before`.");
  }
  std::uint32_t proved = 0;
  for (std::uint32_t step = 0; step < plan.steps.size() && !broken.has_errors(); ++step) {
    if (!facts.tracks.stands(step)) {
      if (auto found = ask_beside(facts, step)) broken.add(std::move(*found));
    }
    if (plan.steps[step].recovery.kind != RecoveryKind::Unknown) ++proved;
  }
  if (broken.has_errors()) return tl::unexpected(refusal(std::move(broken)));
  return proved;
}

}  // namespace pawl::planner
