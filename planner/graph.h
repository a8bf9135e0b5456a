// Sorting the nodes of a directed graph, as tables indexed by node. Linear in nodes and edges (but for a
// heap).
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace pawl::planner {

/// `from` comes before `to`.
struct Edge {
  std::uint32_t from = 0, to = 0;
};

/// Where a node would like to stand; smaller is earlier.
using Key = std::array<int, 4>;
/// For a node that does not care: it stands right after the last one it waits for.
inline constexpr Key kFloating{std::numeric_limits<int>::max(), 0, 0, 0};

/// Neighbours of every node, in the order of the edges.
class Adjacency {
 public:
  enum class Side { Before, After };
  /// For Side::After, of(n) are the ends of n's edges; for Side::Before, the nodes whose edges end in n.
  Adjacency(std::size_t nodes, const std::vector<Edge>& edges, Side side);

  struct Range {
    const std::uint32_t* first;
    const std::uint32_t* last;
    const std::uint32_t* begin() const { return first; }
    const std::uint32_t* end() const { return last; }
    std::size_t size() const { return static_cast<std::size_t>(last - first); }
  };
  Range of(std::uint32_t node) const {
    return {targets_.data() + starts_[node], targets_.data() + starts_[node + 1]};
  }

 private:
  std::vector<std::uint32_t> starts_, targets_;
};

struct Sorted {
  std::vector<std::uint32_t> order;  // every node once; empty when there is a cycle
  std::vector<std::uint32_t> cycle;  // nodes of one cycle, each before the next, the last before the first
};

/// An order that respects the edges and, within that, the keys: a node that something earlier waits for is
/// pulled forward. Deterministic; ties go to the smaller node.
Sorted sort(const std::vector<Key>& keys, const std::vector<Edge>& edges);

/// Marks every node from which one of `goals` can be reached (Side::Before), or that can be reached from one
/// of them (Side::After); the goals themselves too.
std::vector<bool> reach(std::size_t nodes, const Adjacency& adjacency,
                        const std::vector<std::uint32_t>& goals);

}  // namespace pawl::planner
