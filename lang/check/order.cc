// `after` and `before` of services, and of steps among each other, must not form a cycle. The graph
// is walked with a stack of our own: a chain of ten thousand steps is not a reason to crash.
#include <string>
#include <unordered_map>

#include "lang/check/check.h"

namespace pawl::lang {
namespace {

class Order {
 public:
  explicit Order(std::size_t nodes) : later_(nodes), state_(nodes, State::New) {}

  void add(std::size_t first, std::size_t second) { later_[first].push_back(second); }

  /// Calls `report(path)` for each cycle found; the path ends where it began. Every node is in at most one
  /// of them.
  template <class Report>
  void find_cycles(Report report) {
    for (std::size_t node = 0; node < later_.size(); ++node) {
      if (state_[node] == State::New) walk(node, report);
    }
  }

 private:
  enum class State { New, Open, Done };
  struct Visit {
    std::size_t node;
    std::size_t next = 0;
  };

  template <class Report>
  void walk(std::size_t start, Report report) {
    std::vector<Visit> path{{start}};
    state_[start] = State::Open;
    while (!path.empty()) {
      Visit& top = path.back();
      if (top.next == later_[top.node].size()) {
        state_[top.node] = State::Done;
        path.pop_back();
        continue;
      }
      const std::size_t node = later_[top.node][top.next++];
      if (state_[node] == State::New) {
        state_[node] = State::Open;
        path.push_back({node});
      } else if (state_[node] == State::Open) {
        report(cycle(path, node));
      }
    }
  }

  static std::vector<std::size_t> cycle(const std::vector<Visit>& path, std::size_t node) {
    std::vector<std::size_t> out;
    std::size_t i = path.size();
    while (i > 0 && path[i - 1].node != node) --i;
    for (std::size_t k = i - 1; k < path.size(); ++k) out.push_back(path[k].node);
    out.push_back(node);
    return out;
  }

  std::vector<std::vector<std::size_t>> later_;
  std::vector<State> state_;
};

template <class Name>
void report_cycle(Scope& scope, const std::vector<std::size_t>& cycle, std::string_view kind, Name name) {
  std::string path;
  std::vector<Diagnostic::Note> notes;
  constexpr std::size_t kShown = 12;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const std::string& one = name(cycle[i]);
    if (i < kShown || i + 1 == cycle.size())
      path += (path.empty() ? "" : " → ") + one;
    else if (i == kShown)
      path += " → …";
    if (i > 0 && i + 1 < cycle.size() && notes.size() < 3) {
      notes.push_back({"`" + one + "` is here", scope.names(kind).at(one).span});
    }
  }
  scope.report(DiagnosticKind::OrderCycle, scope.names(kind).at(name(cycle[0])).span,
               cycle.size() == 2 ? std::string(kind) + " `" + name(cycle[0]) + "` must come before itself"
                                 : "each must come before the next: " + path,
               "remove one `after` or `before` on this path", {}, {}, std::move(notes));
}

void check_services(Scope& scope, const Stack& stack) {
  Order order(stack.services.size());
  for (std::size_t i = 0; i < stack.services.size(); ++i) {
    for (const ServiceId id : stack.services[i].after) order.add(id.value, i);
    for (const ServiceId id : stack.services[i].before) order.add(i, id.value);
  }
  order.find_cycles([&](const std::vector<std::size_t>& cycle) {
    report_cycle(scope, cycle, "service",
                 [&](std::size_t i) -> const std::string& { return stack.services[i].name; });
  });
}

void check_steps(Scope& scope, const Stack& stack) {
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < stack.steps.size(); ++i) by_name.emplace(stack.steps[i].name, i);
  Order order(stack.steps.size());
  for (std::size_t i = 0; i < stack.steps.size(); ++i) {
    for (const Anchor& anchor : stack.steps[i].after) {
      if (const auto* step = std::get_if<std::string>(&anchor.what)) order.add(by_name.at(*step), i);
    }
    for (const Anchor& anchor : stack.steps[i].before) {
      if (const auto* step = std::get_if<std::string>(&anchor.what)) order.add(i, by_name.at(*step));
    }
  }
  order.find_cycles([&](const std::vector<std::size_t>& cycle) {
    report_cycle(scope, cycle, "step",
                 [&](std::size_t i) -> const std::string& { return stack.steps[i].name; });
  });
}

}  // namespace

void check_order(Scope& scope, const Stack& stack) {
  check_services(scope, stack);
  check_steps(scope, stack);
}

}  // namespace pawl::lang
