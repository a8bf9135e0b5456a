// Sorting the nodes of a directed graph, as tables indexed by node. Linear in nodes and edges (but for a
// heap). Boost.Graph does the walking; only graph.cc knows it.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace pawl::planner {

/// `from` comes before `to`.
struct Edge {
  std::uint32_t from = 0, to = 0;
};

/// Where a node would like to be; smaller is earlier.
using Key = std::array<int, 5>;
/// For a node that does not care: it comes right after the last one it waits for.
inline constexpr Key kFloating{std::numeric_limits<int>::max(), 0, 0, 0, 0};

struct Sorted {
  std::vector<std::uint32_t> order;  // every node once; empty when there is a cycle
  std::vector<std::uint32_t> cycle;  // nodes of one cycle, each before the next, the last before the first
};

class Graph {
 public:
  enum class Side { Before, After };

  /// Nodes are 0 … nodes-1; every edge names two of them.
  Graph(std::size_t nodes, const std::vector<Edge>& edges);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// Side::After: the ends of the node's edges. Side::Before: the nodes whose edges end in it. In the order
  /// of the edges.
  std::vector<std::uint32_t> neighbours(std::uint32_t node, Side side) const;

  /// An order that respects the edges and, within that, the keys (one per node): a node that something
  /// earlier waits for is pulled forward. Deterministic; ties go to the smaller node.
  Sorted sort(const std::vector<Key>& keys) const;

  /// Marks every node from which one of `goals` can be reached (Side::Before), or that can be reached from
  /// one of them (Side::After); the goals themselves too.
  std::vector<bool> reach(const std::vector<std::uint32_t>& goals, Side side) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace pawl::planner
