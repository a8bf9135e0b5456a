// Pass `order`: the steps become a graph, and the graph a list.
//
// pawl's own steps form a spine: one after the other, in the order of Rank (scheduler stopped, api, workers
// one at a time, scheduler started, frontend, proxy), except that the backup and the fetching may run side by
// side. What the manifest asks for with `after` and `before` changes that order; the hard rules below do not
// bend, so that a contradiction shows as a cycle, and every edge of it says which line or which rule it is.
// A user's step hangs beside the spine: it waits for what it names and holds up what it names, and nothing
// else.
//
// Anchors such as `after = replaced` stand for many steps. Each has two nodes of its own in the graph (before
// all of them, after all of them), so that 10,000 steps behind one anchor cost 10,000 edges.
#include <algorithm>
#include <unordered_map>

#include "planner/pass/graph.h"
#include "planner/pass/passes.h"

namespace pawl::planner {
namespace {

using Node = std::uint32_t;
using Phase = lang::Anchor::Phase;
constexpr Phase kPhases[] = {Phase::Checks,     Phase::Backup,   Phase::Fetch, Phase::Pin,
                             Phase::Migrations, Phase::Replaced, Phase::End};
constexpr std::size_t kPhaseCount = std::size(kPhases);

std::size_t index_of(Phase phase) {
  return static_cast<std::size_t>(phase);
}

std::string_view phase_name(Phase phase) {
  static constexpr std::string_view kNames[] = {"checks",     "backup",   "fetch", "pin",
                                                "migrations", "replaced", "end"};
  return kNames[index_of(phase)];
}

/// Why one step comes before another although no line of the manifest asks for it.
struct Rule {
  std::string_view name;
  std::string_view why;
};

constexpr Rule kChecksFirst{"checks first", "nothing changes before the checks hold"};
constexpr Rule kBackupFirst{"backup first", "nothing changes before the backup is complete"};
constexpr Rule kFetchFirst{"fetch first",
                           "nothing changes before all that the new version needs has been fetched"};
constexpr Rule kPinFirst{"pin first", "what starts again starts in the version that the pin says"};
constexpr Rule kEndLast{"end last", "the last look is at what runs in the end"};
constexpr Rule kLastLook{"last look", "a success is claimed for what runs when everything else is done"};
constexpr Rule kSmokeFirst{"smoke first", "the checks of the manifest look at healthy services"};
constexpr Rule kOneService{"one service", "the steps of one service follow each other"};
constexpr Rule kInNewVersion{"migrate in the new version",
                             "a migration that runs inside a service belongs to its new version"};
constexpr Rule kSilence{
    "no scheduler while a schema changes",
    "a scheduler stops before any step that may change a schema, and starts after all of them"};
constexpr Rule kEmptyPhase{"empty phase", "a phase without steps lies between its neighbours"};
constexpr Rule kDefaultPlace{"default place",
                             "a step that says nothing else runs after the backup and before the last check"};

/// All steps of the phase `from` come before all steps of the phase `to`.
struct PhaseRule {
  Rule rule;
  Phase from, to;
};
constexpr PhaseRule kPhaseRules[] = {
    {kChecksFirst, Phase::Checks, Phase::Backup},   {kChecksFirst, Phase::Checks, Phase::Fetch},
    {kChecksFirst, Phase::Checks, Phase::Pin},      {kChecksFirst, Phase::Checks, Phase::Replaced},
    {kChecksFirst, Phase::Checks, Phase::End},      {kBackupFirst, Phase::Backup, Phase::Pin},
    {kBackupFirst, Phase::Backup, Phase::Replaced}, {kFetchFirst, Phase::Fetch, Phase::Pin},
    {kFetchFirst, Phase::Fetch, Phase::Replaced},   {kPinFirst, Phase::Pin, Phase::Replaced},
    {kEndLast, Phase::Replaced, Phase::End},
};

/// What asked for an edge: a line of the manifest, a rule, or a rule because of what a line says.
/// Neither: the edge joins a phase and one of its steps.
struct Reason {
  lang::Span span;
  const Rule* rule = nullptr;
};

std::vector<lang::ServiceId> services_of(const Draft& draft) {
  return std::visit(
      [](const auto& task) -> std::vector<lang::ServiceId> {
        if constexpr (requires { task.service; }) return {task.service};
        if constexpr (std::is_same_v<std::decay_t<decltype(task)>, MoveTogether>) return task.services;
        return {};
      },
      draft.task);
}
bool is_of(const Draft& draft, lang::ServiceId service) {
  const auto all = services_of(draft);
  return std::find(all.begin(), all.end(), service) != all.end();
}

/// The step brings the service to where it shall be; what else is done about it (warming up, seeding) only
/// follows.
bool is_move(const Draft& draft) {
  const auto& effects = draft.step.effects.services;
  const bool brings = std::any_of(effects.begin(), effects.end(),
                                  [](const ServiceEffect& each) { return each.moves || each.starts; });
  return brings || std::holds_alternative<RemoveIt>(draft.task) ||
         std::holds_alternative<ReloadIt>(draft.task);
}

bool is_user(const Draft& draft) {
  return draft.rank == Rank::Custom;
}
bool in_phase(const Draft& draft, Phase phase) {
  switch (phase) {
    case Phase::Checks:
      return draft.rank <= Rank::Gates;
    case Phase::Backup:
      return draft.rank == Rank::Backup;
    case Phase::Fetch:
      return draft.rank == Rank::Fetch;
    case Phase::Pin:
      return draft.rank == Rank::Pin;
    case Phase::Migrations:
      return !draft.step.effects.migrates.empty();
    case Phase::Replaced:
      return draft.rank >= Rank::Stop && draft.rank <= Rank::Remove;
    case Phase::End:
      return draft.rank >= Rank::Smoke && draft.rank < Rank::LastLook;
  }
  return false;
}

/// Steps of one service: the stop that some have, and the move itself.
struct Moves {
  std::vector<Node> all;   // stop included
  std::vector<Node> main;  // replace, start, migrate, reload, remove
};

class Ordering {
 public:
  Ordering(const CompileInput& input, std::vector<Draft> drafts)
      : input_(input), stack_(*input.stack), drafts_(std::move(drafts)) {}

