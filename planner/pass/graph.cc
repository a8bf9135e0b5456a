#include "planner/pass/graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/topological_sort.hpp>
#include <queue>

namespace pawl::planner {
namespace {

using Table = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;
using Node = boost::graph_traits<Table>::vertex_descriptor;

/// Ends a walk at the first edge that leads back onto the path, with that path.
class CycleFinder : public boost::default_dfs_visitor {
 public:
  struct Found {};
  explicit CycleFinder(std::vector<std::uint32_t>& path) : path_(path) {}

  void discover_vertex(Node node, const Table&) { path_.push_back(static_cast<std::uint32_t>(node)); }
  void finish_vertex(Node, const Table&) { path_.pop_back(); }
  void back_edge(const boost::graph_traits<Table>::edge_descriptor& edge, const Table& table) {
    path_.erase(path_.begin(), std::find(path_.begin(), path_.end(), boost::target(edge, table)));
    throw Found{};
  }

 private:
  std::vector<std::uint32_t>& path_;
};

std::vector<std::uint32_t> find_cycle(const Table& table) {
  std::vector<std::uint32_t> path;
  try {
    boost::depth_first_search(table, boost::visitor(CycleFinder(path)));
  } catch (const CycleFinder::Found&) {
  }
  return path;
}

/// Nodes so that each comes after all it has edges to; empty when there is a cycle.
std::vector<Node> ends_first(const Table& table) {
  std::vector<Node> order;
  order.reserve(boost::num_vertices(table));
  try {
    boost::topological_sort(table, std::back_inserter(order));
  } catch (const boost::not_a_dag&) {
    order.clear();
  }
  return order;
}

template <class Directed>
std::vector<bool> reach_in(const Directed& graph, const std::vector<std::uint32_t>& goals) {
  std::vector<boost::default_color_type> colours(boost::num_vertices(graph), boost::white_color);
  const auto colour =
      boost::make_iterator_property_map(colours.begin(), boost::get(boost::vertex_index, graph));
  for (const std::uint32_t goal : goals) {
    if (colours[goal] == boost::white_color)
      boost::depth_first_visit(graph, goal, boost::default_dfs_visitor(), colour);
  }
  std::vector<bool> reached(colours.size());
  std::transform(colours.begin(), colours.end(), reached.begin(),
                 [](auto each) { return each != boost::white_color; });
  return reached;
}

/// Kahn's algorithm with a heap: of the nodes that wait for nothing more, the one whose key is smallest comes
/// next.
class KeyedSort {
 public:
  KeyedSort(const Table& table, std::vector<Key> wanted)
      : table_(table), wanted_(std::move(wanted)), open_(wanted_.size()), latest_(wanted_.size(), Key{}) {}

  std::vector<std::uint32_t> run() {
    for (Node node = 0; node < open_.size(); ++node) {
      open_[node] = boost::in_degree(node, table_);
      if (open_[node] == 0) enter(node);
    }
    std::vector<std::uint32_t> order;
    order.reserve(open_.size());
    while (!ready_.empty()) {
      const auto [key, node] = ready_.top();
      ready_.pop();
      order.push_back(static_cast<std::uint32_t>(node));
      for (auto [next, end] = boost::adjacent_vertices(node, table_); next != end; ++next) {
        latest_[*next] = std::max(latest_[*next], key);
        if (--open_[*next] == 0) enter(*next);
      }
    }
    return order;
  }

 private:
  using Entry = std::pair<Key, Node>;

  void enter(Node node) {
    if (wanted_[node] == kFloating) wanted_[node] = latest_[node];
    ready_.emplace(wanted_[node], node);
  }

  const Table& table_;
  std::vector<Key> wanted_;
  std::vector<std::size_t> open_;
  std::vector<Key> latest_;  // of those a node waited for
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready_;
};

}  // namespace

struct Graph::Tables {
  Table table;
};

Graph::Graph(std::size_t nodes, const std::vector<Edge>& edges) {
  Table table(nodes);
  for (const Edge& edge : edges) boost::add_edge(edge.from, edge.to, table);
  tables_ = std::make_unique<const Tables>(Tables{std::move(table)});
}

Graph::~Graph() = default;

std::vector<std::uint32_t> Graph::neighbours(std::uint32_t node, Side side) const {
  std::vector<std::uint32_t> found;
  const auto add = [&](auto range) {
    for (; range.first != range.second; ++range.first)
      found.push_back(static_cast<std::uint32_t>(*range.first));
  };
  if (side == Side::After) {
    add(boost::adjacent_vertices(node, tables_->table));
  } else {
    add(boost::inv_adjacent_vertices(node, tables_->table));
  }
  return found;
}

Sorted Graph::sort(const std::vector<Key>& keys) const {
  const Table& table = tables_->table;
  const std::vector<Node> some = ends_first(table);
  if (some.size() < keys.size()) return {{}, find_cycle(table)};
  std::vector<Key> wanted = keys;
  for (const Node node : some) {
    for (auto [next, end] = boost::adjacent_vertices(node, table); next != end; ++next) {
      wanted[node] = std::min(wanted[node], wanted[*next]);
    }
  }
  return {KeyedSort(table, std::move(wanted)).run(), {}};
}

std::vector<bool> Graph::reach(const std::vector<std::uint32_t>& goals, Side side) const {
  if (side == Side::After) return reach_in(tables_->table, goals);
  return reach_in(boost::make_reverse_graph(tables_->table), goals);
}

}  // namespace pawl::planner
