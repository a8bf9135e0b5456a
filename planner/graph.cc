#include "planner/graph.h"

#include <algorithm>
#include <queue>

namespace pawl::planner {
namespace {

/// Nodes in some topological order; shorter than all of them when there is a cycle (Kahn, 1962).
std::vector<std::uint32_t> any_order(std::size_t nodes, const Adjacency& before, const Adjacency& after) {
  std::vector<std::size_t> open(nodes);
  std::vector<std::uint32_t> order;
  order.reserve(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    open[node] = before.of(node).size();
    if (open[node] == 0) order.push_back(node);
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const std::uint32_t next : after.of(order[i])) {
      if (--open[next] == 0) order.push_back(next);
    }
  }
  return order;
}

/// Nodes outside `order` all wait for another such node: going back from one of them must come round.
std::vector<std::uint32_t> find_cycle(std::size_t nodes, const std::vector<std::uint32_t>& order,
                                      const Adjacency& before) {
  std::vector<bool> sorted(nodes, false);
  for (const std::uint32_t node : order) sorted[node] = true;
  std::uint32_t node = 0;
  while (sorted[node]) ++node;
  std::vector<std::size_t> seen_at(nodes, SIZE_MAX);
  std::vector<std::uint32_t> path;
  while (seen_at[node] == SIZE_MAX) {
    seen_at[node] = path.size();
    path.push_back(node);
    const auto waits_for = before.of(node);
    node =
        *std::find_if(waits_for.begin(), waits_for.end(), [&](std::uint32_t each) { return !sorted[each]; });
  }
  std::vector<std::uint32_t> cycle(path.begin() + static_cast<std::ptrdiff_t>(seen_at[node]), path.end());
  std::reverse(cycle.begin(), cycle.end());
  return cycle;
}

}  // namespace

Adjacency::Adjacency(std::size_t nodes, const std::vector<Edge>& edges, Side side)
    : starts_(nodes + 1, 0), targets_(edges.size()) {
  const auto here = [side](const Edge& edge) { return side == Side::After ? edge.from : edge.to; };
  for (const Edge& edge : edges) ++starts_[here(edge) + 1];
  for (std::size_t node = 0; node < nodes; ++node) starts_[node + 1] += starts_[node];
  std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
  for (const Edge& edge : edges) targets_[next[here(edge)]++] = side == Side::After ? edge.to : edge.from;
}

Sorted sort(const std::vector<Key>& keys, const std::vector<Edge>& edges) {
  const std::size_t nodes = keys.size();
  const Adjacency before(nodes, edges, Adjacency::Side::Before);
  const Adjacency after(nodes, edges, Adjacency::Side::After);
  const std::vector<std::uint32_t> some = any_order(nodes, before, after);
  if (some.size() < nodes) return {{}, find_cycle(nodes, some, before)};

  std::vector<Key> wanted = keys;
  for (auto node = some.rbegin(); node != some.rend(); ++node) {
    for (const std::uint32_t next : after.of(*node)) wanted[*node] = std::min(wanted[*node], wanted[next]);
  }
  using Entry = std::pair<Key, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  std::vector<std::size_t> open(nodes);
  std::vector<Key> latest(nodes, Key{});  // of those a node waited for
  const auto enter = [&](std::uint32_t node) {
    if (wanted[node] == kFloating) wanted[node] = latest[node];
    ready.emplace(wanted[node], node);
  };
  for (std::uint32_t node = 0; node < nodes; ++node) {
    open[node] = before.of(node).size();
    if (open[node] == 0) enter(node);
  }
  Sorted sorted;
  sorted.order.reserve(nodes);
  while (!ready.empty()) {
    const auto [key, node] = ready.top();
    ready.pop();
    sorted.order.push_back(node);
    for (const std::uint32_t next : after.of(node)) {
      latest[next] = std::max(latest[next], key);
      if (--open[next] == 0) enter(next);
    }
  }
  return sorted;
}

std::vector<bool> reach(std::size_t nodes, const Adjacency& adjacency,
                        const std::vector<std::uint32_t>& goals) {
  std::vector<bool> reached(nodes, false);
  std::vector<std::uint32_t> todo;
  const auto visit = [&](std::uint32_t node) {
    if (reached[node]) return;
    reached[node] = true;
    todo.push_back(node);
  };
  for (const std::uint32_t goal : goals) visit(goal);
  while (!todo.empty()) {
    const std::uint32_t node = todo.back();
    todo.pop_back();
    for (const std::uint32_t next : adjacency.of(node)) visit(next);
  }
  return reached;
}

}  // namespace pawl::planner