  Pass<std::vector<Draft>> run() {
    index();
    add_phases();
    add_rules();
    add_services();
    add_user_steps();
    if (early_.has_errors()) return refused(std::move(early_));
    add_defaults_for_user_steps();
    const Sorted sorted = Graph(node_count(), edges_).sort(keys());
    if (!sorted.cycle.empty()) return refused(describe_cycle(sorted.cycle));
    return linked(sorted.order);
  }

 private:
  // ------------------------------------------------------------ nodes

  Node first_of(Phase phase) const { return static_cast<Node>(drafts_.size() + 2 * index_of(phase)); }
  Node last_of(Phase phase) const { return first_of(phase) + 1; }
  /// The phase whose beginning or end `node` is; it is not a step.
  Phase phase_of(Node node) const { return kPhases[(node - drafts_.size()) / 2]; }
  std::size_t node_count() const { return drafts_.size() + 2 * kPhaseCount; }
  bool is_real(Node node) const { return node < drafts_.size(); }

  void index() {
    moves_.resize(stack_.services.size());
    for (Node node = 0; node < drafts_.size(); ++node) {
      const Draft& draft = drafts_[node];
      if (const auto* user = std::get_if<RunUserStep>(&draft.task))
        user_nodes_.emplace(user->step->name, node);
      for (const lang::ServiceId service : services_of(draft)) {
        moves_[service.value].all.push_back(node);
        if (is_move(draft)) moves_[service.value].main.push_back(node);
      }
    }
  }

