// A closer look at an operation that has a good score: what its texts say as a whole, which is too
// dear to find out for all operations.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/search/index_file.h"
#include "catalog/search/query_plan.h"

namespace tartan::catalog {

class Reranker {
 public:
  explicit Reranker(const QueryPlan& plan);

  // What to multiply the operation's score by.
  float factor(const IndexFile::Shown& shown) const;

 private:
  float tail_factor(std::string_view path) const;
  float pair_factor(const IndexFile::Shown& shown) const;
  float identifier_factor(std::string_view operation_id) const;
  bool is_named(std::string_view word) const;

  const QueryPlan& plan_;
  std::unordered_map<std::string_view, bool> named_;
  std::vector<std::string_view> prefixes_;
};

}  // namespace tartan::catalog
