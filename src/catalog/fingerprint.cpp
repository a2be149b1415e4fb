#include "catalog/fingerprint.h"

#include <algorithm>
#include <unordered_map>

#include "openapi/references.h"

namespace tartan::catalog {
namespace {

using crypto::Hash;
using Graph = std::vector<std::vector<std::uint32_t>>;

Graph graph_of(const std::vector<openapi::Part>& parts) {
  std::unordered_map<std::string_view, std::uint32_t> places;
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    places.emplace(parts[i].pointer, i);
  }
  std::unordered_map<std::string, std::uint32_t> known;  // references seen, and where they lead
  Graph graph(parts.size());
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    if (parts[i].pointer.empty()) {
      continue;  // the rest of the document says nothing of an operation
    }
    openapi::visit_part_references(parts[i], [&](std::string_view reference) {
      const auto [entry, is_new] = known.try_emplace(std::string(reference), UINT32_MAX);
      if (is_new) {
        const auto pointer = openapi::internal_pointer(reference);
        const auto tokens = pointer ? json::split_pointer(*pointer) : std::nullopt;
        if (tokens) {
          const auto place = places.find(openapi::part_of(*tokens).pointer);
          entry->second = place == places.end() ? UINT32_MAX : place->second;
        }
      }
      if (entry->second != UINT32_MAX) {
        graph[i].push_back(entry->second);
      }
    });
    std::sort(graph[i].begin(), graph[i].end());
    graph[i].erase(std::unique(graph[i].begin(), graph[i].end()), graph[i].end());
  }
  return graph;
}

// Tarjan's strongly connected components, without recursion: a component is complete after all that
// it leads to.
class Components {
 public:
  Components(const Graph& graph, const std::vector<Hash>& own)
      : graph_(graph),
        own_(own),
        order_(graph.size(), 0),
        low_(graph.size(), 0),
        is_open_(graph.size(), false),
        deep_(graph.size()) {}

  std::vector<Hash> run() {
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      if (order_[i] == 0) {
        visit(i);
      }
    }
    return std::move(deep_);
  }

 private:
  struct Frame {
    std::uint32_t node;
    std::size_t next = 0;
  };

  void enter(std::uint32_t node) {
    order_[node] = low_[node] = ++count_;
    open_.push_back(node);
    is_open_[node] = true;
    frames_.push_back({node});
  }

  void visit(std::uint32_t start) {
    enter(start);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const std::uint32_t node = frame.node;
      if (frame.next < graph_[node].size()) {
        const std::uint32_t target = graph_[node][frame.next++];
        if (order_[target] == 0) {
          enter(target);
        } else if (is_open_[target]) {
          low_[node] = std::min(low_[node], order_[target]);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) {
        low_[frames_.back().node] = std::min(low_[frames_.back().node], low_[node]);
      }
      if (low_[node] == order_[node]) {
        close(node);
      }
    }
  }

  void close(std::uint32_t first) {
    std::vector<std::uint32_t> members;
    do {
      members.push_back(open_.back());
      is_open_[open_.back()] = false;
      open_.pop_back();
    } while (members.back() != first);
    std::vector<Hash> within;
    std::vector<Hash> below;
    const std::vector<std::uint32_t> inside = sorted(members);
    for (const std::uint32_t member : members) {
      within.push_back(own_[member]);
      for (const std::uint32_t target : graph_[member]) {
        if (!std::binary_search(inside.begin(), inside.end(), target)) {
          below.push_back(deep_[target]);
        }
      }
    }
    const Hash shared = hash_of(within, below);
    for (const std::uint32_t member : members) {
      deep_[member] = members.size() == 1 ? shared : hash_of({own_[member]}, {shared});
    }
  }

  static std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> list) {
    std::sort(list.begin(), list.end());
    return list;
  }

  static Hash hash_of(std::vector<Hash> within, std::vector<Hash> below) {
    crypto::Digest digest;
    for (std::vector<Hash>* list : {&within, &below}) {
      std::sort(list->begin(), list->end());
      list->erase(std::unique(list->begin(), list->end()), list->end());
      for (const Hash& hash : *list) {
        digest.add(crypto::view(hash));
      }
      digest.add("/");
    }
    return digest.take();
  }

  const Graph& graph_;
  const std::vector<Hash>& own_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> low_;
  std::vector<bool> is_open_;
  std::vector<Hash> deep_;
  std::vector<std::uint32_t> open_;
  std::vector<Frame> frames_;
  std::uint32_t count_ = 0;
};

}  // namespace

std::vector<Hash> deep_fingerprints(const std::vector<openapi::Part>& parts,
                                    const std::vector<Hash>& own) {
  return Components(graph_of(parts), own).run();
}

}  // namespace tartan::catalog