  void edge(Node from, Node to, Reason reason = {}) {
    edges_.push_back({from, to});
    reasons_.push_back(reason);
  }
  void edge(Node from, Node to, lang::Span span) { edge(from, to, Reason{span}); }
  void edge(Node from, Node to, const Rule& rule, lang::Span span = {}) {
    edge(from, to, Reason{span, &rule});
  }

  /// Phase nodes around their members. A phase without members stands for the one before it (as an end) or
  /// after it (as a beginning).
  void add_phases() {
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      const Phase phase = kPhases[i];
      bool empty = true;
      for (Node node = 0; node < drafts_.size(); ++node) {
        if (!in_phase(drafts_[node], phase)) continue;
        edge(first_of(phase), node);
        edge(node, last_of(phase));
        empty = false;
      }
      if (empty && i > 0) edge(last_of(kPhases[i - 1]), last_of(phase), kEmptyPhase);
      if (empty && i + 1 < kPhaseCount) edge(first_of(phase), first_of(kPhases[i + 1]), kEmptyPhase);
    }
  }

  // ------------------------------------------------------------ hard rules

  void add_rules() {
    for (const PhaseRule& each : kPhaseRules) edge(last_of(each.from), first_of(each.to), each.rule);
    for (const Moves& moves : moves_) {
      for (std::size_t i = 1; i < moves.all.size(); ++i) edge(moves.all[i - 1], moves.all[i], kOneService);
    }
    std::optional<Node> look;
    for (Node node = 0; node < drafts_.size(); ++node) {
      if (drafts_[node].rank == Rank::Smoke) smoke_ = node;
      if (drafts_[node].rank == Rank::LastLook) look = node;
      if (const auto* migrate = std::get_if<MigrateWith>(&drafts_[node].task)) follow_service(node, *migrate);
      if (std::holds_alternative<StopIt>(drafts_[node].task)) keep_schedulers_silent(node);
    }
    for (Node node = 0; node < drafts_.size(); ++node) {
      const bool late = drafts_[node].rank == Rank::AfterChecks;
      if (late) edge(smoke_, node, kSmokeFirst);
      if (look && (late || is_user(drafts_[node]))) edge(node, *look, kLastLook);
    }
  }

  void follow_service(Node node, const MigrateWith& migrate) {
    const auto* inside = std::get_if<lang::ExecIn>(&stack_[migrate.database].migrate->how);
    if (!inside || moves_[inside->service.value].main.empty()) return;
    edge(moves_[inside->service.value].main.back(), node, kInNewVersion, drafts_[node].span);
  }

  /// Stopped before anything that may change a schema, started after all of it.
  void keep_schedulers_silent(Node stop) {
    const lang::ServiceId service = std::get<StopIt>(drafts_[stop].task).service;
    if (stack_[service].role != lang::Role::Scheduler) return;
    for (Node node = 0; node < drafts_.size(); ++node) {
      if (drafts_[node].step.effects.migrates.empty() || is_of(drafts_[node], service)) continue;
      edge(stop, node, kSilence, drafts_[stop].span);
      for (const Node start : moves_[service.value].main) edge(node, start, kSilence, drafts_[stop].span);
    }
  }

  // ------------------------------------------------------------ what the manifest asks for

  void add_services() {
    for (std::size_t i = 0; i < stack_.services.size(); ++i) {
      const lang::Service& service = stack_.services[i];
      for (const lang::ServiceId other : service.after) chain(moves_[other.value], moves_[i], service.span);
      for (const lang::ServiceId other : service.before) chain(moves_[i], moves_[other.value], service.span);
    }
  }
  void chain(const Moves& earlier, const Moves& later, lang::Span span) {
    if (earlier.main.empty() || later.main.empty()) return;
    // Services that move together have one step; their order in it is kept where it is made.
    if (earlier.main.back() != later.main.front()) edge(earlier.main.back(), later.main.front(), span);
  }

