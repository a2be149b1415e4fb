// Marks in the texts of a hit what answers the query.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "catalog/search/catalog_search.h"
#include "catalog/search/query_plan.h"

namespace tartan::catalog {

// Keeps views into the plan and into the files.
class Highlighter {
 public:
  explicit Highlighter(const QueryPlan& plan);

  // Ascending, apart from each other. Of a word that was completed only the typed part is marked.
  std::vector<Highlight> mark(std::string_view text) const;

 private:
  std::size_t marked_bytes(std::string_view word) const;

  std::unordered_set<std::string_view> words_;
  std::vector<std::string> prefixes_;
};

}  // namespace tartan::catalog