  void add_user_steps() {
    for (Node node = 0; node < drafts_.size(); ++node) {
      const auto* user = std::get_if<RunUserStep>(&drafts_[node].task);
      if (!user) continue;
      for (const lang::Anchor& anchor : user->step->after) after(node, anchor);
      for (const lang::Anchor& anchor : user->step->before) before(node, anchor);
    }
  }

  void after(Node node, const lang::Anchor& anchor) {
    if (const auto* service = std::get_if<lang::ServiceId>(&anchor.what)) {
      const Moves& moves = moves_[service->value];
      if (!moves.main.empty()) edge(moves.main.back(), node, anchor.span);
    } else if (const auto* database = std::get_if<lang::DatabaseId>(&anchor.what)) {
      const std::vector<Node> migrating = migrations_of(*database);
      for (const Node each : migrating) edge(each, node, anchor.span);
      if (migrating.empty()) edge(last_of(Phase::Backup), node, anchor.span);
    } else if (const auto* step = std::get_if<std::string>(&anchor.what)) {
      const auto other = user_nodes_.find(*step);
      if (other != user_nodes_.end()) edge(other->second, node, anchor.span);
    } else {
      edge(last_of(std::get<Phase>(anchor.what)), node, anchor.span);
    }
  }

  void before(Node node, const lang::Anchor& anchor) {
    if (const auto* service = std::get_if<lang::ServiceId>(&anchor.what)) {
      const Moves& moves = moves_[service->value];
      if (!moves.all.empty()) edge(node, moves.all.front(), anchor.span);
    } else if (const auto* database = std::get_if<lang::DatabaseId>(&anchor.what)) {
      const std::vector<Node> migrating = migrations_of(*database);
      for (const Node each : migrating) edge(node, each, anchor.span);
      if (migrating.empty()) edge(node, first_of(Phase::Replaced), anchor.span);
    } else if (const auto* step = std::get_if<std::string>(&anchor.what)) {
      const auto other = user_nodes_.find(*step);
      if (other != user_nodes_.end()) edge(node, other->second, anchor.span);
    } else if (std::get<Phase>(anchor.what) == Phase::Checks) {
      early_.add({lang::DiagnosticKind::StepTooEarly,
                  anchor.span,
                  "step `" + drafts_[node].step.subject + "` comes before the checks",
                  "nothing is changed before the checks hold",
                  "use a gate, or a check with `phase = before`, or place the step `before = backup`",
                  "",
                  {}});
    } else {
      edge(node, first_of(std::get<Phase>(anchor.what)), anchor.span);
    }
  }

  std::vector<Node> migrations_of(lang::DatabaseId database) const {
    std::vector<Node> found;
    const std::string& name = stack_[database].name;
    for (Node node = 0; node < drafts_.size() && !is_user(drafts_[node]); ++node) {
      const std::vector<std::string>& migrates = drafts_[node].step.effects.migrates;
      if (std::find(migrates.begin(), migrates.end(), name) != migrates.end()) found.push_back(node);
    }
    return found;
  }

  /// Unless the manifest says otherwise, a user's step runs after the backup and before the last check.
  void add_defaults_for_user_steps() {
    const Graph graph(node_count(), edges_);
    const std::vector<bool> before_backup =
        graph.reach({first_of(Phase::Backup), last_of(Phase::Backup)}, Graph::Side::Before);
    const std::vector<bool> at_the_end = graph.reach({first_of(Phase::End)}, Graph::Side::After);
    for (Node node = 0; node < drafts_.size(); ++node) {
      if (!is_user(drafts_[node])) continue;
      const bool early = before_backup[node];
      const auto waits = graph.neighbours(node, Graph::Side::Before);
      if (std::all_of(waits.begin(), waits.end(), [&](Node each) { return before_backup[each] && !early; })) {
        edge(last_of(early ? Phase::Checks : Phase::Backup), node, kDefaultPlace);
      }
      if (at_the_end[node]) continue;
      const auto holds_up = graph.neighbours(node, Graph::Side::After);
      if (std::all_of(holds_up.begin(), holds_up.end(), [&](Node each) { return at_the_end[each]; }))
        edge(node, smoke_, kDefaultPlace);
    }
  }

  // ------------------------------------------------------------ the result

  std::vector<Key> keys() const {
    std::vector<Key> keys(node_count(), kFloating);
    for (Node node = 0; node < drafts_.size(); ++node) {
      const Draft& draft = drafts_[node];
      if (!is_user(draft))
        keys[node] = {static_cast<int>(draft.rank), static_cast<int>(draft.place.turn), draft.place.index,
                      draft.part, static_cast<int>(node)};
    }
    return keys;
  }

  /// Steps of the spine that may run side by side share a group.
  static int group(const Draft& draft) {
    if (draft.rank == Rank::Backup || draft.rank == Rank::Fetch) return 1;
    return draft.rank == Rank::AfterChecks ? 2 : 0;
  }

  std::vector<Draft> linked(const std::vector<Node>& order) {
    const Graph graph(node_count(), edges_);
    place_.assign(node_count(), 0);
    level_.assign(node_count(), 0);
    std::vector<Draft> out;
    out.reserve(drafts_.size());
    for (const Node node : order) {
      std::vector<Node> found = waits_for(node, graph);
      if (!is_real(node)) {
        behind_[node - drafts_.size()] = std::move(found);
        continue;
      }
      place_[node] = static_cast<std::uint32_t>(out.size());
      for (const Node each : found) drafts_[node].step.needs.push_back({place_[each]});
      std::vector<StepId>& needs = drafts_[node].step.needs;
      std::sort(needs.begin(), needs.end());
      needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
      out.push_back(std::move(drafts_[node]));
    }
    return out;
  }

  /// The steps a node waits for, without those that follow from the others: of the spine only the latest
  /// level.
  std::vector<Node> waits_for(Node node, const Graph& graph) {
    const bool on_spine = is_real(node) && !is_user(drafts_[node]);
    std::vector<Node> found;
    if (on_spine) {
      enter_level(node);
      const std::vector<Node>& previous = levels_[level_[node] - 1];
      found.insert(found.end(), previous.begin(), previous.end());
    }
    for (const Node each : graph.neighbours(node, Graph::Side::Before)) {
      if (is_real(each)) {
        found.push_back(each);
      } else if (passes_on(each, node)) {
        const std::vector<Node>& behind = behind_[each - drafts_.size()];
        found.insert(found.end(), behind.begin(), behind.end());
        // The members of a phase follow each other: what must come before all of them holds up the first one
        // only.
        if (on_spine && !is_end(each)) behind_[each - drafts_.size()].clear();
      }
    }
    std::uint32_t latest = 0;
    for (const Node each : found) latest = std::max(latest, level_[each]);
    std::erase_if(found, [&](Node each) { return level_[each] != 0 && level_[each] != latest; });
    return found;
  }

  void enter_level(Node node) {
    const int own = group(drafts_[node]);
    const bool joins = own != 0 && spine_group_ == own;
    if (!joins) levels_.emplace_back();
    spine_group_ = own;
    levels_.back().push_back(node);
    level_[node] = static_cast<std::uint32_t>(levels_.size() - 1);
  }

  bool is_end(Node phase) const { return (phase - drafts_.size()) % 2 == 1; }
  /// The spine itself says that phases follow each other: from the end of one to the beginning of the next
  /// nothing is passed.
  bool passes_on(Node phase, Node to) const { return is_real(to) || is_end(phase) == is_end(to); }

  // ------------------------------------------------------------ mistakes

  static tl::unexpected<Refusal> refused(lang::Diagnostics diagnostics) {
    Refusal refusal;
    refusal.kind = Refusal::Kind::Manifest;
    refusal.diagnostics = std::move(diagnostics);
    return tl::unexpected(std::move(refusal));
  }

  std::string node_name(Node node) const {
    if (!is_real(node)) return std::string(phase_name(phase_of(node)));
    const Step& step = drafts_[node].step;
    return std::string(name(step.kind)) + " " + step.subject;
  }

  /// From the beginning of a phase to its end: which of its steps the cycle runs through does not matter.
  bool spans_a_phase(Node from, Node to) const {
    return !is_real(from) && !is_real(to) && !is_end(from) && to == from + 1;
  }

  /// The cycle without such steps.
  std::vector<Node> outline(const std::vector<Node>& cycle) const {
    std::vector<Node> out;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const Node before = cycle[(i + cycle.size() - 1) % cycle.size()], after = cycle[(i + 1) % cycle.size()];
      if (!spans_a_phase(before, after)) out.push_back(cycle[i]);
    }
    return out;
  }

  /// What asked for the edge; a line of the manifest rather than a rule that says the same.
  Reason reason_of(Node from, Node to) const {
    Reason found;
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      if (edges_[e].from != from || edges_[e].to != to) continue;
      if (!reasons_[e].rule && reasons_[e].span.known()) return reasons_[e];
      if (!found.rule) found = reasons_[e];
    }
    return found;
  }

  std::string explain(Node from, Node to, const Reason& reason) const {
    const std::string before = "`" + node_name(from) + "`", after = "`" + node_name(to) + "`";
    if (reason.rule)
      return before + " comes before " + after + " by the rule \"" + std::string(reason.rule->name) +
             "\": " + std::string(reason.rule->why);
    if (reason.span.known()) return before + " comes before " + after + " because of this";
    return is_real(from) ? before + " is a step of " + after : after + " is a step of " + before;
  }

  lang::Diagnostics describe_cycle(const std::vector<Node>& found) const {
    const std::vector<Node> cycle = outline(found);
    lang::Diagnostic diagnostic{lang::DiagnosticKind::OrderCycle, {}, "", "", "", "", {}};
    diagnostic.detail = node_name(cycle.front());
    bool by_rule = false;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const Node from = cycle[i], to = cycle[(i + 1) % cycle.size()];
      if (node_name(to) != node_name(from)) diagnostic.detail += " → " + node_name(to);
      if (spans_a_phase(from, to)) continue;
      const Reason reason = reason_of(from, to);
      if (!reason.rule && !diagnostic.span.known()) diagnostic.span = reason.span;
      by_rule = by_rule || reason.rule;
      diagnostic.notes.push_back({explain(from, to, reason), reason.span});
    }
    diagnostic.why = "each of these waits for the one before it, so none could ever start";
    diagnostic.fix = by_rule ? "remove one of these `after` or `before`; the rules always hold"
                             : "remove one of these `after` or `before`";
    lang::Diagnostics all;
    all.add(std::move(diagnostic));
    return all;
  }

  const CompileInput& input_;
  const lang::Stack& stack_;
  std::vector<Draft> drafts_;
  std::vector<Edge> edges_;
  std::vector<Reason> reasons_;  // by edge
  std::vector<Moves> moves_;     // by ServiceId
  std::unordered_map<std::string, Node> user_nodes_;
  lang::Diagnostics early_;
  Node smoke_ = 0;
  // Of the result, by node: its place in the list, and its level on the spine (0: not on it).
  std::vector<std::uint32_t> place_, level_;
  std::vector<std::vector<Node>> levels_{{}};
  std::array<std::vector<Node>, 2 * kPhaseCount> behind_;  // by phase node: the steps it stands for
  int spine_group_ = 0;
};

}  // namespace

Pass<std::vector<Draft>> order(const CompileInput& input, std::vector<Draft> drafts) {
  return Ordering(input, std::move(drafts)).run();
}

}  // namespace pawl::planner
